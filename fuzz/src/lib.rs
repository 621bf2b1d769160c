//! A mutator for the targets that read JSON. Changed bytes are rarely JSON any more; this one
//! changes what stands between two quotes, or takes out or repeats an object.

#![forbid(unsafe_code)]

/// Most bytes that a value grows by.
const ROOM: usize = 16;

/// Changes `size` bytes of `data` in place and gives their new number, at most `max_size`.
pub fn change_json(data: &mut [u8], size: usize, max_size: usize, seed: u32) -> usize {
    let at = usize::try_from(seed / 8).unwrap_or(0);
    let text = &data[..size];
    let changed = match seed % 8 {
        0 | 1 => return libfuzzer_sys::fuzzer_mutate(data, size, max_size),
        2..=4 => between_quotes(text, at, |parts, at| mutated(parts[at])),
        5 => between_quotes(text, at, |parts, at| parts[at / 7 % parts.len()].to_vec()),
        6 => object(text, at).map(|(from, to)| {
            let comma = usize::from(text.get(to) == Some(&b','));
            [&text[..from], &text[to + comma..]].concat()
        }),
        _ => object(text, at)
            .map(|(from, to)| [&text[..to], b",", &text[from..to], &text[to..]].concat()),
    };
    match changed.filter(|changed| changed.len() <= max_size) {
        Some(changed) => {
            data[..changed.len()].copy_from_slice(&changed);
            changed.len()
        }
        None => libfuzzer_sys::fuzzer_mutate(data, size, max_size),
    }
}

/// Puts something else between two quotes, or between a closing and an opening one.
fn between_quotes(
    text: &[u8],
    at: usize,
    change: impl FnOnce(&[&[u8]], usize) -> Vec<u8>,
) -> Option<Vec<u8>> {
    let mut parts: Vec<_> = text.split(|b| *b == b'"').collect();
    let at = at % parts.len();
    let changed = change(&parts, at);
    parts[at] = &changed;
    Some(parts.join(&b'"'))
}

/// A part as libFuzzer changes it, without quotes of its own.
fn mutated(part: &[u8]) -> Vec<u8> {
    let mut changed = [part, &[0; ROOM]].concat();
    let most = changed.len();
    let size = libfuzzer_sys::fuzzer_mutate(&mut changed, part.len(), most);
    changed.truncate(size);
    changed.retain(|b| *b != b'"');
    changed
}

/// Where an object begins and ends.
fn object(text: &[u8], at: usize) -> Option<(usize, usize)> {
    let begins: Vec<_> = (0..text.len()).filter(|i| text[*i] == b'{').collect();
    let from = *begins.get(at.checked_rem(begins.len())?)?;
    let mut depth = 0usize;
    for (i, byte) in text.iter().enumerate().skip(from) {
        depth += usize::from(*byte == b'{');
        depth -= usize::from(*byte == b'}');
        if depth == 0 {
            return Some((from, i + 1));
        }
    }
    None
}
