//! Capacity for settlement assets: how many a circuit has sums for.

use crate::widths::{MAX_SETTLE_GROUPS, SETTLE_QUAD};

/// How many settle groups a circuit has sums for, in quads of four.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Settlement {
    /// Up to four settlement assets, each sum in every slot.
    Four,
    /// Up to eight.
    Eight,
    /// Up to sixteen.
    Sixteen,
}

impl Settlement {
    /// All, smallest first.
    pub const ALL: [Self; 3] = [Self::Four, Self::Eight, Self::Sixteen];

    /// Settle groups.
    pub const fn groups(self) -> usize {
        self.quads() * SETTLE_QUAD
    }

    /// Quads of settle groups.
    pub const fn quads(self) -> usize {
        match self {
            Self::Four => 1,
            Self::Eight => 2,
            Self::Sixteen => 4,
        }
    }

    /// The smallest that has sums for this many settlement assets; the largest if none has.
    pub fn of(groups: usize) -> Self {
        Self::ALL.into_iter().find(|of| groups <= of.groups()).unwrap_or(Self::Sixteen)
    }
}

/// What a profile's name says of it: nothing of four.
impl std::fmt::Display for Settlement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Four => Ok(()),
            Self::Eight | Self::Sixteen => write!(f, ", {} settlement assets", self.groups()),
        }
    }
}

// A market, which has at most this many, fits the largest.
const _: () = assert!(Settlement::Sixteen.groups() == MAX_SETTLE_GROUPS);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_that_holds_them() {
        use Settlement::{Eight, Four, Sixteen};
        assert_eq!(Settlement::ALL.map(Settlement::groups), [4, 8, 16]);
        for (groups, expected) in
            [(0, Four), (1, Four), (4, Four), (5, Eight), (8, Eight), (9, Sixteen), (16, Sixteen)]
        {
            assert_eq!(Settlement::of(groups), expected, "{groups}");
        }
    }
}
