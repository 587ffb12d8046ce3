//! Broken CSV files, tables and lines.

use std::path::Path;

use striate_core::ClassNames;
use striate_data::{
    ColumnKind, CsvFiles, CsvFilesConfig, CsvFormat, DataError, DecodeLimits, Files, Folder, LabelRule, Source, Table,
    TableConfig, TextLines, TextLinesConfig,
};

use super::{Case, read_all};
use crate::support::small_png;

pub(super) fn cases() -> Vec<Case> {
    let mut cases = csv_files();
    cases.extend(tables());
    cases.extend(lines());
    cases.extend(folders());
    cases
}

fn csv(name: &str, text: &[u8], says: &str) -> Case {
    csv_with(name, text, CsvFilesConfig::default(), says)
}

fn csv_with(name: &str, text: &[u8], config: CsvFilesConfig, says: &str) -> Case {
    let read = move |folder: &Path| read_all(CsvFiles::open(&folder.join("data.csv"), &config));
    Case::new(name, &[("data.csv", text), ("a.png", &small_png())], read, "data.csv", says)
}

fn csv_files() -> Vec<Case> {
    let missing = |name: &str, path: &str, file: &str, says: &str| {
        let text = format!("path,label\na.png,x\n{path},y\n");
        Case { file: file.into(), ..csv(name, text.as_bytes(), says) }
    };
    let column = |path: Option<&str>, label: Option<&str>| CsvFilesConfig {
        path_column: path.map(str::to_owned),
        label_column: label.map(str::to_owned),
        ..CsvFilesConfig::default()
    };
    let small = CsvFormat { max_file_bytes: 10, ..CsvFormat::default() };
    let many = format!("path,label\n{}", "a.png,x\n".repeat(10_000) + "a.png\n");
    let only = |column: &str| Some((column.to_owned(), vec!["train".to_owned()]));
    let known = Some(ClassNames::new(["cat"]));
    vec![
        csv("an empty CSV file", b"", "there is no sample in it"),
        csv("a CSV file of a header", b"path,label\n", "there is no sample in it"),
        csv(
            "a row with a cell too few",
            b"path,label\na.png,x\na.png\n",
            "line 3: the row has 1 cell(s), the ones before it have 2",
        ),
        csv("a row with a cell too many", b"path,label\na.png,x,y\n", "line 2: the row has 3 cell(s)"),
        csv("a ragged row far down", many.as_bytes(), "line 10002: the row has 1 cell(s)"),
        csv("a quote that isn't closed", b"path,label\na.png,\"x\na.png,y\n", "line 2: a quote is not closed"),
        csv("a quote that isn't closed at the end", b"path,label\na.png,\"", "line 2: a quote is not closed"),
        csv("a quote within a cell without quotes", b"path,label\na.png,5\" disk\n", "a quote is not closed"),
        csv(
            "quotes around two rows",
            b"path,label\na.png,\"x\na.png,y\"\n",
            "line 2: the cell of column \"label\" has a line break",
        ),
        csv("a CSV file in Latin-1", b"path,label\na.png,caf\xe9\n", "line 2: the text is not UTF-8"),
        csv("a CSV file in UTF-16", b"\xff\xfep\0a\0t\0h\0", "the text is not UTF-8"),
        csv("two columns of a name", b"path,label,label\na.png,x,y\n", "line 1: there are two columns \"label\""),
        csv("one column and labels wanted", b"path\na.png\n", "there is no column \"label\""),
        csv("an empty path", b"path,label\n,x\n", "line 2: column \"path\" is empty"),
        csv("a path of space", b"path,label\n   ,x\n", "line 2: column \"path\" is empty"),
        csv(
            "a zero byte in a path",
            b"path,label\na\0.png,x\n",
            "line 2: the cell of column \"path\" has a line break",
        ),
        csv("another separator", b"path;label\na.png;x\n", "there is no column \"label\""),
        csv_with(
            "a path column that isn't there",
            b"path,label\na.png,x\n",
            column(Some("paths"), None),
            "did you mean \"path\"?; the columns are path, label",
        ),
        csv_with(
            "a label column that isn't there",
            b"path,label\na.png,x\n",
            column(None, Some("class")),
            "there is no column \"class\"",
        ),
        csv_with(
            "a split column that isn't there",
            b"path,label\na.png,x\n",
            CsvFilesConfig { only: only("split"), ..CsvFilesConfig::default() },
            "there is no column \"split\"",
        ),
        csv_with(
            "a split without rows",
            b"path,label\na.png,x\n",
            CsvFilesConfig { only: only("label"), ..CsvFilesConfig::default() },
            "there is no sample in it",
        ),
        csv_with(
            "a class that isn't known",
            b"path,label\na.png,dog\n",
            CsvFilesConfig { class_names: known, ..CsvFilesConfig::default() },
            "line 2: \"dog\" is none of the 1 classes",
        ),
        csv_with(
            "a CSV file over the limit",
            b"path,label\na.png,x\n",
            CsvFilesConfig { format: small, ..CsvFilesConfig::default() },
            "has more than 10 bytes",
        ),
        missing("a picture that vanished", "gone.png", "gone.png", "cannot read"),
        missing("a picture that is a folder", ".", ".", "cannot read"),
        missing("a picture that is the list", "data.csv", "data.csv", "is neither PNG"),
        Case { files: Vec::new(), ..csv("a CSV file that isn't there", b"", "cannot read") },
        Case {
            read: Box::new(|folder| {
                format!("csv:{}/data.csv", folder.display()).parse::<Source>()?.modes().map(|_| ())
            }),
            ..csv(
                "a split that is none",
                b"path,label,split\na.png,x,training set\n",
                "line 2: the split \"training set\" is neither",
            )
        },
    ]
}

fn tables() -> Vec<Case> {
    let table = |name: &str, text: &[u8], kind: Option<ColumnKind>, says: &str| {
        let kinds = kind.map(|kind| ("n".to_owned(), kind)).into_iter().collect();
        let config = TableConfig { kinds, ..TableConfig::default() };
        let read = move |folder: &Path| Table::open(&folder.join("data.csv"), &config).map(|_| ());
        Case::new(name, &[("data.csv", text)], read, "data.csv", says)
    };
    let long = format!("n\n{}\n", "9".repeat(1000));
    vec![
        table("an empty table", b"", None, "there is no sample in it"),
        table("a ragged table", b"a,b\n1,2\n3\n", None, "line 3: the row has 1 cell(s)"),
        table("a table with an open quote", b"a,b\n1,\"2\n3,4\n", None, "a quote is not closed"),
        table("a table that isn't UTF-8", b"a\n\xff\n", None, "line 2: the text is not UTF-8"),
        table(
            "a text for a number",
            b"n\n1\nx\n",
            Some(ColumnKind::Number),
            "line 3: \"x\" in column \"n\" is no finite number",
        ),
        table("infinity for a number", b"n\ninf\n", Some(ColumnKind::Number), "line 2: \"inf\""),
        table("a number that is too large", b"n\n1e39\n", Some(ColumnKind::Number), "line 2: \"1e39\""),
        table("a fraction for a whole number", b"n\n1.5\n", Some(ColumnKind::Integer), "is no whole number of 64 bits"),
        table(
            "a whole number of 65 bits",
            b"n\n18446744073709551616\n",
            Some(ColumnKind::Integer),
            "is no whole number",
        ),
        table("a very long number", long.as_bytes(), Some(ColumnKind::Integer), "9…\" in column"),
        table("a kind for a column that isn't there", b"m\n1\n", Some(ColumnKind::Text), "there is no column \"n\""),
    ]
}

fn lines() -> Vec<Case> {
    let line = |name: &str, text: &[u8], says: &str| {
        let config = TextLinesConfig { max_file_bytes: 100, ..TextLinesConfig::default() };
        let read = move |folder: &Path| TextLines::open(&folder.join("lines.txt"), &config).map(|_| ());
        Case::new(name, &[("lines.txt", text)], read, "lines.txt", says)
    };
    vec![
        line("an empty file of lines", b"", "there is no sample in it"),
        line("empty lines", b"\n \n\r\n", "there is no sample in it"),
        line("a line without label", b"a\tx\nno label\n", "line 2: the line has no label before '\\t'"),
        line("a line with an empty label", b"a\tx\n\n \ty\n", "line 3: the line has no label"),
        line("lines that aren't UTF-8", b"a\tx\nb\ty\nc\t\xc3\x28\n", "line 3: the text is not UTF-8"),
        line("lines over the limit", &[b'a'; 101], "has more than 100 bytes"),
    ]
}

fn folders() -> Vec<Case> {
    let classes = |folder: &Path| read_all(Folder::open(folder, DecodeLimits::default()));
    let files = |folder: &Path| {
        let rule = LabelRule::part('_', 1).except_in("normal");
        read_all(Files::open(folder, &rule, DecodeLimits::default()))
    };
    let png = small_png();
    vec![
        Case::new(
            "a class with a text for a picture",
            &[("a/1.png", &png), ("b/2.png", b"text")],
            classes,
            "b/2.png",
            "is neither PNG",
        ),
        Case::new(
            "a class without pictures",
            &[("a/1.png", &png), ("b/notes.txt", b"")],
            classes,
            "b",
            "has no picture file",
        ),
        Case::new(
            "a name without label",
            &[("normal/1.png", &png), ("scans/2.png", &png)],
            files,
            "scans/2.png",
            "the rule finds no label",
        ),
        Case::new(
            "a name with an empty label",
            &[("scans/2_.png", &png)],
            files,
            "scans/2_.png",
            "the rule finds no label",
        ),
        Case::new("a folder without pictures", &[("normal/1.txt", b"")], files, "", "has no picture file"),
        Case::new(
            "a picture that vanishes while it is read",
            &[("a/1_x.png", &png), ("a/2_x.png", &png)],
            |folder| {
                let data = Files::open(folder, &LabelRule::part('_', 1), DecodeLimits::default())?;
                std::fs::remove_file(folder.join("a/2_x.png")).unwrap();
                read_all(Ok::<_, DataError>(data))
            },
            "a/2_x.png",
            "cannot read",
        ),
        Case::new(
            "a picture that is cut while it is read",
            &[("a/1_x.png", &png)],
            |folder| {
                let data = Files::open(folder, &LabelRule::part('_', 1), DecodeLimits::default())?;
                std::fs::write(folder.join("a/1_x.png"), &small_png()[..40]).unwrap();
                read_all(Ok::<_, DataError>(data))
            },
            "a/1_x.png",
            "cannot decode picture",
        ),
    ]
}
