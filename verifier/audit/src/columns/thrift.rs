//! Walks Thrift's compact protocol, in which Parquet's footer and page headers are written, without allocating: the
//! figures in it are a stranger's word and are read before the Parquet reader relies on them.

/// Maximum nesting that is followed; Parquet's own structures have six levels.
const MAX_DEPTH: u8 = 16;

/// Why bytes cannot be walked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Broken {
    /// They end too early.
    End,
    /// They are not the compact protocol.
    Form,
}

pub(super) const STRUCT: u8 = 12;
pub(super) const LIST: u8 = 9;

/// Bytes walked from the front.
pub(super) struct Walk<'a> {
    rest: &'a [u8],
}

impl<'a> Walk<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Number of bytes left.
    pub(super) fn left(&self) -> usize {
        self.rest.len()
    }

    /// What is left.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    fn byte(&mut self) -> Result<u8, Broken> {
        let (first, rest) = self.rest.split_first().ok_or(Broken::End)?;
        self.rest = rest;
        Ok(*first)
    }

    fn pass(&mut self, count: u64) -> Result<(), Broken> {
        let count = usize::try_from(count).map_err(|_| Broken::End)?;
        self.rest = self.rest.get(count..).ok_or(Broken::End)?;
        Ok(())
    }

    fn unsigned(&mut self) -> Result<u64, Broken> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(Broken::Form)
    }

    /// An integer of any width.
    pub(super) fn integer(&mut self) -> Result<i64, Broken> {
        let value = self.unsigned()?;
        Ok((value >> 1).cast_signed() ^ -((value & 1).cast_signed()))
    }

    /// Kind of a list's elements, and how many there are.
    pub(super) fn list(&mut self) -> Result<(u8, u64), Broken> {
        let head = self.byte()?;
        let count = if head >> 4 == 15 { self.unsigned()? } else { u64::from(head >> 4) };
        Ok((head & 15, count))
    }

    /// Walks a struct. `field` gets the number and kind of each field and returns whether it walked its value.
    pub(super) fn fields(
        &mut self,
        depth: u8,
        mut field: impl FnMut(&mut Self, i64, u8) -> Result<bool, Broken>,
    ) -> Result<(), Broken> {
        let mut number = 0;
        loop {
            let head = self.byte()?;
            let kind = head & 15;
            if kind == 0 {
                return Ok(());
            }
            number = match head >> 4 {
                0 => self.integer()?,
                step => i64::wrapping_add(number, i64::from(step)),
            };
            if !field(self, number, kind)? {
                self.skip(kind, depth)?;
            }
        }
    }

    fn skip(&mut self, kind: u8, depth: u8) -> Result<(), Broken> {
        let deeper = depth + 1;
        if deeper > MAX_DEPTH {
            return Err(Broken::Form);
        }
        // In a list a truth value is a byte of its own, in a field it is part of the head.
        let element = |walk: &mut Self, kind: u8| match kind {
            1 | 2 => walk.pass(1),
            kind => walk.skip(kind, deeper),
        };
        match kind {
            1 | 2 => Ok(()),
            3 => self.pass(1),
            4..=6 => self.unsigned().map(|_| ()),
            7 => self.pass(8),
            8 => {
                let length = self.unsigned()?;
                self.pass(length)
            }
            LIST | 10 => {
                let (kind, count) = self.list()?;
                (0..count).try_for_each(|_| element(self, kind))
            }
            11 => {
                let count = self.unsigned()?;
                let kinds = if count == 0 { 0 } else { self.byte()? };
                (0..count).try_for_each(|_| {
                    element(self, kinds >> 4)?;
                    element(self, kinds & 15)
                })
            }
            STRUCT => self.fields(deeper, |_, _, _| Ok(false)),
            13 => self.pass(16),
            _ => Err(Broken::Form),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn structures_are_walked_to_their_end() {
        // 1: i32 -3; 2: "ab"; 3: list of two i32; 4: a structure with 1: true; then one byte more.
        let bytes = [0x15, 5, 0x18, 2, b'a', b'b', 0x19, 0x25, 2, 4, 0x1c, 0x11, 0, 0, 99];
        let mut walk = Walk::new(&bytes);
        let mut first = None;
        walk.fields(0, |walk, number, _| {
            if number == 1 {
                first = Some(walk.integer()?);
            }
            Ok(number == 1)
        })
        .expect("walked");
        assert_eq!((first, walk.left()), (Some(-3), 1));
        for end in 0..bytes.len() - 1 {
            let cut = Walk::new(&bytes[..end]).fields(0, |_, _, _| Ok(false));
            assert_eq!(cut, Err(Broken::End), "{end}");
        }
    }

    #[test]
    fn bombs_end() {
        // Lists in lists without end, and a list of 2^60 elements.
        assert_eq!(Walk::new(&[0x19; 5000]).fields(0, |_, _, _| Ok(false)), Err(Broken::Form));
        let long = [0x19, 0xfc, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0];
        assert_eq!(Walk::new(&long).fields(0, |_, _, _| Ok(false)), Err(Broken::End));
    }
}
