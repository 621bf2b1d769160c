//! Finds out which of several proofs hold, with few evaluations.
//!
//! Evaluating an equation costs about as much for one proof as for a few dozen. So proofs that do not hold together are
//! halved until one wrong proof is left, then everything not yet looked at is evaluated together, and so on. Proofs are
//! split by submitter first, and then within each submitter, so that one with many wrong proofs costs the others
//! little. When there are so many wrong proofs that this costs more than it saves, the rest are checked one by one.

/// What an evaluation costs beyond its proofs. The unit of all costs is what one more proof adds to an evaluation, half
/// a millisecond; checking a proof alone costs 33 units.
const EVALUATION: usize = 24;

/// What a search may cost per proof before the rest are checked one by one. Finding one wrong proof among 128 costs
/// about three.
const SEARCH: usize = 12;

/// A search continues while at most one part in this many is wrong: finding one wrong proof costs as much as evaluating
/// this many one by one.
const PARTS_PER_WRONG: usize = 16;

/// Fewer proofs than this from one submitter, if they do not hold together, are checked one by one immediately.
const WORTH_A_SEARCH: usize = 4;

/// Number of parts presumed right before any is looked at.
const PRESUMED_RIGHT: usize = 32;

/// A proof whose equation can be added to those of others.
pub(super) trait Foldable: Sized {
    /// Its place.
    fn at(&self) -> usize;

    /// Who submitted it.
    fn submitter(&self) -> u64;

    /// Whether the sum of the equations holds.
    fn hold_together<'c>(candidates: impl Iterator<Item = &'c Self>) -> bool
    where
        Self: 'c;

    /// Whether it holds by itself.
    fn holds(&self) -> bool;
}

/// Marks the places of all that hold.
pub(super) fn find<T: Foldable>(mut candidates: Vec<T>, holds: &mut [bool]) {
    candidates.sort_by_key(T::submitter);
    let groups: Vec<_> = candidates.chunk_by(|a, b| a.submitter() == b.submitter()).collect();
    let mut search = Search::among(candidates.len(), holds);
    if !search.accept(&groups) {
        search.search(&groups);
    }
}

/// A search among parts, each of one proof or of all proofs of a submitter.
struct Search<'h> {
    /// What it may still cost.
    budget: usize,
    /// Parts that hold, and parts that do not.
    found: [usize; 2],
    holds: &'h mut [bool],
}

impl<'h> Search<'h> {
    fn among(proofs: usize, holds: &'h mut [bool]) -> Self {
        Self { budget: SEARCH * proofs + EVALUATION, found: [0; 2], holds }
    }

    /// Marks the parts if they hold together.
    fn accept<T: Foldable>(&mut self, parts: &[&[T]]) -> bool {
        let all = || parts.iter().copied().flatten();
        let together = T::hold_together(all());
        if together {
            all().for_each(|candidate| self.holds[candidate.at()] = true);
            self.found[0] += parts.len();
        }
        together
    }

    /// The same, if it does not cost too much.
    fn try_accept<T: Foldable>(&mut self, parts: &[&[T]]) -> Option<bool> {
        let proofs: usize = parts.iter().map(|part| part.len()).sum();
        self.budget = self.budget.checked_sub(EVALUATION + proofs)?;
        Some(self.accept(parts))
    }

    /// Whether so many parts are wrong that it is better to check them one by one.
    fn is_hopeless(&self) -> bool {
        let [right, wrong] = self.found;
        PARTS_PER_WRONG * wrong > PRESUMED_RIGHT + right + wrong
    }

    /// Parts that do not hold together.
    fn search<T: Foldable>(&mut self, mut parts: &[&[T]]) {
        loop {
            // Something from here to there is wrong.
            let (mut here, mut there) = (0, parts.len());
            while there - here > 1 {
                let middle = here + (there - here) / 2;
                match self.try_accept(&parts[here..middle]) {
                    None => return self.each(&parts[here..]),
                    Some(true) => here = middle,
                    Some(false) => there = middle,
                }
            }
            parts[here..there].iter().for_each(|part| self.part(part));
            self.found[1] += 1;
            parts = &parts[there..];
            if parts.is_empty() {
                return;
            }
            let together = if self.is_hopeless() { None } else { self.try_accept(parts) };
            match together {
                None => return self.each(parts),
                Some(true) => return,
                Some(false) => {}
            }
        }
    }

    /// Parts one by one.
    fn each<T: Foldable>(&mut self, parts: &[&[T]]) {
        for part in parts {
            // An evaluation is cheaper than the proof system's own, which has the last word on a wrong proof.
            let evaluated = part.len() > 1 || self.found[0] >= self.found[1];
            if !(evaluated && self.accept(&[part])) {
                self.part(part);
                self.found[1] += 1;
            }
        }
    }

    /// A part that may not hold.
    fn part<T: Foldable>(&mut self, part: &[T]) {
        if part.len() < WORTH_A_SEARCH {
            part.iter().for_each(|candidate| self.holds[candidate.at()] = candidate.holds());
            return;
        }
        let mut search = Search::among(part.len(), self.holds);
        search.search(&part.chunks(1).collect::<Vec<_>>());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    /// What a proof alone costs.
    const ALONE_COST: usize = 33;

    thread_local! {
        static EVALUATIONS: Cell<usize> = const { Cell::new(0) };
        static ALONE: Cell<usize> = const { Cell::new(0) };
        static COST: Cell<usize> = const { Cell::new(0) };
    }

    #[derive(Clone, Copy)]
    struct Fake {
        at: usize,
        submitter: u64,
        right: bool,
        /// As if the numbers that it is folded with were wrong.
        folds: bool,
    }

    impl Foldable for Fake {
        fn at(&self) -> usize {
            self.at
        }

        fn submitter(&self) -> u64 {
            self.submitter
        }

        fn hold_together<'c>(candidates: impl Iterator<Item = &'c Self>) -> bool {
            let candidates: Vec<_> = candidates.collect();
            EVALUATIONS.set(EVALUATIONS.get() + 1);
            COST.set(COST.get() + EVALUATION + candidates.len());
            candidates.iter().all(|fake| fake.right && fake.folds)
        }

        fn holds(&self) -> bool {
            ALONE.set(ALONE.get() + 1);
            COST.set(COST.get() + ALONE_COST);
            self.right
        }
    }

    /// Searches, and returns how many evaluations of several proofs and of one proof that took, and what they cost.
    fn search(fakes: &[Fake]) -> [usize; 3] {
        let counts = [&EVALUATIONS, &ALONE, &COST];
        counts.iter().for_each(|count| count.set(0));
        let mut holds = vec![false; fakes.len()];
        find(fakes.to_vec(), &mut holds);
        assert_eq!(holds, fakes.iter().map(|fake| fake.right).collect::<Vec<_>>());
        counts.map(|count| count.get())
    }

    fn fakes(count: usize, submitters: u64, wrong: impl Fn(usize) -> bool) -> Vec<Fake> {
        let fake = |at| {
            let submitter = at as u64 % submitters;
            Fake { at, submitter, right: !wrong(at), folds: true }
        };
        (0..count).map(fake).collect()
    }

    #[test]
    fn every_set_of_wrong_ones() {
        for count in 0..=10 {
            for set in 0..1usize << count {
                for submitters in 1..=4 {
                    search(&fakes(count, submitters, |at| set >> at & 1 == 1));
                }
            }
        }
    }

    #[test]
    fn few_wrong_ones_take_few_evaluations() {
        for submitters in [1, 2, 16, 128] {
            assert_eq!(search(&fakes(128, submitters, |_| false)), [1, 0, EVALUATION + 128]);
            for wrong in 0..128 {
                let [evaluations, alone, _] = search(&fakes(128, submitters, |at| at == wrong));
                assert!(evaluations <= 12, "{submitters} {wrong}: {evaluations}");
                assert!(alone <= 4, "{submitters} {wrong}: {alone}");
            }
        }
    }

    #[test]
    fn many_wrong_ones_are_checked_one_by_one() {
        let [evaluations, alone, _] = search(&fakes(128, 1, |_| true));
        assert!(alone == 128 && evaluations <= 25, "{evaluations}");
    }

    /// Whatever is wrong: what each proof alone costs, and what was set aside for the search.
    #[test]
    fn no_set_costs_much() {
        for submitters in [1, 2, 3, 16, 64, 128] {
            for every in 1..=16 {
                for offset in [0, 4, 64, every / 2] {
                    let wrong = |at: usize| at >= offset && at % every == every - 1;
                    let [_, alone, cost] = search(&fakes(128, submitters, wrong));
                    assert!(alone <= 128);
                    let most = if submitters == 1 { 160 } else { 200 };
                    let percent = cost * 100 / (128 * ALONE_COST);
                    assert!(percent <= most, "{submitters} {every} {offset}: {percent} %");
                }
            }
        }
    }

    /// One submitter's wrong proofs leave the others' alone.
    #[test]
    fn a_submitter_with_many_wrong_ones() {
        let [evaluations, alone, _] = search(&fakes(128, 8, |at| at % 8 == 3));
        assert!(alone == 16 && evaluations <= 15, "{evaluations} {alone}");
    }

    #[test]
    fn what_never_folds_is_checked_alone() {
        let mut fakes = fakes(100, 3, |at| at % 7 == 0);
        fakes.iter_mut().for_each(|fake| fake.folds = false);
        assert_eq!(search(&fakes)[1], 100);
    }
}
