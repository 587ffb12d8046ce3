//! TFRecord framing: length and bytes, each with a masked CRC-32C.

/// The frame of a record's bytes (TensorFlow's `tsl/lib/io/record_writer.h`).
pub(super) fn framed(bytes: &[u8]) -> Vec<u8> {
    let length = (bytes.len() as u64).to_le_bytes();
    let mut framed = Vec::with_capacity(bytes.len() + 16);
    framed.extend(length);
    framed.extend(masked_crc(&length).to_le_bytes());
    framed.extend(bytes);
    framed.extend(masked_crc(bytes).to_le_bytes());
    framed
}

/// A CRC-32C, turned and moved, so that that of bytes with their CRC isn't special.
fn masked_crc(bytes: &[u8]) -> u32 {
    crc32c::crc32c(bytes).rotate_right(15).wrapping_add(0xa282_ead8)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes of TensorBoard 2.21's `RecordWriter`.
    #[test]
    fn record_has_the_bytes_of_tensorboards_writer() {
        assert_eq!(framed(b"brain.Event:2"), EXAMPLE);
    }

    const EXAMPLE: [u8; 29] = [
        13, 0, 0, 0, 0, 0, 0, 0, 60, 55, 184, 52, 98, 114, 97, 105, 110, 46, 69, 118, 101, 110, 116, 58, 50, 238, 1, 6,
        124,
    ];
}
