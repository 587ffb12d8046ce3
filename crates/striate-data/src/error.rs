//! What can go wrong with data.

use std::io;
use std::path::PathBuf;

use striate_core::PreprocessingError;
use striate_core::features::FeatureError;

use crate::datasets::{FormatError, Mode, Purpose};

/// Why data can't be read, divided or loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// A file or folder can't be read.
    #[error("cannot read {path:?}")]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// What the file system says.
        source: io::Error,
    },
    /// A file or folder can't be written.
    #[error("cannot write {path:?}")]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the file system says.
        source: io::Error,
    },
    /// A file of a data set has something in it that can't be used.
    #[error("cannot use {path:?}{}", line.map(|line| format!(", line {line}")).unwrap_or_default())]
    Format {
        /// The file.
        path: PathBuf,
        /// The line, from 1, if it is known.
        line: Option<u64>,
        /// What is wrong with it.
        source: Box<FormatError>,
    },
    /// A folder has no picture in it.
    #[error("{path:?} has no picture file in it (png, jpg, gif, webp, bmp, tif)")]
    NoPicture {
        /// The folder.
        path: PathBuf,
    },
    /// A file is larger than the limit.
    #[error("{path:?} has more than {max_bytes} bytes; raise the limit if that is meant")]
    FileTooLarge {
        /// The file.
        path: PathBuf,
        /// The limit.
        max_bytes: u64,
    },
    /// A file's content is no picture that can be read.
    #[error("the content of {path:?} is neither PNG, JPEG, GIF, WebP, BMP nor TIFF; convert the file or take it away")]
    NotAPicture {
        /// The file.
        path: PathBuf,
    },
    /// A picture's header claims more pixels than the limit.
    #[error("{path:?} is {height}x{width} px, more than {max_pixels} in all; raise the limit if that is meant")]
    TooManyPixels {
        /// The file.
        path: PathBuf,
        /// Rows that the header claims, in px.
        height: u32,
        /// Columns that the header claims, in px.
        width: u32,
        /// The limit.
        max_pixels: u64,
    },
    /// A picture moves, and moving ones are refused.
    #[error("{path:?} is animated; take one frame of it, or let the first be taken")]
    Animated {
        /// The file.
        path: PathBuf,
    },
    /// A picture file is damaged or of a kind that is not supported.
    #[error("cannot decode picture {path:?}")]
    Decode {
        /// The file.
        path: PathBuf,
        /// What the decoder says.
        source: image::ImageError,
    },
    /// Pixel values don't make a picture of the given shape.
    #[error(
        "{values} values are no picture of {height}x{width} px with {channels} channels; it has 1 or 3 channels, \
         sides of 1 to 4294967295 px and height * width * channels values"
    )]
    PictureShape {
        /// Rows in px.
        height: usize,
        /// Columns in px.
        width: usize,
        /// Channels.
        channels: usize,
        /// How many values were given.
        values: usize,
    },

    /// A file doesn't start as an IDX file does.
    #[error("{path:?} is no IDX file: it starts with bytes {found:?}, not [0, 0]")]
    IdxMagic {
        /// The file.
        path: PathBuf,
        /// Its first two bytes.
        found: [u8; 2],
    },
    /// An IDX file holds another type than unsigned bytes.
    #[error("{path:?} holds IDX type {found:#04x}; only unsigned bytes (0x08) are read")]
    IdxType {
        /// The file.
        path: PathBuf,
        /// The code of its type.
        found: u8,
    },
    /// An IDX file has not the expected number of axes.
    #[error("{path:?} has {found} axes, not {expected}; images have 3, labels have 1")]
    IdxAxes {
        /// The file.
        path: PathBuf,
        /// How many axes it has.
        found: u8,
        /// How many axes it has to have.
        expected: usize,
    },
    /// An axis of an IDX file has length 0.
    #[error("{path:?} has a {axis} of 0")]
    IdxEmptyAxis {
        /// The file.
        path: PathBuf,
        /// `count`, `height` or `width`.
        axis: &'static str,
    },
    /// An IDX file ends before the data that its header claims.
    #[error("{path:?} ends after {found} bytes (uncompressed), its header claims {claimed}; fetch the file again")]
    IdxTooShort {
        /// The file.
        path: PathBuf,
        /// How many bytes the whole file should have, uncompressed.
        claimed: u128,
        /// How many it has.
        found: u64,
    },
    /// An IDX file goes on after the data that its header claims.
    #[error("{path:?} goes on after the {claimed} bytes (uncompressed) that its header claims; fetch the file again")]
    IdxTooLong {
        /// The file.
        path: PathBuf,
        /// How many bytes the whole file should have, uncompressed.
        claimed: u128,
    },
    /// A gzip file is damaged or cut short.
    #[error("cannot decompress {path:?}; fetch the file again")]
    Gzip {
        /// The file.
        path: PathBuf,
        /// What is wrong with it; of kind `UnexpectedEof` if it is cut short.
        source: io::Error,
    },
    /// A folder lacks a file of an IDX data set.
    #[error("{folder:?} has neither {name} nor {name}.gz")]
    IdxFileMissing {
        /// The folder.
        folder: PathBuf,
        /// The file's name without `.gz`.
        name: &'static str,
    },
    /// There is not one label for each image.
    #[error("{images:?} has {num_images} images, but {labels:?} has {num_labels} labels; do they belong together?")]
    LabelCount {
        /// The file of images.
        images: PathBuf,
        /// How many it has.
        num_images: usize,
        /// The file of labels.
        labels: PathBuf,
        /// How many it has.
        num_labels: usize,
    },

    /// A folder of classes has no class in it.
    #[error("{path:?} has no folder in it; it needs one for each class, with the class's pictures")]
    NoClassFolder {
        /// The folder.
        path: PathBuf,
    },
    /// The folder of a class has no picture in it.
    #[error(
        "class folder {path:?} has no picture file (png, jpg, gif, webp, bmp, tif); add some or take the folder away"
    )]
    EmptyClassFolder {
        /// The class's folder.
        path: PathBuf,
    },
    /// A folder's name is none of the known classes.
    #[error("class folder {path:?} is none of the {num_classes} known classes{}", meant(nearest))]
    UnknownClassFolder {
        /// The class's folder.
        path: PathBuf,
        /// How many classes are known.
        num_classes: usize,
        /// The known class whose name is most like it, if one is.
        nearest: Option<String>,
    },
    /// A class folder's name is not Unicode, so that it can't name a class.
    #[error("the name of class folder {path:?} is not Unicode; rename it")]
    ClassNameNotUnicode {
        /// The class's folder.
        path: PathBuf,
    },

    /// There is no sample with this index.
    #[error("sample {index} does not exist, there are {len}")]
    IndexOutOfRange {
        /// The index.
        index: usize,
        /// The number of samples.
        len: usize,
    },
    /// A label is none of the classes.
    #[error("sample {index} has label {label}, there are {num_classes} classes; labels count from 0")]
    LabelOutOfRange {
        /// The sample.
        index: usize,
        /// Its label.
        label: usize,
        /// The number of classes.
        num_classes: usize,
    },
    /// A sample has no label where others have one.
    #[error("sample {index} has no label, but others have; label all or none")]
    Unlabelled {
        /// The sample.
        index: usize,
    },
    /// A data set of the user's own can't give a sample.
    #[error("cannot load sample {index}")]
    Sample {
        /// The sample.
        index: usize,
        /// Why not.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A mask isn't as large as its picture, or has three channels.
    #[error(
        "a mask is {}x{} px with {channels} channel(s), its picture {}x{} px; it needs one value for each pixel",
        mask[0], mask[1], image[0], image[1]
    )]
    MaskSize {
        /// The mask's rows and columns, in px.
        mask: [usize; 2],
        /// Its channels.
        channels: usize,
        /// The picture's rows and columns, in px.
        image: [usize; 2],
    },
    /// A setting is out of range.
    #[error("setting `{field}` is {value}; {rule}")]
    Setting {
        /// The setting's name.
        field: &'static str,
        /// Its value.
        value: String,
        /// What it has to be.
        rule: &'static str,
    },
    /// A record has a transform of the user's own that the pipeline hasn't.
    #[error("own transform {name:?} was recorded, but this pipeline has none of that name")]
    OwnTransform {
        /// The transform's name.
        name: String,
    },
    /// A data set panicked on a sample while it was looked through.
    #[error("loading sample {index} panicked: {message}")]
    Panicked {
        /// The sample.
        index: usize,
        /// What the panic said.
        message: String,
    },
    /// A data set, a transform or a function panicked while the loader made a batch.
    #[error(
        "loading batch {batch}{} panicked: {message}",
        index.map(|index| format!(", sample {index},")).unwrap_or_default()
    )]
    BatchPanicked {
        /// The batch's number in its epoch, from 0.
        batch: usize,
        /// The sample; none if it was the batch as a whole.
        index: Option<usize>,
        /// What the panic said.
        message: String,
    },

    /// There is nothing to put into scenes.
    #[error("there is no picture to put into scenes; name data that has some")]
    NoThings,
    /// A picture has nothing in it that could be put into a scene.
    #[error("sample {index} has nothing bright to put into a scene; things are light on dark")]
    BlankThing {
        /// The sample.
        index: usize,
    },

    /// A rule for labels is no regular expression.
    #[error("{pattern:?} is no regular expression")]
    Pattern {
        /// What was given.
        pattern: String,
        /// What is wrong with it.
        source: regex::Error,
    },
    /// A rule for labels has no group for the label.
    #[error("{pattern:?} has no group named `label`; write `(?<label>…)` around what the label is")]
    PatternGroup {
        /// What was given.
        pattern: String,
    },
    /// A table's columns don't fit together.
    #[error("column {name:?} {}", if *twice {
        "is there twice".to_owned()
    } else {
        format!("has {rows} rows, the first has {expected}")
    })]
    Columns {
        /// The column.
        name: String,
        /// Whether there are two of this name.
        twice: bool,
        /// How many rows it has.
        rows: usize,
        /// How many rows the first column has.
        expected: usize,
    },
    /// A table has no such column.
    #[error("there is no column {name:?}{}", meant(nearest))]
    NoColumn {
        /// The column.
        name: String,
        /// The column whose name is most like it, if one is.
        nearest: Option<String>,
    },
    /// Data sets that are joined have different classes.
    #[error(
        "data set {part} (from 0) has {found} classes and not the first one's {expected}{}; merge them by name if that \
         is meant",
        missing.as_ref().map(|name| format!(", which lack {name:?}")).unwrap_or_default()
    )]
    OtherClasses {
        /// Which data set, from 0.
        part: usize,
        /// How many classes it has.
        found: usize,
        /// How many classes the first one has.
        expected: usize,
        /// The first of its classes that the first data set lacks; none if they are in another order.
        missing: Option<String>,
    },
    /// A mask is from a data set whose classes got other numbers.
    #[error("sample {index} has a mask, whose classes can't be renumbered; join data sets of the same classes")]
    MergedMask {
        /// The sample.
        index: usize,
    },
    /// A function over samples changed a label.
    #[error("the function over sample {index} changed its label from {before:?} to {after:?}; give it `relabelled`")]
    ChangedLabel {
        /// The sample.
        index: usize,
        /// The label before.
        before: Option<usize>,
        /// The label after.
        after: Option<usize>,
    },
    /// Samples are for nothing of this name.
    #[error("{name:?} is neither train, val nor test")]
    UnknownMode {
        /// The name.
        name: String,
    },
    /// Samples are read for nothing of this name.
    #[error("{name:?} is neither any, detection nor segmentation")]
    UnknownPurpose {
        /// The name.
        name: String,
    },
    /// Masks are of no kind with this name.
    #[error("{name:?} is neither classes, binary nor instances")]
    UnknownMaskKind {
        /// The name.
        name: String,
    },
    /// The data hasn't what this needs.
    #[error("{data} is no data for {purpose}; {known} can be")]
    NoTarget {
        /// The data.
        data: String,
        /// What it should be for.
        purpose: Purpose,
        /// Data that can be.
        known: &'static str,
    },
    /// A name stands for no data.
    #[error("{data:?} is no data that is known{}; known: {known}", meant(nearest))]
    UnknownSource {
        /// The name.
        data: String,
        /// The kind of data whose name is most like it, if one is.
        nearest: Option<String>,
        /// What is known.
        known: &'static str,
    },
    /// The data hasn't this part.
    #[error("{data} has no {mode} part; it has {there}")]
    NoMode {
        /// The data.
        data: String,
        /// The part.
        mode: Mode,
        /// The parts that it has.
        there: String,
    },

    /// A data set can't be divided in this proportion.
    #[error("a split's fraction is {fraction}, not between 0 and 1")]
    Fraction {
        /// The fraction.
        fraction: f64,
    },
    /// A split would leave a part without a sample.
    #[error("{samples} samples can't be split in two: no class has two of them")]
    SplitTooSmall {
        /// The number of samples.
        samples: usize,
    },

    /// A sample can't be loaded.
    #[error("cannot load sample {index}{}", path.as_ref().map(|path| format!(" from {path:?}")).unwrap_or_default())]
    AtSample {
        /// The sample.
        index: usize,
        /// Its file, if the data set knows it.
        path: Option<PathBuf>,
        /// Why not.
        source: Box<DataError>,
    },
    /// A sample has other numbers beside its picture than those before it in the batch.
    #[error("sample {index} has features of another number or kind than the first of its batch")]
    Features {
        /// The sample.
        index: usize,
    },
    /// More samples can't be loaded than may be left out.
    #[error("over {most} samples can't be loaded; look at the data, or let the loader leave out more")]
    TooManySkipped {
        /// The most that may be left out.
        most: usize,
        /// Why one more can't be loaded.
        source: Box<DataError>,
    },
    /// A setting of a sampler can't be used.
    #[error("sampler `{field}` is {value}; {rule}")]
    Sampler {
        /// The setting's name.
        field: &'static str,
        /// Its value.
        value: String,
        /// What it has to be.
        rule: &'static str,
    },

    /// A data set has no sample.
    #[error("the data set has no sample")]
    EmptyDataset,
    /// A setting of the loader is 0.
    #[error("loader `{field}` is 0; it must be at least 1")]
    ZeroSetting {
        /// The setting's name.
        field: &'static str,
    },
    /// There are too few samples for one whole batch, and incomplete ones are dropped.
    #[error("{samples} samples make no whole batch of {batch_size}; take smaller batches or keep incomplete ones")]
    NoWholeBatch {
        /// The number of samples.
        samples: usize,
        /// The samples in a batch.
        batch_size: usize,
    },
    /// The preprocessing can't be applied.
    #[error("cannot preprocess pictures")]
    Preprocessing {
        /// Why not.
        #[from]
        source: PreprocessingError,
    },
    /// Features of a table can't be used.
    #[error("cannot make numbers of a table's columns")]
    Feature {
        /// Why not.
        #[from]
        source: FeatureError,
    },
}

pub(crate) fn meant(nearest: &Option<String>) -> String {
    nearest.as_ref().map(|name| format!("; did you mean {name:?}?")).unwrap_or_default()
}
