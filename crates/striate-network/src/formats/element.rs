//! The kinds of numbers that files hold.

use std::fmt;
use std::io::{self, Read};

use burn::tensor::{TensorData, bf16, f16};
use bytemuck::Pod;
use striate_backend::in_large_pages;
use striate_layers::Kind;

use super::at_once;

/// The kind of numbers that a file holds for a tensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ElementType {
    /// Real, 8 bytes.
    F64,
    /// Real, 4 bytes.
    F32,
    /// Real, 2 bytes, with 11 binary digits.
    F16,
    /// Real, 2 bytes, with the exponents of `F32`.
    BF16,
    /// Whole, 8 bytes.
    I64,
    /// Whole, 4 bytes.
    I32,
    /// Whole, 2 bytes.
    I16,
    /// Whole, 1 byte.
    I8,
    /// Whole and not negative, 1 byte.
    U8,
    /// 0 or 1, 1 byte.
    Bool,
}

impl ElementType {
    /// Bytes of one number.
    pub fn size(self) -> usize {
        match self {
            Self::F64 | Self::I64 => 8,
            Self::F32 | Self::I32 => 4,
            Self::F16 | Self::BF16 | Self::I16 => 2,
            Self::I8 | Self::U8 | Self::Bool => 1,
        }
    }

    /// Whether the numbers are real or whole.
    pub fn kind(self) -> Kind {
        match self {
            Self::F64 | Self::F32 | Self::F16 | Self::BF16 => Kind::Float,
            Self::I64 | Self::I32 | Self::I16 | Self::I8 | Self::U8 | Self::Bool => Kind::Int,
        }
    }

    /// Whether numbers are kept as the file has them.
    pub(super) fn is_kept(self) -> bool {
        matches!(self, Self::F32 | Self::I64)
    }

    /// Reads this many little-endian numbers: real ones become `f32`, whole ones `i64`. What is done with each of the file's
    /// bytes, in order, may be done while the next are read.
    pub(super) fn read(
        self,
        bytes: impl Read + Send,
        count: usize,
        seen: impl FnMut(&[u8]) + Send,
    ) -> io::Result<Numbers> {
        match self {
            Self::F64 => numbers(bytes, count, seen, |b| f64::from_le_bytes(b) as f32).map(Numbers::Real),
            Self::F32 => kept(bytes, count, seen).map(Numbers::Real),
            Self::F16 => numbers(bytes, count, seen, |b| f16::from_le_bytes(b).to_f32()).map(Numbers::Real),
            Self::BF16 => numbers(bytes, count, seen, |b| bf16::from_le_bytes(b).to_f32()).map(Numbers::Real),
            Self::I64 => kept(bytes, count, seen).map(Numbers::Whole),
            Self::I32 => numbers(bytes, count, seen, |b| i32::from_le_bytes(b).into()).map(Numbers::Whole),
            Self::I16 => numbers(bytes, count, seen, |b| i16::from_le_bytes(b).into()).map(Numbers::Whole),
            Self::I8 => numbers(bytes, count, seen, |[b]: [u8; 1]| (b as i8).into()).map(Numbers::Whole),
            Self::U8 => numbers(bytes, count, seen, |[b]: [u8; 1]| b.into()).map(Numbers::Whole),
            Self::Bool => numbers(bytes, count, seen, |[b]: [u8; 1]| (b != 0).into()).map(Numbers::Whole),
        }
    }
}

impl fmt::Display for ElementType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::F64 => "f64",
            Self::F32 => "f32",
            Self::F16 => "f16",
            Self::BF16 => "bf16",
            Self::I64 => "i64",
            Self::I32 => "i32",
            Self::I16 => "i16",
            Self::I8 => "i8",
            Self::U8 => "u8",
            Self::Bool => "bool",
        })
    }
}

/// Numbers that were read.
#[derive(Debug)]
pub(super) enum Numbers {
    Real(Vec<f32>),
    Whole(Vec<i64>),
}

impl Numbers {
    /// The numbers in rows, with these sides; there are as many as the sides say.
    pub(super) fn into_data(self, shape: &[usize]) -> TensorData {
        match self {
            Self::Real(numbers) => TensorData::new(numbers, shape.to_vec()),
            Self::Whole(numbers) => TensorData::new(numbers, shape.to_vec()),
        }
    }

    /// The numbers at these steps along each side.
    pub(super) fn gather(self, shape: &[usize], strides: &[usize]) -> Self {
        match self {
            Self::Real(numbers) => Self::Real(gather(&numbers, shape, strides)),
            Self::Whole(numbers) => Self::Whole(gather(&numbers, shape, strides)),
        }
    }
}

fn gather<T: Copy>(numbers: &[T], shape: &[usize], strides: &[usize]) -> Vec<T> {
    let count = shape.iter().product();
    let mut gathered = Vec::with_capacity(count);
    let mut place = vec![0; shape.len()];
    let mut at = 0;
    while gathered.len() < count {
        gathered.push(numbers[at]);
        for axis in (0..shape.len()).rev() {
            place[axis] += 1;
            at += strides[axis];
            if place[axis] < shape[axis] {
                break;
            }
            at -= place[axis] * strides[axis];
            place[axis] = 0;
        }
    }
    gathered
}

/// Reads numbers that are kept as the file has them: straight to where they stay.
fn kept<T: Pod>(mut bytes: impl Read + Send, count: usize, mut seen: impl FnMut(&[u8]) + Send) -> io::Result<Vec<T>> {
    const PART: usize = 1 << 21;
    let mut numbers = vec![T::zeroed(); count];
    in_large_pages(&mut numbers);
    let mut before: &[u8] = &[];
    for part in bytemuck::cast_slice_mut(&mut numbers).chunks_mut(PART) {
        if before.is_empty() {
            bytes.read_exact(part)?;
        } else {
            at_once(|| bytes.read_exact(part), || seen(before))?;
        }
        before = part;
    }
    seen(before);
    if cfg!(target_endian = "big") {
        bytemuck::cast_slice_mut(&mut numbers).chunks_exact_mut(size_of::<T>()).for_each(<[u8]>::reverse);
    }
    Ok(numbers)
}

/// Reads numbers of `N` bytes that become others.
fn numbers<const N: usize, T>(
    mut bytes: impl Read,
    count: usize,
    mut seen: impl FnMut(&[u8]),
    number: impl Fn([u8; N]) -> T,
) -> io::Result<Vec<T>> {
    const BUFFER: usize = 1 << 16;
    let mut numbers = Vec::with_capacity(count);
    let mut buffer = vec![0; BUFFER.min(count.saturating_mul(N))];
    while numbers.len() < count {
        let length = buffer.len().min((count - numbers.len()) * N);
        bytes.read_exact(&mut buffer[..length])?;
        seen(&buffer[..length]);
        let (whole, _) = buffer[..length].as_chunks::<N>();
        numbers.extend(whole.iter().map(|bytes| number(*bytes)));
    }
    Ok(numbers)
}
