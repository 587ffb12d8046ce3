//! Numbers of channels that hardware likes.

/// The multiple of the divisor nearest to a number of channels, at least the divisor and at least 0.9 of the number:
/// TensorFlow's and torchvision's `_make_divisible`.
pub(crate) fn divisible(channels: f64, divisor: usize) -> usize {
    let nearest = ((channels + divisor as f64 / 2.0) as usize / divisor * divisor).max(divisor);
    if (nearest as f64) < 0.9 * channels { nearest + divisor } else { nearest }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_are_divisible_and_lose_a_tenth_at_most() {
        assert_eq!([32.0, 35.2, 44.8, 57.6, 3.0].map(|channels| divisible(channels, 8)), [32, 32, 48, 56, 8]);
        assert_eq!(divisible(11.0, 8), 16);
    }
}
