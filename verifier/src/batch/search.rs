//! Which proofs of some hold, with few evaluations.
//!
//! Evaluating an equation costs about as much for one proof as for some tens. So proofs that do not hold
//! together are halved until one wrong proof is left, and what was not looked at then is evaluated
//! together; and so on. Submitters are told apart first, and then the proofs of each, so that one with many
//! wrong proofs costs the others little. Where wrong proofs are so many that this costs more than it saves,
//! the rest is checked one by one.

/// How many evaluations are made in search of the wrong ones among so many proofs, before the rest is
/// checked one by one. One wrong proof among n takes up to log2(n) + 1; a proof alone takes somewhat longer
/// than an evaluation.
fn evaluations(proofs: usize) -> usize {
    if proofs < 4 { 0 } else { proofs / 4 + 2 }
}

/// A proof whose equation can be added to others'.
pub(super) trait Foldable: Sized {
    /// Its place.
    fn at(&self) -> usize;

    /// Who handed it in.
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
    let mut search = Search { evaluations: evaluations(candidates.len()), holds };
    if !search.accept(&groups) {
        search.search(&groups);
    }
}

/// A search among parts, each of one proof or of all proofs of a submitter.
struct Search<'h> {
    /// How many evaluations it may still make.
    evaluations: usize,
    holds: &'h mut [bool],
}

impl Search<'_> {
    /// Marks the parts if they hold together.
    fn accept<T: Foldable>(&mut self, parts: &[&[T]]) -> bool {
        let all = || parts.iter().copied().flatten();
        let together = T::hold_together(all());
        if together {
            all().for_each(|candidate| self.holds[candidate.at()] = true);
        }
        together
    }

    /// The same, if an evaluation may still be made.
    fn try_accept<T: Foldable>(&mut self, parts: &[&[T]]) -> Option<bool> {
        self.evaluations = self.evaluations.checked_sub(1)?;
        Some(self.accept(parts))
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
            parts = &parts[there..];
            if parts.is_empty() {
                return;
            }
            match self.try_accept(parts) {
                None => return self.each(parts),
                Some(true) => return,
                Some(false) => {}
            }
        }
    }

    /// Parts one by one.
    fn each<T: Foldable>(&mut self, parts: &[&[T]]) {
        for part in parts {
            if part.len() == 1 || !self.accept(&[part]) {
                self.part(part);
            }
        }
    }

    /// A part that may not hold.
    fn part<T: Foldable>(&mut self, part: &[T]) {
        if let [candidate] = part {
            self.holds[candidate.at()] = candidate.holds();
            return;
        }
        let mut search = Search { evaluations: evaluations(part.len()), holds: self.holds };
        search.search(&part.chunks(1).collect::<Vec<_>>());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    thread_local! {
        static TOGETHER: Cell<usize> = const { Cell::new(0) };
        static ALONE: Cell<usize> = const { Cell::new(0) };
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

        fn hold_together<'c>(mut candidates: impl Iterator<Item = &'c Self>) -> bool {
            TOGETHER.set(TOGETHER.get() + 1);
            candidates.all(|fake| fake.right && fake.folds)
        }

        fn holds(&self) -> bool {
            ALONE.set(ALONE.get() + 1);
            self.right
        }
    }

    /// Searches, and how many evaluations of several and of one proof that took.
    fn search(fakes: &[Fake]) -> (usize, usize) {
        (TOGETHER.set(0), ALONE.set(0));
        let mut holds = vec![false; fakes.len()];
        find(fakes.to_vec(), &mut holds);
        assert_eq!(holds, fakes.iter().map(|fake| fake.right).collect::<Vec<_>>());
        (TOGETHER.get(), ALONE.get())
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
            assert_eq!(search(&fakes(128, submitters, |_| false)), (1, 0));
            for wrong in 0..128 {
                let (together, alone) = search(&fakes(128, submitters, |at| at == wrong));
                assert!(together <= 13 && alone == 1, "{submitters} {wrong}: {together} {alone}");
            }
        }
    }

    /// Whatever is wrong: each proof alone at most, and the evaluations that were set aside.
    #[test]
    fn no_set_costs_much() {
        for submitters in [1, 2, 3, 16, 64, 128] {
            for every in 1..=16 {
                for offset in [0, 4, every / 2] {
                    let wrong = |at: usize| at >= offset && at % every == every - 1;
                    let (together, alone) = search(&fakes(128, submitters, wrong));
                    assert!(alone <= 128);
                    let groups = submitters as usize;
                    let of_one = evaluations(128 / groups);
                    // Each submitter's proofs together, where these are several.
                    let each = if of_one > 0 { groups * (1 + of_one) } else { groups };
                    let most = 1 + evaluations(128) + each;
                    assert!(together <= most, "{submitters} {every}: {together} > {most}");
                }
            }
        }
    }

    /// One submitter's wrong proofs leave the others' alone.
    #[test]
    fn a_submitter_with_many_wrong_ones() {
        let fakes = fakes(128, 8, |at| at % 8 == 3);
        let (together, alone) = search(&fakes);
        assert!(alone == 16 && together <= 12, "{together} {alone}");
    }

    #[test]
    fn what_never_folds_is_checked_alone() {
        let mut fakes = fakes(100, 3, |at| at % 7 == 0);
        fakes.iter_mut().for_each(|fake| fake.folds = false);
        assert_eq!(search(&fakes).1, 100);
    }
}
