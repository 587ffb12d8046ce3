//! What can be wrong with a data set's files.

use std::path::{Path, PathBuf};

use super::ColumnKind;
use crate::DataError;

/// Why a file of a data set can't be used. [`DataError::Format`] says which file it is.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FormatError {
    /// A text is in another encoding.
    #[error("the text is not UTF-8; convert it")]
    NotUnicode,
    /// A file's name is in another encoding, and it has to name something.
    #[error("the file's name is not Unicode; rename it")]
    NotUnicodeName,
    /// There is nothing in it.
    #[error("there is no sample in it")]
    NoRow,
    /// A row has another number of cells.
    #[error("the row has {found} cell(s), the ones before it have {expected}")]
    RaggedRow {
        /// How many it has.
        found: u64,
        /// How many it should have.
        expected: u64,
    },
    /// A quote opens a cell and none closes it.
    #[error("a quote is not closed; within a cell in quotes, write two quotes for one")]
    OpenQuote,
    /// There is no such column.
    #[error("there is no column {name:?}{}; the columns are {known}", crate::error::meant(nearest))]
    NoColumn {
        /// The column.
        name: String,
        /// The column whose name is most like it, if one is.
        nearest: Option<String>,
        /// The columns that there are, the first twenty.
        known: String,
    },
    /// Two columns have one name.
    #[error("there are two columns {name:?}; rename one")]
    ColumnTwice {
        /// The name.
        name: String,
    },
    /// A cell that has to say something is empty.
    #[error("column {column:?} is empty")]
    EmptyCell {
        /// The column.
        column: String,
    },
    /// A name has a line break or zero byte in it.
    #[error("the cell of column {column:?} has a line break or zero byte in it; is a quote in the wrong place?")]
    LineBreak {
        /// The column.
        column: String,
    },
    /// A value is not of its column's kind.
    #[error("{value:?} in column {column:?} is no {}", match kind {
        ColumnKind::Number => "finite number",
        ColumnKind::Integer => "whole number of 64 bits",
        ColumnKind::Text => "text",
    })]
    Value {
        /// The column.
        column: String,
        /// The beginning of the value.
        value: String,
        /// What it should be.
        kind: ColumnKind,
    },
    /// A class is none of the known ones.
    #[error("{name:?} is none of the {num_classes} classes{}", crate::error::meant(nearest))]
    UnknownClass {
        /// The class.
        name: String,
        /// How many classes are known.
        num_classes: usize,
        /// The known class whose name is most like it, if one is.
        nearest: Option<String>,
    },
    /// The rule for labels finds none in a file's path.
    #[error("the rule finds no label in its path; rename the file, take it away or change the rule")]
    NoLabel,
    /// A line has no label.
    #[error("the line has no label before {separator:?}")]
    NoLabelBefore {
        /// What stands between label and text.
        separator: char,
    },
    /// There are more or fewer class names than classes.
    #[error("it has {found} names for {expected} classes")]
    NameCount {
        /// How many names there are.
        found: usize,
        /// How many classes there are.
        expected: usize,
    },
    /// A file of CIFAR is no sequence of whole records.
    #[error("its {found} bytes are not one or more records of {record} bytes; fetch the file again")]
    CifarLength {
        /// Its length in bytes.
        found: usize,
        /// A record's length in bytes.
        record: usize,
    },
    /// A label in a file of CIFAR is none of the classes.
    #[error("record {index} has {kind} {label}, there are {num_classes}; is it a file of the other CIFAR?")]
    CifarLabel {
        /// The record, from 0.
        index: usize,
        /// `label`, `coarse label` or `fine label`.
        kind: &'static str,
        /// The label.
        label: u8,
        /// How many there are.
        num_classes: u8,
    },

    /// A file is no XML.
    #[error("it is no XML that can be read")]
    Xml {
        /// What is wrong with it.
        source: roxmltree::Error,
    },
    /// An XML element isn't there.
    #[error("there is no <{element}>")]
    NoElement {
        /// The element.
        element: &'static str,
    },
    /// An XML element has not what it should have in it.
    #[error("<{element}> is {text:?}")]
    Element {
        /// The element.
        element: &'static str,
        /// The beginning of what it has in it.
        text: String,
    },
    /// A box has no area.
    #[error("the box {numbers:?} (left, upper, right, lower) is none")]
    Box {
        /// Left, upper, right and lower edge, as the file has them.
        numbers: [f64; 4],
    },
    /// There is no picture of a name.
    #[error("there is no picture {name:?} in it")]
    NoPicture {
        /// The name without ending.
        name: String,
    },
    /// A path leads out of its folder.
    #[error("the path {name:?} does not stay in its folder")]
    Outside {
        /// The path.
        name: String,
    },
    /// A picture isn't as large as its annotation says.
    #[error(
        "the picture is {}x{} px, its annotation is for {}x{}; if the picture has an EXIF orientation, set \
         `orientation` of the decoding the other way",
        found[0], found[1], annotated[0], annotated[1]
    )]
    PictureSize {
        /// Rows and columns in the annotation, in px.
        annotated: [usize; 2],
        /// Rows and columns of the picture, in px.
        found: [usize; 2],
    },

    /// A file is no JSON of the kind that it should be.
    #[error("it is no COCO annotation file")]
    Json {
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// An id is there twice.
    #[error("{kind} id {id} is there twice")]
    IdTwice {
        /// `image`, `category` or `annotation`.
        kind: &'static str,
        /// The id.
        id: i64,
    },
    /// An annotation is of something that isn't there.
    #[error("annotation {annotation} has {kind} id {id}, which is not there")]
    UnknownId {
        /// The annotation's id, or its place if it has none.
        annotation: i64,
        /// `image` or `category`.
        kind: &'static str,
        /// The id.
        id: i64,
    },
    /// A size has no pixel, too many, or not those of its picture.
    #[error("{kind} {id} has a size of {}x{} px", size[0], size[1])]
    Size {
        /// `image` or `annotation`.
        kind: &'static str,
        /// Its id.
        id: i64,
        /// Rows and columns, in px.
        size: [u64; 2],
    },
    /// A COCO box is none.
    #[error("the box {numbers:?} (x, y, width, height) of annotation {annotation} is none")]
    CocoBox {
        /// The annotation's id.
        annotation: i64,
        /// The first of its numbers.
        numbers: Vec<f64>,
    },
    /// `iscrowd` is neither 0 nor 1.
    #[error("`iscrowd` of annotation {annotation} is neither 0 nor 1")]
    Crowd {
        /// The annotation's id.
        annotation: i64,
    },
    /// Key points are not such.
    #[error(
        "the {numbers} numbers of the key points of annotation {annotation} are not x, y and 0, 1 or 2{}",
        if *expected > 0 { format!(" of {expected} points") } else { String::new() }
    )]
    KeyPoints {
        /// The annotation's id.
        annotation: i64,
        /// How many numbers there are.
        numbers: usize,
        /// How many points the category has; 0 if it doesn't say.
        expected: usize,
    },
    /// A mask of an annotation can't be read.
    #[error("the mask of annotation {annotation} can't be read")]
    Mask {
        /// The annotation's id.
        annotation: i64,
        /// What is wrong with it.
        source: Box<FormatError>,
    },
    /// Runs don't fill their mask.
    #[error("runs of {found} px in all are no mask of {}x{} px", size[0], size[1])]
    MaskArea {
        /// The sum of the runs.
        found: u64,
        /// Rows and columns, in px.
        size: [u32; 2],
    },
    /// The text of a compressed mask has a character that can't be there, or ends within a number.
    #[error("character {place} of the compressed mask can't be there")]
    MaskText {
        /// Its place, from 0.
        place: usize,
    },
    /// A polygon is none.
    #[error("{numbers} numbers are no polygon: it has three corners or more, each an x and a y near the picture")]
    Polygon {
        /// How many numbers there are.
        numbers: usize,
    },
    /// There are more classes than a mask has numbers.
    #[error("{num_classes} classes are too many for masks, which have room for 254")]
    TooManyClasses {
        /// How many classes there are.
        num_classes: usize,
    },
    /// There are more things than a mask has numbers.
    #[error("a picture has more than 65535 things, which is too many for masks")]
    TooManyThings,

    /// A picture without mask, or a mask without picture.
    #[error("there is no {kind} of the same name in {folder:?}")]
    NoPartner {
        /// `mask` or `picture`.
        kind: &'static str,
        /// Where it should be.
        folder: PathBuf,
    },
    /// Two files have one name but for their endings.
    #[error("{other:?} has the same name but for the ending; take one away")]
    SameStem {
        /// The other file.
        other: PathBuf,
    },
    /// A mask has colors and not numbers.
    #[error("the mask has colors; it needs one number for each pixel, as gray or with a palette")]
    ColoredMask,
    /// A mask's file keeps its values only nearly.
    #[error("the mask is a JPEG, which changes numbers; save masks as PNG")]
    LossyMask,
    /// A mask isn't as large as its picture.
    #[error("the mask is {}x{} px, its picture {}x{}", mask[0], mask[1], image[0], image[1])]
    MaskSize {
        /// The mask's rows and columns, in px.
        mask: [usize; 2],
        /// The picture's rows and columns, in px.
        image: [usize; 2],
    },
    /// A mask has a number that is none of the classes.
    #[error("the mask has {class} in row {row}, column {column}, there are {num_classes} classes")]
    MaskClass {
        /// The number.
        class: u16,
        /// The row, from 0.
        row: usize,
        /// The column, from 0.
        column: usize,
        /// How many classes there are.
        num_classes: usize,
    },
    /// Masks have no class but the background and void.
    #[error(
        "this mask has void (255), and no mask has a class but 0; write `,binary` after the folders if they are black and white"
    )]
    BlackAndWhite,
    /// A row is for no part that there is.
    #[error("the split {text:?} is neither train, val nor test")]
    Split {
        /// The beginning of what it says.
        text: String,
    },
    /// A cached sample is damaged or was written by another version.
    #[error("the cached sample is damaged")]
    Cache,
}

impl FormatError {
    /// The error with its file.
    pub(crate) fn at(self, path: &Path) -> DataError {
        DataError::Format { path: path.to_owned(), line: None, source: Box::new(self) }
    }

    /// The error with its file and the line in it, from 1.
    pub(crate) fn at_line(self, path: &Path, line: u64) -> DataError {
        DataError::Format { path: path.to_owned(), line: Some(line), source: Box::new(self) }
    }
}
