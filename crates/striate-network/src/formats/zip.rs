//! The members of a zip archive that `torch.save` wrote: stored as they are, never compressed
//! (<https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT>).
//!
//! No more is allocated than the directory's own bytes cover, whatever counts and lengths it claims.

use std::collections::BTreeMap;
use std::io::{Read, Seek, SeekFrom};

use super::Unreadable;

/// The longest directory that is read, in bytes: some 60,000 tensors.
const MAX_DIRECTORY: u64 = 8 << 20;

/// The end of the archive and the longest comment after it.
const MAX_END: u64 = 22 + 0xFFFF;

/// A member, as the directory describes it.
#[derive(Debug)]
pub(super) struct Member {
    header: u64,
    length: u64,
    checksum: u32,
    stored: bool,
}

/// Where a member's bytes are, and their CRC-32.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) start: u64,
    pub(super) length: u64,
    pub(super) checksum: u32,
}

/// The members of an archive by name.
pub(super) fn members(file: &mut (impl Read + Seek), length: u64) -> Result<BTreeMap<String, Member>, Unreadable> {
    let (start, size) = directory(file, length)?;
    if size > MAX_DIRECTORY {
        return Err(format!("its zip directory has {size} bytes; at most {MAX_DIRECTORY} are read").into());
    }
    if start.checked_add(size).is_none_or(|end| end > length) {
        return Err("its zip directory is beyond the file's end".into());
    }
    let bytes = read_at(file, start, size as usize)?;
    let mut rest = bytes.as_slice();
    let mut members = BTreeMap::new();
    while !rest.is_empty() {
        let (name, member, after) = entry(rest).ok_or("its zip directory is damaged")?;
        members.insert(name, member);
        rest = after;
    }
    Ok(members)
}

impl Member {
    /// Finds the member's bytes, which are all within the file.
    pub(super) fn place(&self, file: &mut (impl Read + Seek), length: u64) -> Result<Place, Unreadable> {
        const HEADER: u64 = 30;
        if !self.stored {
            return Err("a part of it is compressed or encrypted, which torch.save never does".into());
        }
        if self.header.checked_add(HEADER).is_none_or(|end| end > length) {
            return Err("a part of it is beyond the file's end".into());
        }
        let header = read_at(file, self.header, HEADER as usize)?;
        let damaged = "the header of a part of it is damaged";
        if !header.starts_with(b"PK\x03\x04") {
            return Err(damaged.into());
        }
        let names = number::<2>(&header, 26).zip(number::<2>(&header, 28)).ok_or(damaged)?;
        let start = self.header + HEADER + names.0 + names.1;
        match start.checked_add(self.length) {
            Some(end) if end <= length => Ok(Place { start, length: self.length, checksum: self.checksum }),
            _ => Err("a part of it is beyond the file's end".into()),
        }
    }
}

/// Where the directory starts and how long it is.
fn directory(file: &mut (impl Read + Seek), length: u64) -> Result<(u64, u64), Unreadable> {
    let tail_start = length.saturating_sub(MAX_END);
    let tail = read_at(file, tail_start, (length - tail_start) as usize)?;
    let end = tail.windows(4).rposition(|bytes| bytes == b"PK\x05\x06").ok_or("its zip directory is missing")?;
    let damaged = "the end of its zip directory is damaged";
    let size = number::<4>(&tail, end + 12).ok_or(damaged)?;
    let start = number::<4>(&tail, end + 16).ok_or(damaged)?;
    if size != 0xFFFF_FFFF && start != 0xFFFF_FFFF {
        return Ok((start, size));
    }
    // The 64-bit end, which a locator before this one points to.
    let locator = end.checked_sub(20).and_then(|at| tail.get(at..end)).ok_or(damaged)?;
    let at = number::<8>(locator, 8).filter(|_| locator.starts_with(b"PK\x06\x07")).ok_or(damaged)?;
    if at.checked_add(56).is_none_or(|end| end > length) {
        return Err(damaged.into());
    }
    let end = read_at(file, at, 56)?;
    if !end.starts_with(b"PK\x06\x06") {
        return Err(damaged.into());
    }
    Ok(number::<8>(&end, 48).zip(number::<8>(&end, 40)).ok_or(damaged)?)
}

/// The first entry of a directory, and what comes after it.
fn entry(bytes: &[u8]) -> Option<(String, Member, &[u8])> {
    const FIXED: usize = 46;
    if !bytes.starts_with(b"PK\x01\x02") {
        return None;
    }
    let [name, extra, comment] = [28, 30, 32].map(|at| number::<2>(bytes, at).map(|length| length as usize));
    let (name, extra, comment) = (FIXED + name?, extra?, comment?);
    let (encrypted, method) = (number::<2>(bytes, 8)? & 1 != 0, number::<2>(bytes, 10)?);
    let [checksum, packed, length, header] = [16, 20, 24, 42].map(|at| number::<4>(bytes, at));
    let mut sizes = [length?, packed?, header?];
    // Numbers that need 64 bits are all ones here and follow in this order in the extra field 1.
    let mut fields = bytes.get(name..name + extra)?;
    while let Some((kind, size)) = number::<2>(fields, 0).zip(number::<2>(fields, 2)) {
        let field = fields.get(4..4 + size as usize)?;
        fields = &fields[4 + size as usize..];
        if kind == 1 {
            let wide = sizes.iter_mut().filter(|size| **size == 0xFFFF_FFFF);
            for (position, size) in wide.enumerate() {
                *size = number::<8>(field, 8 * position)?;
            }
        }
    }
    let [length, packed, header] = sizes;
    let stored = method == 0 && !encrypted && packed == length;
    let text = String::from_utf8_lossy(bytes.get(FIXED..name)?).into_owned();
    let after = bytes.get(name + extra + comment..)?;
    Some((text, Member { header, length, checksum: checksum? as u32, stored }, after))
}

/// A little-endian number of `N` bytes, if there is one.
fn number<const N: usize>(bytes: &[u8], at: usize) -> Option<u64> {
    let bytes: &[u8; N] = bytes.get(at..)?.first_chunk()?;
    Some(bytes.iter().rev().fold(0, |number, &byte| number << 8 | u64::from(byte)))
}

fn read_at(file: &mut (impl Read + Seek), start: u64, length: usize) -> Result<Vec<u8>, Unreadable> {
    let mut bytes = vec![0; length];
    file.seek(SeekFrom::Start(start))?;
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}
