//! Numbers as people read them.

/// A number with commas: 61,706.
///
/// ```
/// assert_eq!(striate_core::text::thousands(61_706), "61,706");
/// ```
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let groups = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy);
    groups.collect::<Vec<_>>().join(",")
}
