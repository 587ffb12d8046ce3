//! Tables and lines of text.

use std::collections::BTreeMap;

use striate_core::ClassNames;
use striate_data::{
    Cell, Column, ColumnKind, CsvFilesConfig, CsvFormat, DataError, Dataset, Table, TableConfig, TableFiles, TextLines,
    TextLinesConfig,
};

use crate::support::{chain, gray_png, tree};

fn open(csv: &str, config: &TableConfig) -> Result<Table, DataError> {
    let folder = tree(&[("data.csv", csv.as_bytes())]);
    Table::open(&folder.path().join("data.csv"), config)
}

#[test]
fn each_column_gets_the_narrowest_kind_and_its_missing_values() {
    let table = open("a,b,c,d\n1,2,x,\n,2.5,\"y, \"\"z\"\"\",NA\n-7,1e3,NaN,?\n", &TableConfig::default()).unwrap();
    assert_eq!((table.len(), table.names().collect::<Vec<_>>()), (3, vec!["a", "b", "c", "d"]));
    assert_eq!(table.column("a").unwrap(), &Column::Integers(vec![Some(1), None, Some(-7)]));
    assert_eq!(table.column("b").unwrap(), &Column::Numbers(vec![Some(2.0), Some(2.5), Some(1000.0)]));
    let texts = Column::Texts(vec![Some("x".into()), Some("y, \"z\"".into()), None]);
    assert_eq!(table.column("c").unwrap(), &texts);
    assert_eq!(table.column("d").unwrap().missing(), 3);
    let row = table.row(2).map(|(_, cell)| cell).collect::<Vec<_>>();
    assert_eq!(row, [Cell::Integer(-7), Cell::Number(1000.0), Cell::Missing, Cell::Missing]);
    assert_eq!(table.row(3).count(), 0);
    assert_eq!(table.column("a").unwrap().numbers().unwrap(), [Some(1.0), None, Some(-7.0)]);
    assert_eq!(table.column("c").unwrap().numbers(), None);
    let error = table.column("aa").unwrap_err();
    assert_eq!(error.to_string(), "there is no column \"aa\"; did you mean \"a\"?");
}

#[test]
fn kinds_missing_values_and_format_can_be_chosen() {
    let kinds = BTreeMap::from([("zip".to_owned(), ColumnKind::Text), ("n".to_owned(), ColumnKind::Number)]);
    let format = CsvFormat { separator: b'\t', trim: false, ..CsvFormat::default() };
    let config = TableConfig { format, kinds, missing: vec!["-".into()] };
    let table = open("zip\tn\tempty\n01234\t3\t\n-\t-\t x\n", &config).unwrap();
    assert_eq!(table.column("zip").unwrap(), &Column::Texts(vec![Some("01234".into()), None]));
    assert_eq!(table.column("n").unwrap(), &Column::Numbers(vec![Some(3.0), None]));
    assert_eq!(table.column("empty").unwrap(), &Column::Texts(vec![Some("".into()), Some(" x".into())]));

    let error = chain(&open("zip\tn\n1\t2\n1\tinf\n", &config).unwrap_err());
    assert!(error.ends_with("data.csv\", line 3: \"inf\" in column \"n\" is no finite number"), "{error}");
    let error = chain(&open("zip\n1\n", &config).unwrap_err());
    assert!(
        error.contains("there is no column \"n\"; did you mean") || error.contains("the columns are zip"),
        "{error}"
    );
}

#[test]
fn rows_are_selected_and_change_the_fingerprint() {
    let table = open("a,b\n1,x\n2,\n3,z\n", &TableConfig::default()).unwrap();
    let some = table.select(&[2, 0, 2]).unwrap();
    assert_eq!(some.column("a").unwrap(), &Column::Integers(vec![Some(3), Some(1), Some(3)]));
    assert_ne!(some.fingerprint(), table.fingerprint());
    assert_eq!(table.select(&[0, 1, 2]).unwrap().fingerprint(), table.fingerprint());
    assert!(matches!(table.select(&[1, 3]), Err(DataError::IndexOutOfRange { index: 3, len: 3 })));
}

#[test]
fn columns_of_other_lengths_or_names_twice_are_refused() {
    let error = Table::new([("a", Column::Integers(vec![None])), ("b", Column::Texts(Vec::new()))]).unwrap_err();
    assert_eq!(error.to_string(), "column \"b\" has 0 rows, the first has 1");
    let error = Table::new([("a", Column::Integers(vec![])), ("a", Column::Texts(vec![]))]).unwrap_err();
    assert_eq!(error.to_string(), "column \"a\" is there twice");
}

#[test]
fn a_table_stands_beside_pictures() {
    let csv = b"image,price,rooms,split\n1.png,100.5,2,train\n2.png,,3,test\n1.png,7,1,test\n";
    let folder = tree(&[("data.csv", csv), ("1.png", &gray_png(1)), ("2.png", &gray_png(2))]);
    let only = Some(("split".to_owned(), vec!["test".to_owned()]));
    let files = CsvFilesConfig { labelled: false, only, ..CsvFilesConfig::default() };
    let data = TableFiles::open(&folder.path().join("data.csv"), &files, &TableConfig::default()).unwrap();
    assert_eq!((data.len(), data.table().len()), (2, 2));
    assert_eq!(data.get(0).unwrap().image.to_u8().pixels(), [2]);
    let row = data.row(0).collect::<BTreeMap<_, _>>();
    let cells = ["price", "rooms", "image"].map(|column| row[column].clone());
    assert_eq!(cells, [Cell::Missing, Cell::Integer(3), Cell::from("2.png")]);
    assert_eq!(data.table().column("price").unwrap(), &Column::Numbers(vec![None, Some(7.0)]));
}

fn lines(text: &str, config: &TextLinesConfig) -> Result<TextLines, DataError> {
    let folder = tree(&[("lines.txt", text.as_bytes())]);
    TextLines::open(&folder.path().join("lines.txt"), config)
}

#[test]
fn lines_have_labels_before_or_after_their_text_or_none() {
    let data = lines("ham\tGo until\tjurong\r\nspam\tFree 奖\n\n", &TextLinesConfig::default()).unwrap();
    assert_eq!(data.iter().collect::<Vec<_>>(), [("Go until\tjurong", Some(0)), ("Free 奖", Some(1))]);
    assert_eq!(data.class_names(), &ClassNames::new(["ham", "spam"]));
    let after = TextLinesConfig { separator: Some(','), label_first: false, ..TextLinesConfig::default() };
    let data = lines("a, b,10\nc,9", &after).unwrap();
    assert_eq!(data.iter().collect::<Vec<_>>(), [("a, b", Some(1)), ("c", Some(0))]);
    let alone = TextLinesConfig { separator: None, ..TextLinesConfig::default() };
    let data = lines("\u{feff}a\tb\n", &alone).unwrap();
    assert_eq!((data.len(), data.get(0), data.get(1)), (1, Some(("a\tb", None)), None));
    let known = TextLinesConfig { class_names: Some(ClassNames::new(["spam"])), ..TextLinesConfig::default() };
    let error = chain(&lines("spam\tx\nham\ty\n", &known).unwrap_err());
    assert!(error.ends_with("line 2: \"ham\" is none of the 1 classes"), "{error}");
}
