//! Base64 and hexadecimal with exactly one text for any bytes.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Standard base64 (RFC 4648, section 4) with padding.
pub(crate) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// The bytes of standard base64. `None` for text that [`base64`] does not write: missing padding,
/// white space, set bits after the end.
pub(crate) fn from_base64(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// As [`from_base64`], into the caller's bytes, all of which must be filled. For secrets, which must not be left behind
/// in memory.
pub(crate) fn from_base64_into(text: &str, bytes: &mut [u8]) -> Option<()> {
    (STANDARD.decode_slice(text, bytes).ok()? == bytes.len()).then_some(())
}

/// As [`base64`], appended to the caller's text through the caller's buffer.
pub(crate) fn base64_into(bytes: &[u8], buffer: &mut [u8], text: &mut String) {
    let written = STANDARD.encode_slice(bytes, buffer).unwrap_or(0);
    text.push_str(std::str::from_utf8(&buffer[..written]).unwrap_or(""));
}

/// Bytes of lower-case hexadecimal. `None` for another length or other digits.
pub(crate) fn from_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let lower = text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    let mut bytes = [0; N];
    hex::decode_to_slice(text, &mut bytes).ok().filter(|()| lower)?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_text_per_bytes() {
        assert_eq!(from_base64("AAE="), Some(vec![0, 1]));
        for bad in ["AAE", "AAE==", "AAF=", "AA E=", "AAE=\n", "AAE_", "=", "A"] {
            assert_eq!(from_base64(bad), None, "{bad:?}");
        }
        assert_eq!(from_hex("00ff"), Some([0, 255]));
        for bad in ["00FF", "00f", "00ff0", "00fg", "+0ff", ""] {
            assert_eq!(from_hex::<2>(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn into_buffers() {
        let (mut text, mut bytes) = (String::new(), [0; 3]);
        base64_into(b"abc", &mut [0; 4], &mut text);
        assert_eq!(text, "YWJj");
        assert_eq!(from_base64_into(&text, &mut bytes), Some(()));
        assert_eq!(&bytes, b"abc");
        assert_eq!(from_base64_into("YWI=", &mut bytes), None);
        assert_eq!(from_base64_into("YWJjZA==", &mut bytes), None);
    }
}
