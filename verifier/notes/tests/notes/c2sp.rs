//! Notes, keys and checkpoints that other implementations published.

use zkmargin_notes::{
    Checkpoint, KeyError, KeyKind, Note, NoteError, SignError, SignatureError, SignerKey,
    VerifierKey,
};

/// `golang.org/x/mod/sumdb/note`, note_test.go.
const PETER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const PETER_SECRET: &str =
    "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
const ENOCH: &str = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop";
const TEXT: &str = "If you think cryptography is the answer to your problem,\n\
                    then you don't know what your problem is.\n";
const PETER_LINE: &str = "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
const ENOCH_LINE: &str = "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n";

/// The example of c2sp.org/signed-note.
const SPEC: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
const SPEC_NOTE: &str = "This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";

/// Go's checksum database: its key, and checkpoints it published from 2021 to 2026.
const SUMDB: &str = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8";
const SUMDB_CHECKPOINTS: [(u64, &str, &str); 6] = [
    (
        3_935_567,
        "SapHtgdNCeF00Cx8kqztePV24kgzNg++Xovae42HAMw=",
        "Az3grsm7Wm4CVNR1RHq9BFnu9jzcRlU2uw7lr0gfUWgO6+rqPNjT+fUTl9gH0NRTgdwW9nItuQSMbhSaLCsk8YeYSAs=",
    ),
    (
        6_476_701,
        "mb8QLQIs0Z0yP5Cstq6guj87oXWeC9gEM8oVikmm9Wk=",
        "Az3grsLX85Gz+s1SiTbgkuqxgItqFq7gsMUEyVnrsa9LM7Us9S+1xbFIGu95949rj4nPRYfvimWEPWL+o3GeoWwOoAw=",
    ),
    (
        15_067_302,
        "gJyioq6dwR9n+NjEWORfYmH+ubeYm3kH42BBQ0bTpYI=",
        "Az3grp1rvWOs5NKlr/xR4GLN/CDyzzakmt1o61uSxYKpK1SerqOP2ClbX/peKUZjYnyomH5Xz7GZG3TpB7OeKn4E2ww=",
    ),
    (
        28_891_140,
        "++pUIeKTwGvykMUkmM3AT97PwQipMT6H/p7t86E0Sp0=",
        "Az3grqNvOILDz7xwAKugtVFZwd+I9IyB/mHrUYzcVaS9zKsRVdRLNGLFpnAcLhyoBBkdIYEzK/+7Eu4wanYttLrPsQo=",
    ),
    (
        52_544_510,
        "+TGlZfnTizQCJgyZR56QixD8+X4dd8Wefy8U1w6k0Ig=",
        "Az3grn6d1PSjcypDf9bfcFVU5fvJB7VkLc0MAbz8jqeQVnSbAj9pKcsB5dJt5VdswPDUtiFar5LPRBu+uEQAT1CDfAc=",
    ),
    (
        65_209_736,
        "5+uGFjx6xBZG8ip1+wi77v+grwbhhukIrxEUS8PXvRo=",
        "Az3grnbssgK7ubgFX36gVETtNv0U23qxyAhAMai2QUfeGa3nB/akvkMdlUErfcZz7l/R3cVtYspg3dxXABkGZZKdsQ8=",
    ),
];

/// A staging log of certificate transparency, cosigned by four witnesses. The first signature is
/// of a type that is not supported here.
const COSIGNED: &str = "arche2025h1.staging.ct.transparency.dev
1432088532
U7WM79jrzyhGZ5/GUBTpM7NzwdyfFx61t3RovgcC4Ro=

— arche2025h1.staging.ct.transparency.dev zTM8sQAAAZ5W0WdjBAMARjBEAiBjW5IQf9pvsYLfQFX6hoGREPMHbdQ3urbllzalApkptQIgIpwtEroeW2BXaHAI4kJXFbon5Ch9MNL5zRNZ55lvGt0=
— arche2025h1.staging.ct.transparency.dev ui8GwCF1+kWqZrxGdhj4aX3gcw7XUlXQQabg/27lefwhUkzbC3NygNI75MdhL1bfTW9g8Ei59RA23oHP7Ry1k3ZFWwQ=
— transparency.dev/DEV:witness-little-garden 2AQqhwAAAABqEiEgzgFIqqhbUoDwjMWE6UP8nd8/KYTzwZ2rhIgcqoXHAwVkjZr4AscylP3v7sEodkRAErumC2q44vdgJY096st5BQ==
— witness1.smartit.nu/witness1 pIyCDwAAAABqEiEghIp82KWebrw7/oHQwlTAm3g2RKS4+eebl8eO0WH+/iEcxZ75W3u5hNI7TOQtmJbqmNWVuE0tgh0XwzdZsDsUAQ==
— remora.n621.de 2net5wAAAABqEiEgPlfF3V06o0Y+fHM+J5J9s27wgxxcOVSpZ/2g/KSiXCg9DEZI+aVCIobWX9sXTynk5XeU/zZ0WBxtqB0DrAWfBw==
— witness.stagemole.eu Z/euoAAAAABqEiEgw0i+7g2ENfDAWHmtRzCfKTHSDwYDJA2NmKeGi9Y8FtEyOUvVr+AJmIY/2TUFucgKi7lI7cUiOvKFYe/TmN9DAg==
";
const COSIGNED_LOG: &str =
    "arche2025h1.staging.ct.transparency.dev+ba2f06c0+AU0vHmlGCS/PdN8b2OaGmKprLI8HKM+dJ472xgFYh15f";
const COSIGNED_WITNESS: &str =
    "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2";

/// Key pairs of the tests of transparency-dev/formats.
const PAIRS: [[&str; 2]; 6] = [
    [
        "Log+2271c621+AemuH5ooBpEPcr+W8onrjA1NfuzBVHdezakU81Ekarvs",
        "PRIVATE+KEY+Log+2271c621+AdEIq9FLRQni54Wg68T96VJO+iayOaulswav2DUMKgvQ",
    ],
    [
        "Known+451c786d+AXAQ0T7lbwuY4ABJ9/MYY9bWV3hmSyOGVt2x42NkmdUH",
        "PRIVATE+KEY+Known+451c786d+AQPRoE2+Z+Ed1HaHBA9F/FfracvcZ2rDU39kCecMEoci",
    ],
    [
        "Unknown+fdbb2e08+AWgRIYZ+8x1Vl+1Q+sR8zciNHiYI1SdlBjNw+RV0rots",
        "PRIVATE+KEY+Unknown+fdbb2e08+Aav2knTC6orbhXX8pMWuNiWgO+Wwk2DB+h1eU2Q1W1nU",
    ],
    [
        "Wit1+55ee4561+AVhZSmQj9+SoL+p/nN0Hh76xXmF7QcHfytUrI1XfSClk",
        "PRIVATE+KEY+Wit1+55ee4561+AeadRiG7XM4XiieCHzD8lxysXMwcViy5nYsoXURWGrlE",
    ],
    [
        "Wit2+85ecc407+AWVbwFJte9wMQIPSnEnj4KibeO6vSIOEDUTDp3o63c2x",
        "PRIVATE+KEY+Wit2+85ecc407+AfPTvxw5eUcqSgivo2vaiC7JPOMUZ/9baHPSDrWqgdGm",
    ],
    [
        "Wit3+d3ed3be7+ASb6Uz1+fxAcXkMvDd7nGa3FjDce7LxIKmbbTCT0MpVn",
        "PRIVATE+KEY+Wit3+d3ed3be7+AR2Kg8k6ccBr5QXz5SHtnkOS4UGQGEQaWi6Gfr6Mm3X5",
    ],
];

fn key(text: &str) -> VerifierKey {
    VerifierKey::from_text(text).unwrap_or_else(|e| panic!("{text}: {e}"))
}

fn parse(text: &str) -> Note {
    let note = Note::parse(text.as_bytes()).unwrap_or_else(|e| panic!("{text}: {e}"));
    assert_eq!(note.to_text(), text);
    note
}

#[test]
fn keys_of_other_implementations() {
    for text in [PETER, ENOCH, SPEC, SUMDB, COSIGNED_LOG, COSIGNED_WITNESS] {
        assert_eq!(key(text).to_text(), text);
    }
    assert_eq!(key(COSIGNED_WITNESS).kind(), KeyKind::Cosignature);
    for [public, secret] in PAIRS.into_iter().chain([[PETER, PETER_SECRET]]) {
        let signer = SignerKey::from_text(secret).unwrap();
        assert_eq!(signer.verifier(), &key(public));
        assert_eq!(signer.to_text().as_str(), secret);
        let shown = format!("{signer:?}");
        assert!(!shown.contains(&secret[secret.len() - 20..]), "{shown}");
    }
}

/// The manglings that Go's implementation refuses: every part of the text, every byte one higher.
#[test]
fn mangled_keys() {
    for (text, is_signer) in [(PETER, false), (PETER_SECRET, true)] {
        let refused = |mangled: &str| match is_signer {
            true => SignerKey::from_text(mangled).is_err(),
            false => VerifierKey::from_text(mangled).is_err(),
        };
        for from in 0..text.len() {
            for to in from..=text.len() {
                assert!(to - from == text.len() || refused(&text[from..to]), "{from}..{to}");
            }
            let mut bytes = text.as_bytes().to_vec();
            bytes[from] += 1;
            assert!(refused(std::str::from_utf8(&bytes).unwrap()), "{from}");
        }
        assert!(refused(&text.replace("c74f20a3", "C74F20A3")));
        assert!(refused(&format!("{text}\n")));
        assert!(refused(&format!("{text}=")));
    }
    let long = "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==";
    assert_eq!(VerifierKey::from_text(long), Err(KeyError::Base64));
    let other = "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    assert_eq!(VerifierKey::from_text(other), Err(KeyError::Kind(0x65)));
}

/// Keys under which anybody can sign, and second encodings of points.
#[test]
fn weak_keys() {
    let new = |bytes: &[u8; 32]| VerifierKey::new("weak", KeyKind::Ed25519, bytes);
    let mut identity = [0; 32];
    identity[0] = 1;
    assert_eq!(new(&identity), Err(KeyError::Weak));
    // Order 4: y = 0.
    assert_eq!(new(&[0; 32]), Err(KeyError::Weak));
    // Order 2: y = -1.
    let mut minus_one = [0xff; 32];
    (minus_one[0], minus_one[31]) = (0xec, 0x7f);
    assert_eq!(new(&minus_one), Err(KeyError::Weak));
    // The identity as y = p + 1, and with the sign of x set.
    let mut above = [0xff; 32];
    (above[0], above[31]) = (0xee, 0x7f);
    assert_eq!(new(&above), Err(KeyError::Point));
    identity[31] = 0x80;
    assert_eq!(new(&identity), Err(KeyError::Point));
    // y = 2 is on no point.
    let mut no_point = [0; 32];
    no_point[0] = 2;
    assert_eq!(new(&no_point), Err(KeyError::Point));
    for name in ["", "a b", "a+b", "a\nb", "a\u{200b}b", "a\u{2003}b", &"x".repeat(256)] {
        let bytes = *key(PETER).public();
        let named = VerifierKey::new(name, KeyKind::Ed25519, &bytes);
        assert!(matches!(named, Err(KeyError::Name(_) | KeyError::Separator)), "{name:?}");
    }
}

#[test]
fn the_specification_s_example() {
    let note = parse(SPEC_NOTE);
    assert_eq!(note.text(), "This is an example message.\n");
    let spec = key(SPEC);
    let verified = note.verify([&spec]).unwrap();
    assert_eq!((verified.len(), verified[0].key), (1, &spec));
    assert_eq!(note.verify([&key(PETER)]), Err(SignatureError::Unknown));
    assert_eq!(note.verify([]), Err(SignatureError::Unknown));
}

#[test]
fn go_s_note() {
    let signer = SignerKey::from_text(PETER_SECRET).unwrap();
    let mut note = Note::sign(TEXT, &signer).unwrap();
    assert_eq!(note.to_text(), format!("{TEXT}\n{PETER_LINE}"));
    note.countersign(&signer).unwrap();
    assert_eq!(note.signatures().len(), 1);

    let (peter, enoch) = (key(PETER), key(ENOCH));
    let both = parse(&format!("{TEXT}\n{PETER_LINE}{ENOCH_LINE}"));
    assert_eq!(both.verify([&peter]).unwrap().len(), 1);
    assert_eq!(both.verify([&enoch, &peter]).unwrap().len(), 2);
    assert_eq!(both.signatures().len(), 2);
    let twice = both.verify([&enoch, &enoch]);
    assert!(matches!(twice, Err(SignatureError::Ambiguous { .. })));

    // A bad signature of a known key refuses the note, beside a good one too.
    let mut bad = PETER_LINE.to_owned();
    bad.insert_str(60, "ABCD");
    let bad = parse(&format!("{TEXT}\n{ENOCH_LINE}{bad}"));
    assert!(matches!(bad.verify([&peter, &enoch]), Err(SignatureError::Invalid { .. })));
    assert_eq!(bad.verify([&enoch]).unwrap().len(), 1);
}

#[test]
fn malformed_notes() {
    let refused = |text: String, error: NoteError| {
        assert_eq!(Note::parse(text.as_bytes()), Err(error), "{text:?}");
    };
    refused(TEXT.to_owned(), NoteError::Unsigned);
    refused(format!("{TEXT}\n"), NoteError::Unsigned);
    refused(format!("\n{PETER_LINE}"), NoteError::Unsigned);
    refused(format!("{TEXT}{PETER_LINE}"), NoteError::Unsigned);
    let cut = &PETER_LINE[..PETER_LINE.len() - 1];
    refused(format!("{TEXT}\n{cut}"), NoteError::Unended { line: 4 });
    refused(
        format!("\u{1}{TEXT}\n{PETER_LINE}"),
        NoteError::Control { line: 1, character: '\u{1}' },
    );
    let crlf = format!("{TEXT}\n{PETER_LINE}").replace('\n', "\r\n");
    refused(crlf, NoteError::Control { line: 1, character: '\r' });
    refused(
        format!("{TEXT}\n{PETER_LINE}Unexpected line.\n"),
        NoteError::SignatureLine { line: 5 },
    );
    refused(format!("{TEXT}\n{PETER_LINE}{PETER_LINE}"), NoteError::Repeated { line: 5 });
    for line in [
        PETER_LINE.replace("PeterNeumann", "Bad Name"),
        PETER_LINE.replace("PeterNeumann", "Bad+Name"),
        PETER_LINE.replace("PeterNeumann", ""),
        PETER_LINE.replace("— ", "—"),
        PETER_LINE.replace("— ", "- "),
        PETER_LINE.replace("AM=", "AN="),
        PETER_LINE.replace("AM=", "AM"),
        "— PeterNeumann x08gow==\n".to_owned(),
        "— PeterNeumann \n".to_owned(),
        "— PeterNeumann\n".to_owned(),
    ] {
        refused(format!("{TEXT}\n{line}"), NoteError::SignatureLine { line: 4 });
    }
    let mut bytes = format!("{TEXT}\n{PETER_LINE}").into_bytes();
    bytes[60] = 0xff;
    assert_eq!(Note::parse(&bytes), Err(NoteError::NotUtf8 { line: 2 }));
    let long = vec![b'a'; zkmargin_notes::MAX_NOTE_BYTES + 1];
    assert_eq!(Note::parse(&long), Err(NoteError::TooLong(long.len())));
}

#[test]
fn many_signatures() {
    let lines =
        |n: usize| -> String { (0..n).map(|i| format!("— signer{i} AAAAAAA=\n")).collect() };
    let note = parse(&format!("{TEXT}\n{}", lines(100)));
    assert_eq!(note.verify([&key(PETER)]), Err(SignatureError::Unknown));
    let more = format!("{TEXT}\n{}", lines(101));
    assert_eq!(Note::parse(more.as_bytes()), Err(NoteError::TooManySignatures));
    let signer = SignerKey::from_text(PETER_SECRET).unwrap();
    let mut full = note.clone();
    let error = SignError::Note(NoteError::TooManySignatures);
    assert_eq!(full.countersign(&signer), Err(error));
    assert_eq!(full, note);
}

#[test]
fn what_cannot_be_signed() {
    let signer = SignerKey::from_text(PETER_SECRET).unwrap();
    for text in ["", "abc", "a\tb\n", "a\r\n"] {
        assert!(matches!(Note::sign(text, &signer), Err(SignError::Note(_))), "{text:?}");
    }
    // Empty lines in the text are part of it.
    for text in ["\n", "\n\n", "a\n\n", "a\n\n— x AAAAAAA=\n"] {
        let note = Note::sign(text, &signer).unwrap();
        assert_eq!(parse(&note.to_text()), note);
        assert_eq!(note.text(), text);
    }
    let long = "a\n".repeat(zkmargin_notes::MAX_NOTE_BYTES / 2);
    assert!(matches!(Note::sign(long, &signer), Err(SignError::Note(NoteError::TooLong(_)))));
}

#[test]
fn checkpoints_of_go_s_checksum_database() {
    let sumdb = key(SUMDB);
    for (size, root, signature) in SUMDB_CHECKPOINTS {
        let text = format!("go.sum database tree\n{size}\n{root}\n");
        let note = parse(&format!("{text}\n— sum.golang.org {signature}\n"));
        assert_eq!(note.verify([&sumdb]).unwrap().len(), 1);
        let checkpoint = Checkpoint::parse(note.text()).unwrap();
        assert_eq!((checkpoint.origin.as_str(), checkpoint.size), ("go.sum database tree", size));
        assert!(checkpoint.extensions.is_empty());
        assert_eq!(checkpoint.to_text(), text);
    }
}

#[test]
fn a_cosigned_checkpoint() {
    let note = parse(COSIGNED);
    assert_eq!(note.signatures().len(), 6);
    let (log, witness) = (key(COSIGNED_LOG), key(COSIGNED_WITNESS));
    let verified = note.verify([&witness, &log]).unwrap();
    assert_eq!((verified[0].key, verified[0].cosigned_at), (&log, None));
    assert_eq!((verified[1].key, verified[1].cosigned_at), (&witness, Some(0x6a12_2120)));
    assert_eq!(Checkpoint::parse(note.text()).unwrap().size, 1_432_088_532);

    // Another text, another time.
    let other = parse(&COSIGNED.replace("1432088532", "42"));
    let time = parse(&COSIGNED.replace("2net5wAAAABqEiEg", "2net5wAAAABqEiEh"));
    for (note, key) in [(&other, &log), (&other, &witness), (&time, &witness)] {
        assert!(matches!(note.verify([key]), Err(SignatureError::Invalid { .. })));
    }
    // The same point as a key of the other type has another key id.
    let plain = VerifierKey::new(witness.name(), KeyKind::Ed25519, witness.public()).unwrap();
    assert_eq!(note.verify([&plain]), Err(SignatureError::Unknown));
}

#[test]
fn cosignatures() {
    let witness = SignerKey::from_seed("witness", KeyKind::Cosignature, &[3; 32]).unwrap();
    let signer = SignerKey::from_seed("log", KeyKind::Ed25519, &[4; 32]).unwrap();
    let text = "test\n123\nf+7CoKgXKE/tNys9TTXcr/ad6U/K3xvznmzew9y6SP0=\nExtension\n";
    let mut note = Note::sign(text, &signer).unwrap();
    assert!(matches!(note.cosign(&signer, 0), Err(SignError::Kind { .. })));
    assert!(matches!(note.countersign(&witness), Err(SignError::Kind { .. })));
    assert_eq!(note.cosign(&witness, 1 << 63), Err(SignError::Time));
    for time in [0, 1_727_964_367, (1 << 63) - 1] {
        note.cosign(&witness, time).unwrap();
        let note = parse(&note.to_text());
        let verified = note.verify([witness.verifier(), signer.verifier()]).unwrap();
        assert_eq!(verified.len(), 2);
        assert_eq!(verified[1].cosigned_at, Some(time));
    }
    let secret = witness.to_text();
    assert_eq!(SignerKey::from_text(&secret).unwrap().verifier(), witness.verifier());
}
