//! Data sets.

#[macro_use]
mod forward;

mod cached;
mod cifar;
mod class_numbers;
mod coco;
mod concat;
mod csv_files;
mod csv_rows;
mod disk_cache;
mod files;
mod folder;
mod format_error;
mod idx;
mod in_memory;
mod label_rule;
mod listing;
mod map;
mod pairs;
mod part;
mod source;
mod stored_sample;
mod subset;
mod table;
mod table_files;
mod text_lines;
mod tiles;
mod unlabelled;
mod voc;
mod voc_xml;
mod windows;
mod with_background;

#[cfg(feature = "digits")]
mod digits;

use class_numbers::{ClassNumbers, names_file, short, sorted_names, text};

pub use cached::Cached;
pub use cifar::{Cifar, CifarLabels};
pub use coco::{Coco, CocoConfig, Rle, WrittenCoco, write_coco};
pub use concat::Concat;
pub use csv_files::{CsvFiles, CsvFilesConfig};
pub use csv_rows::CsvFormat;
#[cfg(feature = "digits")]
pub use digits::Digits;
pub use disk_cache::DiskCache;
pub use files::Files;
pub use folder::Folder;
pub use format_error::FormatError;
pub use idx::Idx;
pub use in_memory::InMemory;
pub use label_rule::LabelRule;
pub use map::Map;
pub use pairs::{MaskKind, Pairs, PairsConfig};
pub use part::{Mode, Part, Purpose};
pub use source::Source;
pub use subset::{Division, Subset, split, split_with};
pub use table::{Column, ColumnKind, Table, TableConfig};
pub use table_files::TableFiles;
pub use text_lines::{TextLines, TextLinesConfig};
pub use tiles::{Tile, Tiles, tiles_of};
pub use unlabelled::Unlabelled;
pub use voc::{Voc, VocConfig};
pub use windows::{Windows, WindowsConfig};
pub use with_background::WithBackground;
