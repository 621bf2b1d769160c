//! Secrets for tests.

use zkmargin_params::PlainSecrets;

/// Fixed secrets without a pattern: those that anybody could guess are refused.
pub fn secrets() -> PlainSecrets {
    let element = |seed: u8| {
        std::array::from_fn(|i| {
            (i as u8).wrapping_mul(167).wrapping_mul(i as u8 ^ seed).wrapping_add(seed)
                & if i == 31 { 0x3f } else { 0xff }
        })
    };
    PlainSecrets { holder_key: element(0x5d), serial: 1, blinding: element(0xa3) }
}
