//! Hashes that tell whether data changed.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};
use striate_core::ClassNames;

use crate::features::FeatureValues;
use crate::{BoundingBox, BoxFlags, Boxes, Decoding, Image, Picture, Sample};

/// A SHA-256 over a sequence of values, each with its length, so that no two sequences run together.
pub(crate) struct Fingerprint(Sha256);

impl Fingerprint {
    /// Starts with what kind of data this is.
    pub(crate) fn of(kind: &str) -> Self {
        Self(Sha256::new()).bytes(kind.as_bytes())
    }

    pub(crate) fn number(mut self, value: usize) -> Self {
        self.0.update((value as u64).to_le_bytes());
        self
    }

    pub(crate) fn bytes(self, bytes: &[u8]) -> Self {
        let mut this = self.number(bytes.len());
        this.0.update(bytes);
        this
    }

    pub(crate) fn label(self, label: Option<usize>) -> Self {
        match label {
            Some(label) => self.number(1).number(label),
            None => self.number(0),
        }
    }

    pub(crate) fn classes(self, names: &ClassNames) -> Self {
        names.iter().fold(self.number(names.len()), |this, name| this.bytes(name.as_bytes()))
    }

    /// What of the way pictures are decoded changes them.
    pub(crate) fn decoding(self, decoding: &Decoding) -> Self {
        let Decoding { limits: _, channels, alpha, depth, animation, orientation } = decoding;
        self.bytes(format!("{channels:?} {alpha:?} {depth:?} {animation:?} {orientation}").as_bytes())
    }

    /// All of a sample but for what its meta data says.
    pub(crate) fn sample(self, sample: &Sample) -> Self {
        let Sample { image, label, labels, boxes, mask, instances, key_points, features, meta: _ } = sample;
        let mut this = match image {
            Image::U8(picture) => self.picture(picture),
            Image::F32(picture) => {
                let bytes = picture.pixels().iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<_>>();
                self.bytes(b"f32").number(picture.height()).number(picture.width()).bytes(&bytes)
            }
        };
        this = this.label(*label);
        // A sample with a label alone has the same fingerprint as ever.
        if let Some(labels) = labels {
            this = labels.iter().fold(this.bytes(b"labels").number(labels.len()), |this, &label| this.number(label));
        }
        if let Some(Boxes { format, unit, items }) = boxes {
            this = this.bytes(b"boxes").number(*format as usize).number(*unit as usize).number(items.len());
            this = this.boxes(items);
        }
        if let Some(mask) = mask {
            this = this.bytes(b"mask").picture(mask);
        }
        if let Some(instances) = instances {
            let bytes = instances.numbers().iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<_>>();
            let [height, width] = instances.size();
            this = this.bytes(b"instances").number(height).number(width).bytes(&bytes);
        }
        if !key_points.is_empty() {
            this = this.bytes(b"key points").number(key_points.len());
            for point in key_points {
                this = this.numbers(&[point.x, point.y]).number(point.visibility as usize);
            }
        }
        for values in features {
            this = match values {
                FeatureValues::Int(values) => {
                    let start = this.bytes(b"whole numbers").number(values.len());
                    values.iter().fold(start, |this, value| this.bytes(&value.to_le_bytes()))
                }
                FeatureValues::Float(values) => this.bytes(b"real numbers").number(values.len()).numbers(values),
            };
        }
        this
    }

    pub(crate) fn boxes(mut self, items: &[BoundingBox]) -> Self {
        for item in items {
            self = self.numbers(&item.numbers).numbers(&[item.visible]).label(item.label);
            if item.flags != BoxFlags::default() || item.instance.is_some() {
                let BoxFlags { difficult, truncated, occluded, crowd } = item.flags;
                let flags = [difficult, truncated, occluded, crowd].map(u8::from);
                self = self.bytes(&flags).label(item.instance.map(usize::from));
            }
        }
        self
    }

    fn picture(self, picture: &Picture) -> Self {
        self.number(picture.height()).number(picture.width()).number(picture.channels()).bytes(picture.pixels())
    }

    fn numbers(self, numbers: &[f32]) -> Self {
        numbers.iter().fold(self, |this, number| this.number(number.to_bits() as usize))
    }

    /// 64 lower-case hexadecimal digits.
    pub(crate) fn finish(self) -> String {
        self.0.finalize().iter().fold(String::with_capacity(64), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_the_sha_256_of_lengths_and_values() {
        // sha256sum of 8 zero bytes: the kind "" has length 0.
        let zeros = "af5570f5a1810b7af78caf4bc70a660f0df51e42baf91d4de5b2328de0e83dfc";
        assert_eq!(Fingerprint::of("").finish(), zeros);
    }

    #[test]
    fn values_do_not_run_together() {
        let of = |a: &[u8], b: &[u8]| Fingerprint::of("test").bytes(a).bytes(b).finish();
        assert_ne!(of(b"ab", b"c"), of(b"a", b"bc"));
        assert_ne!(Fingerprint::of("test").label(Some(0)).finish(), Fingerprint::of("test").label(None).finish());
    }
}
