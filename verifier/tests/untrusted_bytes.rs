//! Every reader holds its properties on random bytes and on damaged real files: 44,000 of them.
//! The properties are those of the fuzz targets, see `docs/fuzzing.md`.

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, TestRunner};
use zkmargin_properties as properties;

/// Texts that reach deep into the readers of JSON files.
const PIECES: [&str; 16] = [
    "",
    "0",
    "-0",
    "-1",
    "1.5",
    "1e9",
    "0.000000000000000000000000000000000001",
    "99999999999999999999999999999999999999999999999999",
    "18446744073709551615",
    "4294967295",
    "value",
    "quantity",
    "inverse",
    "BTC",
    "\u{e9}\u{4e2d}\\u0000",
    ":null,",
];

/// One damage to a file. Indices are taken modulo what there is.
#[derive(Clone, Debug)]
enum Damage {
    Flip(Index, u8),
    Truncate(Index),
    Delete(Index, usize),
    Duplicate(Index, usize),
    /// Bytes of another seed, put in.
    Splice(Index, Index, Index, usize),
    /// What stands between two quotes becomes a piece.
    Piece(Index, Index),
    /// What stands between two quotes becomes what stands between two others.
    Copy(Index, Index),
}

fn damage() -> impl Strategy<Value = Damage> {
    let at = any::<Index>;
    prop_oneof![
        2 => (at(), 0..8u8).prop_map(|(at, bit)| Damage::Flip(at, bit)),
        1 => at().prop_map(Damage::Truncate),
        1 => (at(), 1..40usize).prop_map(|(at, length)| Damage::Delete(at, length)),
        2 => (at(), 1..200usize).prop_map(|(at, length)| Damage::Duplicate(at, length)),
        1 => (at(), at(), at(), 1..200usize)
            .prop_map(|(at, seed, from, length)| Damage::Splice(at, seed, from, length)),
        4 => (at(), at()).prop_map(|(at, piece)| Damage::Piece(at, piece)),
        4 => (at(), at()).prop_map(|(at, from)| Damage::Copy(at, from)),
    ]
}

/// `length` bytes of `bytes` from `from` on, or fewer.
fn part(bytes: &[u8], from: usize, length: usize) -> &[u8] {
    &bytes[from..bytes.len().min(from + length)]
}

impl Damage {
    fn apply(&self, bytes: &[u8], seeds: &[Vec<u8>]) -> Vec<u8> {
        let place = |at: &Index, bytes: &[u8]| at.index(bytes.len() + 1);
        let insert = |at: usize, what: &[u8]| [&bytes[..at], what, &bytes[at..]].concat();
        let between_quotes = |at: &Index, replace: &dyn Fn(&mut [&[u8]], usize)| {
            let mut parts: Vec<_> = bytes.split(|b| *b == b'"').collect();
            let at = at.index(parts.len());
            replace(&mut parts, at);
            parts.join(&b'"')
        };
        match self {
            Damage::Flip(..) if bytes.is_empty() => Vec::new(),
            Damage::Flip(at, bit) => {
                let mut bytes = bytes.to_vec();
                let at = at.index(bytes.len());
                bytes[at] ^= 1 << bit;
                bytes
            }
            Damage::Truncate(at) => bytes[..place(at, bytes)].to_vec(),
            Damage::Delete(at, length) => {
                let at = place(at, bytes);
                [&bytes[..at], &bytes[bytes.len().min(at + length)..]].concat()
            }
            Damage::Duplicate(at, length) => {
                let at = place(at, bytes);
                insert(at, part(bytes, at, *length))
            }
            Damage::Splice(at, seed, from, length) => {
                let seed = &seeds[seed.index(seeds.len())];
                insert(place(at, bytes), part(seed, place(from, seed), *length))
            }
            Damage::Piece(at, piece) => between_quotes(at, &|parts, at| {
                parts[at] = PIECES[piece.index(PIECES.len())].as_bytes();
            }),
            Damage::Copy(at, from) => between_quotes(at, &|parts, at| {
                parts[at] = parts[from.index(parts.len())];
            }),
        }
    }
}

/// Runs a property on the seeds as they are, then on random bytes and damaged seeds.
fn holds(target: &str, cases: u32, property: fn(&[u8])) {
    let seeds = properties::seeds::of(target);
    seeds.iter().for_each(|seed| property(seed));
    let random = prop::collection::vec(any::<u8>(), 0..400);
    let damaged = (any::<Index>(), prop::collection::vec(damage(), 1..5)).prop_map({
        let seeds = seeds.clone();
        move |(seed, damages): (Index, Vec<Damage>)| {
            let seed = seeds[seed.index(seeds.len())].clone();
            damages.iter().fold(seed, |bytes, damage| damage.apply(&bytes, &seeds))
        }
    });
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let outcome = TestRunner::new(config).run(&prop_oneof![1 => random, 7 => damaged], |bytes| {
        property(&bytes);
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("{target}: {failure}"));
}

#[test]
fn envelope() {
    holds("envelope", 4000, properties::envelope);
}

#[test]
fn envelope_twin() {
    holds("envelope_twin", 4000, properties::envelope_twin);
}

#[test]
fn account() {
    holds("account", 4000, properties::account);
}

#[test]
fn schedule() {
    holds("schedule", 4000, properties::schedule);
}

#[test]
fn snapshot() {
    holds("snapshot", 4000, properties::snapshot);
}

#[test]
fn note() {
    holds("note", 4000, properties::note);
}

#[test]
fn source() {
    holds("source", 4000, properties::source);
}

#[test]
fn policy() {
    holds("policy", 4000, properties::policy);
}

#[test]
fn recognise() {
    holds("recognise", 4000, properties::recognise);
}

#[test]
fn manifest() {
    holds("manifest", 4000, properties::manifest);
}

#[test]
fn log_proof() {
    holds("log_proof", 4000, properties::log_proof);
}

/// Few, because refused parameters are computed anew.
#[test]
fn params() {
    holds("params", 2000, properties::params);
    holds("params", 4, properties::store);
}
