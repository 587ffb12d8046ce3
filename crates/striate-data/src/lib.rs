//! Image data sets, transforms and a repeatable loader.
//!
//! - [`Sample`]: what a data set holds: an [`Image`] and its label, boxes, mask and key points.
//! - [`Dataset`]: samples by number, from [memory](InMemory), [IDX](Idx) and [CIFAR](Cifar) files, [a folder for each
//!   class](Folder), [names that say the class](Files), [CSV](CsvFiles), [Pascal VOC](Voc), [COCO](Coco) or [pictures and
//!   masks](Pairs); [`Source`] opens one by name, and the feature `digits` embeds 10,000 handwritten digits. [`Table`]
//!   and [`TextLines`] hold what is no picture.
//! - [`split`], [`Concat`], [`Map`], [`Cached`], [`DiskCache`], [`Unlabelled`], [`Tiles`]: data sets made of others.
//! - [`scenes`]: real small pictures on generated canvases, with exact boxes and masks; [`write_coco`] makes files of them
//!   and of others.
//! - [`ops`]: operations on pictures, boxes, masks and key points, without chance.
//! - [`transforms`]: random changes to samples, one after the other in a [`Pipeline`].
//! - [`preprocess`](fn@preprocess): from a picture to a network's input, as a
//!   [`Preprocessing`](striate_core::Preprocessing) says.
//! - [`features`]: columns of numbers, categories and text to numbers, and what is learned from data for that.
//! - [`Loader`]: all of it in batches, on several threads, and always with the same result.
//!
//! ```
//! use std::sync::Arc;
//!
//! use striate_core::{ClassNames, Preprocessing};
//! use striate_data::{DataError, InMemory, Loader, LoaderConfig, Picture, RandomShift, Sample};
//!
//! # fn main() -> Result<(), DataError> {
//! let sample = |i: u8| Ok(Sample::new(Picture::new(8, 8, 1, vec![25 * i; 64])?).with_label(usize::from(i % 2)));
//! let samples = (0..10).map(sample).collect::<Result<Vec<_>, DataError>>()?;
//! let dataset = Arc::new(InMemory::new(samples, ClassNames::new(["even", "odd"]))?);
//!
//! let config = LoaderConfig { batch_size: 4, ..LoaderConfig::default() };
//! let shift = Arc::new(RandomShift { max_px: 1 });
//! let loader = Loader::new(dataset, vec![shift], Preprocessing::gray([8, 8]), config, 7)?;
//! for batch in loader.epoch(0, 0) {
//!     let batch = batch?;
//!     println!("{:?} {:?}", batch.shape, batch.labels);
//! }
//! assert_eq!(loader.batches_per_epoch(), 3);
//! # Ok(())
//! # }
//! ```

pub mod datasets;
pub mod features;
pub mod ops;
pub mod scenes;
pub mod transforms;

mod boxes;
mod dataset;
mod decode;
mod error;
mod fill;
mod fingerprint;
mod generated;
mod image;
mod index_mask;
mod key_point;
mod loader;
mod panic;
mod picture;
mod preprocess;
mod read;
mod report;
mod sample;
mod sheet;
mod value;

pub use boxes::{BoundingBox, BoxFlags, Boxes};
pub use dataset::Dataset;
#[cfg(feature = "digits")]
pub use datasets::Digits;
pub use datasets::{
    Cached, Cifar, CifarLabels, Coco, CocoConfig, Column, ColumnKind, Concat, CsvFiles, CsvFilesConfig, CsvFormat,
    DiskCache, Division, Files, Folder, FormatError, Idx, InMemory, LabelRule, Map, MaskKind, Mode, Pairs, PairsConfig,
    Part, Purpose, Source, Subset, Table, TableConfig, TableFiles, TextLines, TextLinesConfig, Tile, Tiles, Unlabelled,
    Voc, VocConfig, Windows, WindowsConfig, WithBackground, WrittenCoco, split, split_with, tiles_of, write_coco,
};
pub use decode::{Alpha, Animation, DecodeLimits, Decoding, Depth};
pub use error::DataError;
pub use fill::Fill;
pub use generated::Generated;
pub use image::Image;
pub use index_mask::IndexMask;
pub use key_point::{KeyPoint, Visibility};
pub use loader::{Batch, Batches, ErrorPolicy, Loader, LoaderConfig, Sampler, Skipped};
pub use picture::Picture;
pub use preprocess::{Placement, preprocess, preprocess_to_vec};
pub use report::{ClassStatistics, Deep, Diagnosis, Doctor, Finding, Place, Spread, Statistics};
pub use sample::Sample;
pub use scenes::{SceneConfig, Scenes, Texture};
pub use sheet::contact_sheet;
pub use striate_core::features::Cell;
pub use transforms::{Augmentation, Pipeline, RandomShift, Transform};
pub use value::Value;
