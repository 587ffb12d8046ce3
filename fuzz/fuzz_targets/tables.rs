//! Any bytes as a table, a list of paths and labels, and lines of text.
#![no_main]

#[path = "../file.rs"]
mod file;

use striate_data::{CsvFiles, CsvFilesConfig, Table, TableConfig, TextLines, TextLinesConfig};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let path = file::with(bytes);
    let _ = Table::open(&path, &TableConfig::default());
    let _ = CsvFiles::open(&path, &CsvFilesConfig::default());
    let _ = TextLines::open(&path, &TextLinesConfig::default());
});
