//! COCO's annotation files (<https://cocodataset.org/#format-data>).

use serde::Deserialize;

/// A whole file. What isn't named here is passed over.
#[derive(Deserialize)]
pub(super) struct Document {
    pub(super) images: Vec<Picture>,
    /// Files to test on have none.
    #[serde(default)]
    pub(super) annotations: Option<Vec<Annotation>>,
    #[serde(default)]
    pub(super) categories: Vec<Category>,
}

#[derive(Deserialize)]
pub(super) struct Picture {
    pub(super) id: i64,
    pub(super) file_name: String,
    pub(super) height: u64,
    pub(super) width: u64,
}

#[derive(Deserialize)]
pub(super) struct Category {
    pub(super) id: i64,
    pub(super) name: String,
    /// The names of a thing's key points.
    #[serde(default)]
    pub(super) keypoints: Vec<String>,
}

#[derive(Deserialize)]
pub(super) struct Annotation {
    #[serde(default)]
    pub(super) id: Option<i64>,
    pub(super) image_id: i64,
    pub(super) category_id: i64,
    /// Left and upper edge, width and height, in px.
    #[serde(default)]
    pub(super) bbox: Option<Vec<f64>>,
    #[serde(default)]
    pub(super) segmentation: Option<Segmentation>,
    #[serde(default)]
    pub(super) iscrowd: Flag,
    /// x, y and visibility of each key point.
    #[serde(default)]
    pub(super) keypoints: Option<Vec<f64>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Segmentation {
    /// x and y of each polygon's corners.
    Polygons(Vec<Vec<f64>>),
    Rle {
        /// Rows and columns.
        size: [u64; 2],
        counts: Counts,
    },
}

#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Counts {
    Numbers(Vec<u32>),
    Text(String),
}

/// A number or a truth value that says whether.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Flag {
    Number(i64),
    Truth(bool),
}

impl Default for Flag {
    fn default() -> Self {
        Self::Truth(false)
    }
}

impl Flag {
    /// None if it is a number but 0 and 1.
    pub(super) fn is_set(&self) -> Option<bool> {
        match self {
            Self::Number(0) | Self::Truth(false) => Some(false),
            Self::Number(1) | Self::Truth(true) => Some(true),
            Self::Number(_) => None,
        }
    }
}
