//! Reading fixed binary layouts: little-endian integers, exact lengths, no trailing bytes.

use crate::field::field_from_bytes;
use pasta_curves::Fp;

/// Why bytes do not match a layout.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// The bytes end inside a field.
    #[error("the bytes end inside `{field}`, at offset {offset}")]
    Truncated {
        /// The field.
        field: &'static str,
        /// Where the bytes end.
        offset: usize,
    },
    /// Bytes after the last field.
    #[error("{} after the end, at offset {offset}", crate::counted(*.count, "byte", "bytes"))]
    Trailing {
        /// How many.
        count: usize,
        /// Where the layout ends.
        offset: usize,
    },
    /// A field element at or above the field order.
    #[error("`{field}` is not a canonical field element")]
    NonCanonical {
        /// The field.
        field: &'static str,
    },
}

/// Reads a layout front to back.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    offset: usize,
}

impl<'a> Reader<'a> {
    /// Reads from the first byte.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, offset: 0 }
    }

    /// The next `count` bytes.
    ///
    /// # Errors
    /// [`WireError::Truncated`].
    pub fn take(&mut self, field: &'static str, count: usize) -> Result<&'a [u8], WireError> {
        let rest = &self.bytes[self.offset..];
        let taken =
            rest.get(..count).ok_or(WireError::Truncated { field, offset: self.bytes.len() })?;
        self.offset += count;
        Ok(taken)
    }

    /// The next `N` bytes as an array.
    ///
    /// # Errors
    /// [`WireError::Truncated`].
    pub fn array<const N: usize>(&mut self, field: &'static str) -> Result<[u8; N], WireError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(field, N)?);
        Ok(array)
    }

    /// One byte.
    ///
    /// # Errors
    /// [`WireError::Truncated`].
    pub fn u8(&mut self, field: &'static str) -> Result<u8, WireError> {
        Ok(u8::from_le_bytes(self.array(field)?))
    }

    /// Two bytes, little-endian.
    ///
    /// # Errors
    /// [`WireError::Truncated`].
    pub fn u16(&mut self, field: &'static str) -> Result<u16, WireError> {
        Ok(u16::from_le_bytes(self.array(field)?))
    }

    /// Four bytes, little-endian.
    ///
    /// # Errors
    /// [`WireError::Truncated`].
    pub fn u32(&mut self, field: &'static str) -> Result<u32, WireError> {
        Ok(u32::from_le_bytes(self.array(field)?))
    }

    /// Eight bytes, little-endian.
    ///
    /// # Errors
    /// [`WireError::Truncated`].
    pub fn u64(&mut self, field: &'static str) -> Result<u64, WireError> {
        Ok(u64::from_le_bytes(self.array(field)?))
    }

    /// A canonical field element, 32 bytes little-endian.
    ///
    /// # Errors
    /// [`WireError::Truncated`] or [`WireError::NonCanonical`].
    pub fn field(&mut self, field: &'static str) -> Result<Fp, WireError> {
        field_from_bytes(&self.array(field)?).ok_or(WireError::NonCanonical { field })
    }

    /// Ends the layout.
    ///
    /// # Errors
    /// [`WireError::Trailing`] when bytes are left.
    pub fn end(self) -> Result<(), WireError> {
        match self.bytes.len() - self.offset {
            0 => Ok(()),
            count => Err(WireError::Trailing { count, offset: self.offset }),
        }
    }
}
