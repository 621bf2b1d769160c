//! Reads bytes from either end and keeps track of its position.

use crate::{Place, Problem, SourceError};

/// Bytes that are still to be read.
#[derive(Clone)]
pub(crate) struct Reader<'a> {
    message: &'a [u8],
    front: usize,
    back: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(message: &'a [u8]) -> Self {
        Self { message, front: 0, back: message.len() }
    }

    /// How many bytes are left.
    pub(crate) fn left(&self) -> usize {
        self.back - self.front
    }

    /// The bytes that are left, without reading them.
    pub(crate) fn rest(&self) -> &'a [u8] {
        &self.message[self.front..self.back]
    }

    /// Where the next byte from the front is.
    pub(crate) fn place(&self, part: &'static str) -> Place {
        Place { part, byte: self.front }
    }

    /// Where the bytes last read from the back begin.
    pub(crate) fn back_place(&self, part: &'static str) -> Place {
        Place { part, byte: self.back }
    }

    fn check(&self, part: &'static str, needs: usize) -> Result<(), SourceError> {
        let left = self.left();
        if needs > left {
            return Err(self.place(part).error(Problem::TooShort { needs, left }));
        }
        Ok(())
    }

    /// The next bytes from the front, as a reader that knows its place in the message.
    pub(crate) fn part(&mut self, part: &'static str, n: usize) -> Result<Self, SourceError> {
        self.check(part, n)?;
        let front = self.front;
        self.front += n;
        Ok(Self { message: self.message, front, back: self.front })
    }

    /// The next bytes from the back, likewise.
    pub(crate) fn part_back(&mut self, part: &'static str, n: usize) -> Result<Self, SourceError> {
        self.check(part, n)?;
        let back = self.back;
        self.back -= n;
        Ok(Self { message: self.message, front: self.back, back })
    }

    /// Reads bytes that do not matter here.
    pub(crate) fn skip(&mut self, part: &'static str, n: usize) -> Result<(), SourceError> {
        self.part(part, n).map(drop)
    }

    /// The next `N` bytes from the front.
    pub(crate) fn array<const N: usize>(
        &mut self,
        part: &'static str,
    ) -> Result<[u8; N], SourceError> {
        let mut array = [0; N];
        array.copy_from_slice(self.part(part, N)?.rest());
        Ok(array)
    }

    /// The next `N` bytes from the back.
    pub(crate) fn array_back<const N: usize>(
        &mut self,
        part: &'static str,
    ) -> Result<[u8; N], SourceError> {
        let mut array = [0; N];
        array.copy_from_slice(self.part_back(part, N)?.rest());
        Ok(array)
    }

    /// The next byte from the front.
    pub(crate) fn byte(&mut self, part: &'static str) -> Result<u8, SourceError> {
        self.array::<1>(part).map(|[byte]| byte)
    }

    /// Reads a byte that must be `known`.
    pub(crate) fn version(&mut self, part: &'static str, known: u8) -> Result<(), SourceError> {
        let place = self.place(part);
        let found = self.byte(part)?;
        if found == known { Ok(()) } else { Err(place.error(Problem::Version { found, known })) }
    }

    /// Checks that nothing is left.
    pub(crate) fn end(&self, part: &'static str) -> Result<(), SourceError> {
        match self.left() {
            0 => Ok(()),
            left => Err(self.place(part).error(Problem::TooLong(left))),
        }
    }
}
