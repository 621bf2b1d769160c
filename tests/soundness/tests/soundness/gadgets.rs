//! Each gadget in isolation: inputs pinned, outputs free.

use crate::gadget_support::{Assign, BANKS, Banked, Gadgets, Isolated, two_to};
use zkmargin_gadgets::banks::bank_of;
use zkmargin_gadgets::bracket::{BracketHint, Factor};
use zkmargin_gadgets::divide::{Form, Line};
use zkmargin_gadgets::halo2::*;
use zkmargin_gadgets::poseidon::{PoseidonBlocks, PoseidonConfig, Word};
use zkmargin_gadgets::range::Width;
use zkmargin_model::poseidon::{RATE, Tag, initial_state};
use zkmargin_soundness::{Recorded, determinism, mutation, wrapping};

/// Asserts that what is not an input is determined, that no change survives, and that only gates
/// of these names are beyond the width check.
#[track_caller]
fn sound(recorded: &Recorded, inputs: &[&str], unranged: &[&str]) {
    assert_eq!(recorded.failures(), vec![]);
    let variables = recorded.variables();
    let loose = recorded.loose();
    let pinned = |v: &zkmargin_soundness::Variable| {
        v.names.iter().any(|name| inputs.contains(&name.as_str()))
    };
    let free: Vec<_> = determinism::undetermined(recorded, pinned)
        .into_iter()
        .filter(|v| !loose[*v])
        .map(|v| variables[v].describe())
        .collect();
    assert_eq!(free, Vec::<String>::new(), "not determined");
    let survivors: Vec<_> = mutation::survivors(recorded, Fp::from(0x5eed).square())
        .into_iter()
        .filter(|s| !loose[s.variable])
        .map(|s| variables[s.variable].describe())
        .collect();
    assert_eq!(survivors, Vec::<String>::new(), "changes survive");
    let widths = wrapping::widths(recorded, &[]);
    assert!(widths.wrapping.is_empty(), "{:?}", widths.wrapping);
    let beyond: Vec<_> =
        widths.unranged.iter().filter(|n| !unranged.iter().any(|u| n.starts_with(u))).collect();
    assert_eq!(beyond, Vec::<&String>::new(), "without ranges");
}

fn record(assign: Assign, brackets: Vec<[Fp; 6]>) -> Recorded {
    Recorded::new(10, &Isolated { assign, tamper: vec![], brackets }, &[])
}

fn alone(assign: Assign) -> Recorded {
    record(assign, vec![[Fp::ZERO; 6]])
}

const WORDS: [fn() -> Fp; 4] =
    [|| Fp::ZERO, || Fp::ONE, || two_to(89) - Fp::ONE, || Fp::from(0x1234_5678_9abc_def1)];

macro_rules! word {
    ($method:ident $(, $width:ident)?) => {
        [
            alone(|g, r| {
                g.range.$method(r, 0, $(Width::$width,)? Value::known(WORDS[0]())).map(|_| ())
            }),
            alone(|g, r| {
                g.range.$method(r, 0, $(Width::$width,)? Value::known(WORDS[1]())).map(|_| ())
            }),
            alone(|g, r| {
                g.range.$method(r, 0, $(Width::$width,)? Value::known(WORDS[2]())).map(|_| ())
            }),
            alone(|g, r| {
                g.range.$method(r, 0, $(Width::$width,)? Value::known(WORDS[3]())).map(|_| ())
            }),
        ]
    };
}

#[test]
fn range_words() {
    let all = [
        word!(two_rows),
        word!(two_rows_and_limb),
        word!(above, Wide),
        word!(below, Wide),
        word!(above, Narrow),
        word!(below, Narrow),
    ];
    all.iter().flatten().for_each(|recorded| sound(recorded, &["word"], &[]));
}

#[test]
fn sorted_list() {
    fn slots(
        g: &Gadgets,
        region: &mut Region<'_, Fp>,
        slots: [(u64, u64); 4],
    ) -> Result<(), Error> {
        let mut previous = None;
        for (i, (used, key)) in slots.into_iter().enumerate() {
            let known = |word| Value::known(Fp::from(word));
            let (used, key) = (known(used), known(key));
            previous = Some(g.sorted.assign(region, 2 * i, previous.as_ref(), used, key)?);
        }
        Ok(())
    }
    let full = alone(|g, r| slots(g, r, [(1, 1), (1, 2), (1, 700), (1, 262_143)]));
    let part = alone(|g, r| slots(g, r, [(1, 5), (1, 9), (0, 0), (0, 0)]));
    for recorded in [full, part] {
        // An empty slot's flag and key are the caller's to bind, by its packing gate.
        sound(&recorded, &["used", "key"], &[]);
    }
}

/// Shares of the banks follow from the row; an empty slot's, which looks up the zero tuple, are of no account.
#[test]
fn banks() {
    fn table() -> Vec<[Fp; 6]> {
        let row = |lo: u64| [1, lo, lo + 9, 5, lo, 3].map(Fp::from);
        std::iter::once([Fp::ZERO; 6]).chain((0..7).map(|at| row(10 * at))).collect()
    }
    fn lookup(g: &Gadgets, region: &mut Region<'_, Fp>, x: u64) -> Result<(), Error> {
        let (table, row) = (table(), x as usize / 10 + 1);
        let [key, lo, hi, slope, intercept, last] = table[row];
        let bank = bank_of(row, table.len(), BANKS);
        let hint = Value::known(BracketHint { lo, hi, slope, intercept, last, bank });
        let x = g.input(region, 0, Fp::from(x))?;
        let key = g.input(region, 1, key)?;
        g.bracket.look_up(region, 0, Width::Narrow, &x, &key, hint).map(|_| ())
    }
    let assigned: [Assign; 3] =
        [|g, r| lookup(g, r, 9), |g, r| lookup(g, r, 30), |g, r| lookup(g, r, 66)];
    for assign in assigned {
        let circuit = Banked(Isolated { assign, tamper: vec![], brackets: table() });
        sound(&Recorded::new(10, &circuit, &[]), &["input"], &[]);
    }
}

#[test]
fn bracketed_line() {
    fn table() -> Vec<[Fp; 6]> {
        let row = |words: [u64; 6]| words.map(Fp::from);
        vec![
            [Fp::ZERO; 6],
            row([1, 0, 9, 5, 0, 3]),
            row([1, 10, 99, 7, 20, 3]),
            row([2, 0, 99, 1, 0, 0]),
        ]
    }
    fn lookup(g: &Gadgets, region: &mut Region<'_, Fp>, x: u64, row: usize) -> Result<(), Error> {
        let [_, lo, hi, slope, intercept, last] = table()[row];
        let x = g.input(region, 0, Fp::from(x))?;
        let key = g.input(region, 1, table()[row][0])?;
        let factor = g.input(region, 2, Fp::from(3))?;
        let hint = Value::known(BracketHint { lo, hi, slope, intercept, last, bank: 0 });
        let cells = g.bracket.assign(
            region,
            0,
            Width::Wide,
            &x,
            &key,
            Factor::Cell(&factor),
            None,
            hint,
        )?;
        let hint = Value::known(BracketHint { lo, hi, slope, intercept, last, bank: 0 });
        let sum = Some(&cells.sum);
        g.bracket.assign(region, 6, Width::Wide, &x, &key, Factor::One, sum, hint)?;
        g.bracket.look_up(region, 12, Width::Narrow, &x, &key, hint).map(|_| ())
    }
    for recorded in [
        record(|g, r| lookup(g, r, 1, 1), table()),
        record(|g, r| lookup(g, r, 9, 1), table()),
        record(|g, r| lookup(g, r, 10, 2), table()),
        record(|g, r| lookup(g, r, 99, 3), table()),
    ] {
        // The factor's range is the caller's.
        sound(&recorded, &["input"], &["bracketed line"]);
    }
}

#[test]
fn group_sums() {
    fn sums(
        g: &Gadgets,
        region: &mut Region<'_, Fp>,
        amounts: [(u64, u64); 3],
    ) -> Result<(), Error> {
        let mut sums = None;
        for (i, (amount, code)) in amounts.into_iter().enumerate() {
            let amount = g.input(region, 2 * i, Fp::from(amount))?;
            let code = g.input(region, 2 * i + 1, Fp::from(code))?;
            sums = Some(g.groups.assign(region, 2 * i, sums.as_ref(), &amount, &code)?);
        }
        Ok(())
    }
    for recorded in [
        alone(|g, r| sums(g, r, [(5, 0), (7, 1), (1, 0)])),
        alone(|g, r| sums(g, r, [(5, 2), (7, 3), (1, 3)])),
    ] {
        // Ranges of amounts are the caller's.
        sound(&recorded, &["input"], &["group sums"]);
    }
}

#[test]
fn not_negative() {
    fn compare(g: &Gadgets, region: &mut Region<'_, Fp>, value: Fp) -> Result<(), Error> {
        let value = g.input(region, 0, value)?;
        g.compare.assign(region, 0, &value)
    }
    for recorded in [
        alone(|g, r| compare(g, r, Fp::ZERO)),
        alone(|g, r| compare(g, r, two_to(225) - Fp::ONE)),
        alone(|g, r| compare(g, r, two_to(135))),
    ] {
        sound(&recorded, &["input"], &[]);
    }
}

#[test]
fn division() {
    fn divide(
        g: &Gadgets,
        region: &mut Region<'_, Fp>,
        form: Form,
        words: [u64; 4],
    ) -> Result<(), Error> {
        let mut cells = Vec::with_capacity(4);
        for (row, word) in words.into_iter().enumerate() {
            cells.push(g.input(region, row, Fp::from(word))?);
        }
        let [x, a, b, last] = [0, 1, 2, 3].map(|i| &cells[i]);
        let line = Line { x, a, b, last };
        g.divide.assign(region, 0, form, line, line.quotient()).map(|_| ())
    }
    for recorded in [
        alone(|g, r| divide(g, r, Form::Long(Width::Wide), [3, 7, 3, 9])),
        alone(|g, r| divide(g, r, Form::Long(Width::Narrow), [1, 7, 2, 9])),
        alone(|g, r| divide(g, r, Form::Long(Width::Narrow), [123_456, 20_001, 999_999, 999_999])),
        alone(|g, r| divide(g, r, Form::Long(Width::Wide), [9, 5, 0, 0])),
        alone(|g, r| divide(g, r, Form::Short, [123_456, 20_001, 999_999, 999_999])),
        alone(|g, r| divide(g, r, Form::Short, [9, 5, 0, 0])),
    ] {
        // Ranges of the line's words are the caller's.
        sound(&recorded, &["input"], &["division", "short division"]);
    }
    // An empty slot's line, which any x goes through.
    let is_input = |v: &zkmargin_soundness::Variable| v.names.contains(&"input".to_owned());
    let empty = alone(|g, r| divide(g, r, Form::Long(Width::Wide), [5, 0, 0, 0]));
    assert_eq!(empty.failures(), vec![]);
    let loose = empty.loose();
    let free = determinism::undetermined(&empty, is_input);
    assert!(free.iter().all(|v| loose[*v]));
    // A remainder that is bounded by its limbs alone leaves several quotients.
    for whole in [
        alone(|g, r| divide(g, r, Form::Long(Width::Wide), [3, 7, 3, 9])),
        alone(|g, r| divide(g, r, Form::Short, [3, 7, 3, 9])),
    ] {
        for (polynomial, name) in whole.constraint_names().iter().enumerate() {
            if name.contains("division") {
                let less = whole.without_constraint(polynomial);
                let free = determinism::undetermined(&less, is_input);
                assert!(!free.is_empty(), "nothing notices that {name:?} is absent");
            }
        }
    }
}

#[test]
fn path_levels() {
    fn levels(g: &Gadgets, region: &mut Region<'_, Fp>, bits: [bool; 3]) -> Result<(), Error> {
        let mut below = None;
        for (i, bit) in bits.into_iter().enumerate() {
            let child = g.input(region, i, Fp::from(5 + i as u64))?;
            let sibling = Value::known(Fp::from(50 + i as u64));
            let bit = Value::known(bit);
            let level = g.path.assign(region, 2 * i, below.as_ref(), &child, sibling, bit)?;
            below = Some(level.serial);
        }
        Ok(())
    }
    for recorded in [
        alone(|g, r| levels(g, r, [true, false, true])),
        alone(|g, r| levels(g, r, [false, false, false])),
        alone(|g, r| levels(g, r, [true, true, true])),
    ] {
        // Nodes are hashes, of any width.
        sound(&recorded, &["input", "sibling", "bit"], &["path level: left", "path level: right"]);
    }
}

#[derive(Clone, Debug)]
struct Hashing<const LANES: usize>(Vec<[Fp; RATE]>);

impl<const LANES: usize> Circuit<Fp> for Hashing<LANES> {
    type Config = PoseidonConfig;
    type FloorPlanner = SimpleFloorPlanner;

    fn without_witnesses(&self) -> Self {
        self.clone()
    }

    fn configure(meta: &mut ConstraintSystem<Fp>) -> Self::Config {
        let constants = meta.fixed_column();
        meta.enable_constant(constants);
        PoseidonConfig::configure(meta, LANES)
    }

    fn synthesize(
        &self,
        config: Self::Config,
        mut layouter: impl Layouter<Fp>,
    ) -> Result<(), Error> {
        layouter.assign_region(
            || "hash",
            |mut region| {
                let mut blocks = PoseidonBlocks::new(&config);
                let private = |word: Fp| Word::Private(Value::known(word));
                let pairs: Vec<_> = self.0.iter().map(|pair| pair.map(private)).collect();
                let start = initial_state(Tag::Positions, pairs.len() * RATE);
                blocks.hash(&mut region, start, &pairs)?;
                blocks.finish(&mut region)
            },
        )
    }
}

#[test]
fn poseidon_lanes() {
    let words = |pairs: u64| (1..=pairs).map(|i| [Fp::from(7 * i), -Fp::from(i)]).collect();
    for pairs in 1..=3 {
        let one = Recorded::new(9, &Hashing::<1>(words(pairs)), &[]);
        let two = Recorded::new(9, &Hashing::<2>(words(pairs)), &[]);
        for recorded in [one, two] {
            sound(&recorded, &["private word"], &["poseidon"]);
        }
    }
}
