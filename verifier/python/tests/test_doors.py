"""The command and the module decide alike: the same files have the same verdict, code and notes through both doors."""

from __future__ import annotations

import copy
import json
import os
import pathlib
import re
import shutil
import subprocess
from collections.abc import Callable
from typing import Any

import pyarrow.parquet
import pytest

import zkmargin

ROOT = pathlib.Path(__file__).parents[3]
COMMAND = os.environ.get("ZKMARGIN", str(ROOT / "target" / "release" / "zkmargin"))
EXAMPLES = ROOT / "params" / "venues" / "binance" / "examples"
SECRETS = {
    "holder_key": "8f3c1a5d9e27b046c81d72f5a03be96417d04f8ea9526bc3307195fd2e6b8a1c",
    "serial": "1",
    "blinding": "d41b7e60932fa8c5164e0db7f285693cab70e1488f5c96d23a57104be9c8f60d",
}
LEDGER_TIME = "2024-07-01T18:00:00Z"
FAR = "2099-01-01T00:00:00Z"
CONTEXT = ["--audience", "desk-42", "--purpose", "credit line", "--epoch", "3"]
OTHER_FIELD = "02" * 31 + "00"
Change = Callable[[dict[str, Any]], None]


class Desk:
    """A folder in which a venue, a trader and a counterparty work with the command."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([COMMAND, *arguments], cwd=self.folder, capture_output=True, text=True, check=False)

    def ok(self, line: str, *more: str) -> str:
        ran = self.run(*line.split(), *more)
        assert ran.returncode == 0, f"{line}: {ran.stdout}{ran.stderr}"
        return ran.stdout.strip()

    def path(self, name: str) -> pathlib.Path:
        return self.folder / name

    def json(self, name: str) -> Any:
        return json.loads(self.path(name).read_bytes())

    def write(self, name: str, value: Any) -> None:
        self.path(name).write_text(json.dumps(value))

    def sign_snapshot(self, name: str, **changes: Any) -> None:
        """Writes `name`.json and the venue's note over it."""
        self.write(f"{name}.json", self.json("snapshot.json") | changes)
        self.ok(f"snapshot sign {name}.json --schedule schedule.json --signer venue.key -o {name}.note")

    def ledger(self, name: str, epoch: int, time: str) -> None:
        self.ok(
            f"ledger build accounts.jsonl --schedule schedule.json --epoch {epoch} --work {name} "
            f"--time {time} --signer venue.key -o {name}.note"
        )

    def prove(self, serial: int, proof: str, *context: str) -> None:
        self.ok(
            f"prove --account account{serial}.json --schedule schedule.json --snapshot snapshot.json "
            f"--opening opening{serial}.json --holder holder.json -o {proof}",
            *(context or CONTEXT),
        )

    def challenge(self, name: str, policy: dict[str, Any]) -> None:
        """Makes `name`.json, remembered in `name`.db."""
        self.write("asking.json", policy)
        self.ok(f"challenge --policy asking.json --seen {name}.db -o {name}.json")


def key(name: str, text: str, role: str, **more: str) -> dict[str, str]:
    validity = {"valid_from": "2020-01-01T00:00:00Z", "valid_until": "2100-01-01T00:00:00Z"}
    return {"name": name, "key": text, "role": role} | validity | more


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    made = Desk(tmp_path_factory.mktemp("desk"))
    for name in ["schedule", "snapshot"]:
        shutil.copy(EXAMPLES / f"cross.{name}.json", made.path(f"{name}.json"))
    for name in ["venue", "stranger", "bob", "east", "west"]:
        known_as = "venue" if name == "stranger" else name
        text = made.ok(f"keygen -o {name}.key note --name {known_as}.example")
        made.path(f"{name}.pub").write_text(text)
    account = json.loads((EXAMPLES / "cross.account.json").read_bytes())
    made.ok("keygen -o holder.json holder")
    shown = json.loads(made.ok("key show holder.json --schedule schedule.json --audience desk-42 --json"))
    made.path("pseudonym").write_text(shown["result"]["pseudonym"])
    accounts = []
    for serial in range(5):
        one = copy.deepcopy(account)
        one["balances"][1]["balance"] = str(6000 + serial)
        if serial in (2, 3):
            one["holder_key"] = shown["result"]["holder_key"]
            made.write(f"account{serial}.json", one | {k: v for k, v in SECRETS.items() if k != "holder_key"})
        accounts.append(json.dumps(one))
    made.path("accounts.jsonl").write_text("\n".join(accounts))
    made.ledger("ledger", 7, LEDGER_TIME)
    made.ledger("newer", 8, "2024-07-01T18:01:00Z")
    made.ledger("far", 9, FAR)
    for serial in (2, 3):
        made.ok(f"ledger open --work ledger --serial {serial} -o opening{serial}.json")
    made.write("own.json", account | SECRETS)
    market = "--schedule schedule.json --snapshot snapshot.json"
    made.ok(f"prove --account own.json {market} -o committed.zkm", *CONTEXT)
    made.ok(
        "attest --account own.json --schedule schedule.json --checked looked --time 2024-07-01T18:01:40Z "
        "--signer bob.key -o bob.note"
    )
    made.sign_snapshot("marks")
    made.sign_snapshot("second", sequence=made.json("snapshot.json")["sequence"] + 1)
    back = {"sequence": made.json("snapshot.json")["sequence"] + 2, "time": "2024-07-01T18:01:39Z"}
    made.sign_snapshot("backwards", **back)
    twin = made.json("snapshot.json")["instruments"]
    twin[0]["mark"] = "0.79478893"
    made.sign_snapshot("twin", instruments=twin)
    made.sign_snapshot("future", time=FAR)
    made.prove(2, "proof.zkm")
    made.prove(3, "second.zkm")
    made.ok(
        "prove --account account3.json --schedule schedule.json --snapshot snapshot.json --opening opening3.json "
        "--holder holder.json -o elsewhere.zkm --audience desk-42 --purpose other --epoch 3"
    )
    proof = bytearray(made.path("proof.zkm").read_bytes())
    proof[-32] ^= 1
    made.path("wrong.zkm").write_bytes(proof)
    made.path("junk").write_text("?")
    note = made.path("marks.note").read_text()
    made.path("changed.note").write_text(note.replace("sequence ", "sequence 1", 1))
    for name, price in [("east", 65_000), ("west", 65_001)]:
        prices = {"BTC": {"price": str(price), "time": made.json("snapshot.json")["time"]}}
        made.write(f"{name}.prices.json", prices)
        made.ok(f"source sign {name}.prices.json --name {name} --signer {name}.key -o {name}.note")
    enrol = f"enrol --schedule schedule.json --audience desk-42 --pseudonym {pseudonym(made)} --signer venue.key"
    made.ok(f"{enrol} --epoch 7 --accounts 2 -o enrolment.note")
    made.ok(f"{enrol} --epoch 7 --accounts 3 -o three.note")
    made.ok(f"{enrol} --epoch 8 --accounts 2 -o later.note")
    replaced = f"--pseudonym {'03' * 31}00 --replaces {pseudonym(made)}"
    made.ok(
        f"enrol --schedule schedule.json --audience desk-42 {replaced} --epoch 7 --accounts 2 "
        "--signer venue.key -o replaced.note"
    )
    asking = base(made)
    asking["freshness"] = {"challenge": True}
    made.challenge("challenge", asking)
    made.prove(2, "answer.zkm", "--challenge", "challenge.json")
    short = copy.deepcopy(asking)
    short["freshness"]["challenge_seconds"] = 1
    made.challenge("short", short)
    made.prove(2, "late.zkm", "--challenge", "short.json")
    told = made.json("challenge.json")
    made.write("over.json", told | {"time": "2024-01-01T00:00:00Z", "expires": "2024-01-01T00:01:00Z"})
    made.write("longer.json", told | {"expires": FAR})
    made.write("early.json", told | {"time": LEDGER_TIME})
    return made


def pseudonym(desk: Desk) -> str:
    return desk.path("pseudonym").read_text()


def base(desk: Desk) -> dict[str, Any]:
    """A policy that `proof.zkm` meets with the venue's notes."""
    venue = desk.json("schedule.json")["venue"]
    text = {name: desk.path(f"{name}.pub").read_text() for name in ["venue", "bob", "east", "west", "stranger"]}
    return {
        "format": "zkmargin-policy/1",
        "name": "doors",
        "market": {"venue": venue},
        "account": {"ledger": {}},
        "claim": {"level": "maintenance", "floor": "0"},
        "audience": "desk-42",
        "purpose": "credit line",
        "epoch": 3,
        "keys": [
            key("venue.example", text["venue"], "venue", venue=venue),
            key("bob.example", text["bob"], "attester"),
            key("east.example", text["east"], "source"),
            key("west.example", text["west"], "source"),
        ],
    }


def at(pointer: str, value: Any) -> Change:
    """Puts a value at a JSON pointer; `None` takes away what is there."""

    def change(policy: dict[str, Any]) -> None:
        *parents, last = pointer.strip("/").split("/")
        target: Any = policy
        for name in parents:
            target = target[int(name)] if isinstance(target, list) else target.setdefault(name, {})
        if value is None:
            target.pop(last)
        else:
            target[last] = value

    return change


def also(*changes: Change) -> Change:
    def change(policy: dict[str, Any]) -> None:
        for one in changes:
            one(policy)

    return change


def no_change(_: dict[str, Any]) -> None:
    pass


def priced(policy: dict[str, Any]) -> None:
    schedule = json.loads((EXAMPLES / "cross.schedule.json").read_bytes())
    names = [instrument["symbol"] for instrument in schedule["instruments"] if instrument["symbol"] != "BTCUSDT"]
    policy["prices"] = {
        "max_deviation_bps": 50,
        "max_skew_ms": 1000,
        "min_keys": 1,
        "sources": [{"name": n, "signed_by": {"note": {"key": f"{n}.example"}}} for n in ["east", "west"]],
        "cover": [
            {"of": {"instrument": "BTCUSDT"}, "feeds": [{"source": n, "feed": "BTC"} for n in ["east", "west"]]}
        ],
        "uncovered": {"instruments": names, "assets": [asset["symbol"] for asset in schedule["assets"]]},
    }


def all_accounts(desk: Desk, **more: Any) -> Change:
    return at("holder", {"pseudonym": pseudonym(desk), "all_accounts": True} | more)


def cases(desk: Desk) -> list[tuple[str | None, Change, dict[str, Any]]]:
    """A code, what makes the policy demand something else, and files in place of the usual ones."""
    attested = also(at("account", {"attested": {}}))
    committed = {"proofs": ["committed.zkm"], "checkpoint": None, "attestation": "bob.note"}
    by_challenge = at("freshness", {"challenge": True})
    answer = {"proofs": ["answer.zkm"], "challenge": "challenge.json"}
    # Of a challenge of 2024 the answer is not late.
    patient = at("freshness", {"challenge": True, "challenge_seconds": 10**9})
    first_marks = also(patient, at("market/first_after_challenge", True))
    first_ledger = also(patient, at("account/ledger/first_after_challenge", True))
    both_sources = {"sources": {"east": "east.note", "west": "west.note"}}
    enrolled = {"proofs": ["proof.zkm", "second.zkm"], "enrolment": "enrolment.note"}
    everyone = all_accounts(desk)
    unpinned = also(at("market", {}), at("account", None))
    return [
        (None, no_change, {}),
        (None, no_change, {"challenge": "challenge.json", "enrolment": "junk"}),
        (None, attested, committed),
        (None, by_challenge, answer),
        (None, everyone, enrolled),
        ("NotAnchored", unpinned, {"checkpoint": None, "snapshot_note": None}),
        ("InvalidProof", no_change, {"proofs": ["wrong.zkm"]}),
        ("ProofMagic", no_change, {"proofs": ["junk"]}),
        ("EvidenceMissing", no_change, {"snapshot_note": None}),
        ("MemoryMissing", at("freshness", {"sequence": True}), {}),
        ("BadNote", no_change, {"snapshot_note": "junk"}),
        ("BadNoteBody", no_change, {"snapshot_note": "ledger.note"}),
        ("NoteSignature", no_change, {"snapshot_note": "changed.note"}),
        ("KeyUnknown", at("keys/0/key", desk.path("stranger.pub").read_text()), {}),
        ("KeyExpired", at("keys/0/valid_until", "2025-01-01T00:00:00Z"), {}),
        ("KeyNotYetValid", at("keys/0/valid_from", FAR), {}),
        ("KeyRevoked", at("keys/0/revoked_at", "2025-01-01T00:00:00Z"), {}),
        ("KeyWrongRole", also(at("keys/0/role", "attester"), at("keys/0/venue", None)), {}),
        ("KeyOtherVenue", at("keys/0/venue", "elsewhere"), {}),
        ("NoteOtherVenue", at("market/venue", "elsewhere"), {}),
        ("NoteOtherFile", no_change, {"snapshot_note": "second.note"}),
        ("NoteOther", everyone, enrolled | {"enrolment": "later.note"}),
        ("PolicyRegistry", at("market/registry", "11" * 32), {}),
        ("PolicySchedule", at("market/schedule", "11" * 32), {}),
        ("PolicyRequirement", also(at("requirement", "initial"), at("claim/level", "10000")), {}),
        ("NoteFromFuture", no_change, {"checkpoint": "far.note"}),
        ("SnapshotFromFuture", at("market/signed_snapshot", False), {"snapshot": "future.json", "snapshot_note": None}),
        ("SnapshotStale", at("market/max_age_seconds", 600), {}),
        ("LedgerStale", at("account/ledger/max_age_seconds", 600), {}),
        ("AttestationStale", at("account", {"attested": {"max_age_seconds": 600}}), committed),
        ("SnapshotDistance", at("account/ledger/max_distance_seconds", 1), {}),
        ("SnapshotBeforeChallenge", first_marks, answer),
        ("SnapshotNotFirst", first_marks, answer | {"challenge": "early.json", "previous_note": "marks.note"}),
        ("LedgerBeforeChallenge", first_ledger, answer),
        ("LedgerNotFirst", first_ledger, answer | {"challenge": "early.json", "previous_checkpoint": "ledger.note"}),
        ("NotNewest", at("account/ledger/newest", True), {"newest_checkpoint": "newer.note"}),
        ("TooFewWitnesses", at("market/witnesses", 1), {}),
        ("PseudonymReplaced", everyone, enrolled | {"enrolment": "replaced.note"}),
        ("ChallengeUnknown", by_challenge, answer | {"challenge": None, "seen": "short.db"}),
        ("ChallengeExpired", by_challenge, answer | {"challenge": "over.json"}),
        ("ChallengeOther", also(by_challenge, at("audience", "desk-43")), answer),
        ("AccountsMissing", everyone, enrolled | {"enrolment": "three.note"}),
        ("AccountTwice", everyone, enrolled | {"proofs": ["proof.zkm", "proof.zkm"]}),
        ("ProofsDiffer", everyone, enrolled | {"proofs": ["proof.zkm", "elsewhere.zkm"]}),
        ("TooManyProofs", no_change, {"proofs": ["proof.zkm", "second.zkm"]}),
        ("SourceUnknown", priced, {"sources": {"north": "west.note"}}),
        ("SourceRefused", priced, {"sources": {"east": "west.note", "west": "west.note"}}),
        ("PricesIncomplete", priced, {"sources": {"east": "east.note"}}),
        ("PricesDisagree", priced, both_sources),
        ("PolicyLevelUnknown", at("claim/level", "nothing=12000"), {}),
        ("PolicyNoSuchBook", at("claim/settlement_asset", "USDC"), {}),
        ("PolicyNoSuchPosition", at("claim/all_but_isolated", "BTCUSDT:long"), {}),
        ("PolicyFloorTooFine", at("claim/floor", "0.0000000000000000000000000001"), {}),
        ("PolicyMarket", at("market/pinned", "00" * 32), {}),
        ("PolicyOtherMarket", no_change, {"snapshot": "second.json", "snapshot_note": "second.note"}),
        ("PolicyCommitment", at("account", {"commitment": OTHER_FIELD}), committed | {"attestation": None}),
        ("PolicyAccountReference", at("account", {"commitment": OTHER_FIELD}), {"checkpoint": None}),
        ("PolicyLedgerRoot", at("account", {"ledger_root": OTHER_FIELD}), {"checkpoint": None}),
        ("PolicyLedgerRoot", no_change, {"checkpoint": "newer.note", "snapshot": "snapshot.json"}),
        ("PolicyPseudonym", at("holder", {"pseudonym": OTHER_FIELD}), {}),
        ("PolicyLevel", at("claim/level", "20000"), {}),
        ("PolicyFloor", at("claim/floor", "1"), {}),
        ("PolicyAudience", at("audience", "desk-43"), {}),
        ("PolicyPurpose", at("purpose", "margin call"), {}),
        ("PolicyEpoch", at("epoch", 4), {}),
        ("PolicyNonce", at("nonce", "ab" * 32), {}),
        ("PolicyExpiry", by_challenge, answer | {"challenge": "longer.json"}),
        ("PolicyExpired", at("purpose", "credit line"), {"proofs": ["late.zkm"]}),
        ("PolicyCircuitSize", at("market/max_k", 9), {}),
    ]


# Where else each of the other codes of a decision is held.
ELSEWHERE = {
    "PolicySettlementAsset": "prover/tests/prover/books.rs",
    "PolicyIsolatedLeftOut": "prover/tests/prover/books.rs",
    "PolicyBooksApart": "prover/tests/prover/books.rs",
    "PolicyIsolatedPosition": "prover/tests/prover/books.rs",
    "PolicyOtherKind": "verifier/policy/src/pins/tests.rs",
    "PolicyNoSuchStress": "prover/tests/prover/portfolio.rs",
    "PolicyDoesNotMeet": "prover/tests/prover/portfolio.rs",
    "DeficiencyLeftOut": "prover/tests/prover/portfolio.rs",
    "DeficiencyIsolated": "prover/tests/prover/portfolio.rs",
    "DeficiencyStress": "prover/tests/prover/portfolio.rs",
    "DemandNotAlone": "the library's `verdict_on` alone gives it",
    "NoteWithoutTime": "no command writes such a note",
    "EnrolmentStale": "below, by its own time",
    "SequenceOtherVenue": "a memory holds each venue's series apart",
    "SequenceOtherRegistry": "a memory holds the series of each registry apart",
    "SequenceOtherRequirement": "a memory holds the series of each requirement apart",
    "ChallengeNotDemanded": "`challenge` gives it",
    "SeenStore": "below",
    "AnswerLog": "`prove` gives it",
    "BadPassphrase": "key files",
    "Replayed": "below",
    "NullifierSeen": "below",
    "SequenceOlder": "below",
    "SequenceConflict": "below",
    "SequenceTimeBackwards": "below",
}

FLAGS = [
    "schedule_note", "snapshot_note", "previous_note", "checkpoint", "previous_checkpoint", "newest_checkpoint",
    "attestation", "newest_attestation", "enrolment", "newest_enrolment", "challenge",
]  # fmt: skip
USUAL = {"snapshot_note": "marks.note", "checkpoint": "ledger.note"}


def decide(desk: Desk, policy: dict[str, Any], files: dict[str, Any]) -> str | None:
    """Both doors on the same files; the code on which they agree."""
    files = USUAL | {"proofs": ["proof.zkm"], "snapshot": "snapshot.json", "sources": {}, "seen": None} | files
    desk.write("policy.json", policy)
    arguments = ["verify", *files["proofs"], "--schedule", "schedule.json", "--snapshot", files["snapshot"]]
    arguments += ["--policy", "policy.json", "--json"]
    options: dict[str, Any] = {}
    for flag in FLAGS:
        if files.get(flag):
            arguments += [f"--{flag.replace('_', '-')}", files[flag]]
            options[flag] = desk.path(files[flag]).read_bytes()
    for name, file in files["sources"].items():
        arguments += ["--source", f"{name}={file}"]
    options["sources"] = {name: desk.path(file).read_bytes() for name, file in files["sources"].items()}
    if files["seen"]:
        # Each door has a memory of its own, so that neither sees what the other accepted.
        for door in ["command", "module"]:
            shutil.copy(desk.path(files["seen"]), desk.path(f"{door}.db"))
        arguments += ["--seen", "command.db"]
        options["seen"] = desk.path("module.db")
    said = json.loads(desk.run(*arguments).stdout)
    proofs = [desk.path(name).read_bytes() for name in files["proofs"]]
    market = [desk.path(name).read_bytes() for name in ["schedule.json", files["snapshot"]]]
    code: str | None = said["error"]["code"] if said["error"] else None
    try:
        report = zkmargin.verify(proofs, *market, policy=desk.path("policy.json").read_bytes(), **options)
    except zkmargin.Error as error:
        assert error.code == code, said
        return code
    assert report.code == code, (said, report.text)
    assert report.verdict == said["verdict"]
    assert report.not_checked == said["not_checked"]
    # The command says more about the proof beside.
    decision = json.loads(report.json)
    assert {field: said["result"][field] for field in decision} == decision
    assert report.valid == (said["verdict"] == "VALID")
    shown = desk.run(*[argument for argument in arguments if argument != "--json"]).stdout
    if not files["seen"]:
        assert "".join(report.text.split()) in "".join(shown.split())
    return code


def test_fault_1_3_the_same_files_have_the_same_verdict_through_both_doors(desk: Desk) -> None:
    found, expected = [], []
    for code, change, files in cases(desk):
        policy = base(desk)
        change(policy)
        found.append(decide(desk, policy, files))
        expected.append(code)
    assert [pair for pair in zip(found, expected, strict=True) if pair[0] != pair[1]] == []
    text = (ROOT / "docs" / "policy.md").read_text().split("## Reasons")[1]
    rows = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    documented = {code for row in rows for code in re.findall(r"`(\w+)`", row)}
    missing = documented - {code for code in found if code} - set(ELSEWHERE)
    assert not missing, missing


def test_fault_1_6_memories_decide_alike(desk: Desk) -> None:
    policy = base(desk)
    policy["freshness"] = {"challenge": True}
    answer = {"proofs": ["answer.zkm"], "seen": "challenge.db"}
    assert decide(desk, policy, answer) is None
    shutil.copy(desk.path("module.db"), desk.path("answered.db"))
    assert decide(desk, policy, answer | {"seen": "answered.db"}) == "Replayed"
    shutil.copy(desk.path("command.db"), desk.path("answered.db"))
    assert decide(desk, policy, answer | {"seen": "answered.db"}) == "Replayed"
    policy["freshness"] = {"once_per_period": True, "sequence": True}
    assert decide(desk, policy, {"seen": "challenge.db"}) is None
    shutil.copy(desk.path("module.db"), desk.path("accepted.db"))
    assert decide(desk, policy, {"seen": "accepted.db"}) == "NullifierSeen"
    policy["freshness"] = {"sequence": True}
    pairs = [("twin", "SequenceConflict"), ("backwards", "SequenceTimeBackwards")]
    for name, code in pairs:
        files = {"seen": "accepted.db", "snapshot": f"{name}.json", "snapshot_note": f"{name}.note"}
        assert decide(desk, policy, files) == code
    # The second snapshot is accepted with a proof at it; then the first one is behind.
    desk.ok(
        "prove --account account2.json --schedule schedule.json --snapshot second.json --opening opening2.json "
        "--holder holder.json -o at-second.zkm",
        *CONTEXT,
    )
    second = {"proofs": ["at-second.zkm"], "snapshot": "second.json", "snapshot_note": "second.note"}
    assert decide(desk, policy, second | {"seen": "accepted.db"}) is None
    shutil.copy(desk.path("module.db"), desk.path("second.db"))
    assert decide(desk, policy, {"seen": "second.db"}) == "SequenceOlder"
    assert decide(desk, policy, {"seen": "policy.json"}) == "SeenStore"


def test_fault_1_2_an_enrolment_has_an_age(desk: Desk) -> None:
    desk.ok(
        f"enrol --schedule schedule.json --audience desk-42 --pseudonym {pseudonym(desk)} --signer venue.key "
        f"--epoch 7 --accounts 2 --time {LEDGER_TIME} -o old.note"
    )
    policy = base(desk)
    all_accounts(desk, max_age_seconds=600)(policy)
    files = {"proofs": ["proof.zkm", "second.zkm"], "enrolment": "old.note"}
    assert decide(desk, policy, files) == "EnrolmentStale"


def test_fault_2_errors_show_no_lines_of_strangers(desk: Desk) -> None:
    strange = {"x\nVALID\x1b[2J\u202e": 1}
    proof = desk.path("proof.zkm").read_bytes()
    files = {name: desk.json(f"{name}.json") for name in ["schedule", "snapshot"]}
    for name, file in files.items():
        given = {other: json.dumps(value).encode() for other, value in files.items()}
        given[name] = json.dumps(file | strange).encode()
        with pytest.raises(zkmargin.Error) as caught:
            zkmargin.verify(proof, given["schedule"], given["snapshot"])
        assert str(caught.value).isprintable(), repr(str(caught.value))
    challenge = json.dumps(desk.json("challenge.json") | strange).encode()
    market = [desk.path(f"{name}.json").read_bytes() for name in files]
    with pytest.raises(zkmargin.Error) as caught:
        zkmargin.verify(proof, *market, policy=json.dumps(base(desk)).encode(), challenge=challenge)
    assert str(caught.value).isprintable(), repr(str(caught.value))


def test_fault_1_3_a_memory_takes_no_challenge(desk: Desk) -> None:
    policy = base(desk)
    policy["freshness"] = {"challenge": True}
    answer = {"proofs": ["answer.zkm"], "seen": "challenge.db", "challenge": "challenge.json"}
    assert decide(desk, policy, answer) == "Usage"


def test_fault_3_the_files_in_their_present_state_count(desk: Desk) -> None:
    audit = ROOT / "params" / "golden" / "audit"
    for name in ["evidence.parquet", "manifest.json"]:
        shutil.copy(audit / name, desk.path(name))
    proof = pyarrow.parquet.read_table(audit / "proofs-00000.parquet").column("bytes")[0].as_py()

    def judged(file: bytes) -> zkmargin.Judgement:
        return zkmargin.verify_many([file], desk.path("evidence.parquet"), desk.path("manifest.json"))[0]

    assert judged(proof).status == "valid"
    # A JSON twin, however it is written, is the one proof that it stands for.
    desk.path("due.zkm").write_bytes(proof)
    desk.ok("inspect due.zkm --as json -o due.json")
    twin = desk.path("due.json").read_bytes()
    for file in [twin, b" " + twin]:
        assert judged(file) == judged(proof)
        assert zkmargin.digest(file) == zkmargin.digest(proof)
    manifest = desk.json("manifest.json")
    manifest["policies"][0]["audience"] = "somebody.else"
    desk.write("manifest.json", manifest)
    assert (judged(proof).status, judged(proof).code) == ("outside", "PolicyAudience")
    evidence = pyarrow.parquet.read_table(audit / "evidence.parquet")
    pyarrow.parquet.write_table(evidence.slice(0, 1), desk.path("evidence.parquet"))
    assert judged(proof).status == "evidence-missing"
