//! Samples as bytes: a line that says what it is, the length of a JSON header, the header, the values of the picture and
//! its masks, and a CRC-32 of all of it. Numbers are little-endian.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::FormatError;
use crate::features::FeatureValues;
use crate::{Boxes, DataError, Image, IndexMask, KeyPoint, Picture, Sample};

const MAGIC: &[u8] = b"striate sample 1\n";

#[derive(Serialize, Deserialize)]
struct Header {
    height: usize,
    width: usize,
    channels: usize,
    /// Whether values are `f32` and not `u8`.
    numbers: bool,
    label: Option<usize>,
    labels: Option<Vec<usize>>,
    boxes: Option<Boxes>,
    /// The size of the mask of classes.
    mask: Option<[usize; 2]>,
    /// The size of the mask of things.
    instances: Option<[usize; 2]>,
    key_points: Vec<KeyPoint>,
    features: Vec<Numbers>,
    meta: BTreeMap<String, String>,
}

/// Numbers of a table's row, to the bit.
#[derive(Serialize, Deserialize)]
enum Numbers {
    Int(Vec<i64>),
    Float(Vec<u32>),
}

pub(super) fn to_bytes(sample: &Sample) -> Vec<u8> {
    let Sample { image, label, labels, boxes, mask, instances, key_points, features, meta } = sample;
    let header = Header {
        height: image.height(),
        width: image.width(),
        channels: image.channels(),
        numbers: matches!(image, Image::F32(_)),
        label: *label,
        labels: labels.clone(),
        boxes: boxes.clone(),
        mask: mask.as_ref().map(Picture::size),
        instances: instances.as_ref().map(IndexMask::size),
        key_points: key_points.clone(),
        features: features.iter().map(numbers).collect(),
        meta: meta.clone(),
    };
    let header = serde_json::to_vec(&header).expect("a header has no map but of texts");
    let mut bytes = MAGIC.to_vec();
    bytes.extend((header.len() as u64).to_le_bytes());
    bytes.extend(header);
    match image {
        Image::U8(picture) => bytes.extend(picture.pixels()),
        Image::F32(picture) => bytes.extend(picture.pixels().iter().flat_map(|value| value.to_le_bytes())),
    }
    bytes.extend(mask.iter().flat_map(|mask| mask.pixels()));
    bytes.extend(instances.iter().flat_map(|mask| mask.numbers()).flat_map(|number| number.to_le_bytes()));
    bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
    bytes
}

fn numbers(values: &FeatureValues) -> Numbers {
    match values {
        FeatureValues::Int(values) => Numbers::Int(values.clone()),
        FeatureValues::Float(values) => Numbers::Float(values.iter().map(|value| value.to_bits()).collect()),
    }
}

fn feature_values(numbers: Numbers) -> FeatureValues {
    match numbers {
        Numbers::Int(values) => FeatureValues::Int(values),
        Numbers::Float(bits) => FeatureValues::Float(bits.into_iter().map(f32::from_bits).collect()),
    }
}

/// Reads the content of the file at `path`.
pub(super) fn from_bytes(bytes: &[u8], path: &Path) -> Result<Sample, DataError> {
    let damaged = || FormatError::Cache.at(path);
    let (content, sum) = bytes.split_last_chunk::<4>().ok_or_else(damaged)?;
    if crc32fast::hash(content) != u32::from_le_bytes(*sum) {
        return Err(damaged());
    }
    let rest = content.strip_prefix(MAGIC).ok_or_else(damaged)?;
    let (len, rest) = rest.split_first_chunk().ok_or_else(damaged)?;
    let len = usize::try_from(u64::from_le_bytes(*len)).map_err(|_| damaged())?;
    let (header, mut values) = rest.split_at_checked(len).ok_or_else(damaged)?;
    let header = serde_json::from_slice::<Header>(header).map_err(|_| damaged())?;
    let mut take = |of: &[usize]| {
        let len = of.iter().try_fold(1_usize, |len, &side| len.checked_mul(side)).ok_or_else(damaged)?;
        let (taken, rest) = values.split_at_checked(len).ok_or_else(damaged)?;
        values = rest;
        Ok::<_, DataError>(taken)
    };
    let Header { height, width, channels, numbers, .. } = header;
    let image = match numbers {
        true => {
            let bytes = take(&[height, width, channels, 4])?;
            let numbers = bytes.as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect();
            Picture::new(height, width, channels, numbers)?.into()
        }
        false => Image::U8(Picture::new(height, width, channels, take(&[height, width, channels])?.to_vec())?),
    };
    let mask = match header.mask {
        Some([height, width]) => Some(Picture::new(height, width, 1, take(&[height, width])?.to_vec())?),
        None => None,
    };
    let instances = match header.instances {
        Some([height, width]) => {
            let bytes = take(&[height, width, 2])?;
            let numbers = bytes.as_chunks().0.iter().map(|&bytes| u16::from_le_bytes(bytes)).collect();
            Some(IndexMask::new(height, width, numbers)?)
        }
        None => None,
    };
    if !values.is_empty() {
        return Err(damaged());
    }
    let Header { label, labels, boxes, key_points, features, meta, .. } = header;
    let features = features.into_iter().map(feature_values).collect();
    Ok(Sample { image, label, labels, boxes, mask, instances, key_points, features, meta })
}
