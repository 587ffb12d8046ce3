//! Rows of a table to the inputs of a network.

use std::sync::Arc;

use striate_core::features::*;
use striate_core::{ClassNames, Preprocessing};
use striate_data::features::*;
use striate_data::{DataError, Dataset, InMemory, Loader, LoaderConfig, Picture, Sample};

const COLUMNS: [&str; 5] = ["id", "age", "town", "grade", "note"];

fn spec() -> FeatureSpec {
    let bins = Discretization { output_mode: OutputMode::OneHot, ..Discretization::adaptive(2) };
    let note = TextVectorization { output_sequence_length: Some(3), ..TextVectorization::default() };
    let mut spec = FeatureSpec::new()
        .with("age", "numbers", Feature::Normalization(Normalization::default()))
        .with("grade", "numbers", Feature::Discretization(bins))
        .with("town", "town", Feature::StringLookup(StringLookup::default()))
        .with("note", "note", Feature::TextVectorization(note))
        .with("id", "hash", Feature::Hashing(Hashing::new(10)))
        .with("grade", "numbers", Feature::Rescaling(Rescaling { scale: 0.5, offset: -1.0 }));
    spec.features[0].missing = Some(Cell::from(40));
    spec
}

fn rows() -> Vec<Vec<Cell>> {
    let row = |id: i64, age: Cell, town: &str, grade: f64, note: &str| {
        vec![id.into(), age, town.into(), grade.into(), note.into()]
    };
    vec![
        row(7, Cell::from(20), "Oslo", 1.0, "good, very good"),
        row(8, Cell::Missing, "Bergen", 2.0, "bad"),
        row(9, Cell::from(" 60 "), "Oslo", 3.0, ""),
        row(9, Cell::from(40.0), "Oslo", 4.0, "good"),
    ]
}

fn learned() -> FeatureSpec {
    let mut adapt = AdaptFeatures::new(&spec(), &COLUMNS).unwrap();
    rows().iter().for_each(|row| adapt.update(row).unwrap());
    adapt.finish().unwrap()
}

#[test]
fn a_table_goes_into_a_network_with_several_inputs() {
    let spec = learned();
    assert!(!spec.needs_adapt());
    let json = serde_json::to_string(&spec).unwrap();
    let read: FeatureSpec = serde_json::from_str(&json).unwrap();
    assert_eq!(read, spec);
    let features = Features::new(&read, &COLUMNS).unwrap();
    let inputs = features.inputs().iter().map(|input| (&*input.name, input.kind, input.width)).collect::<Vec<_>>();
    assert_eq!(
        inputs,
        [
            ("numbers", InputKind::Float, 4),
            ("town", InputKind::Int, 1),
            ("note", InputKind::Int, 3),
            ("hash", InputKind::Int, 1)
        ]
    );
    let hash = (fingerprint64(b"7") % 10) as i64;
    // Ages 20, 40, 60, 40 have mean 40 and variance 200.
    let age = -20.0 / 200f64.sqrt();
    let expected = [
        FeatureValues::Float(vec![age as f32, 1.0, 0.0, -0.5]),
        FeatureValues::Int(vec![1]),
        FeatureValues::Int(vec![2, 3, 2]),
        FeatureValues::Int(vec![hash]),
    ];
    let mut row = rows().remove(0);
    assert_eq!(features.apply(&row).unwrap(), expected);
    row[1] = Cell::Missing;
    row[2] = "Rome".into();
    row[4] = "good bad new old".into();
    let applied = features.apply(&row).unwrap();
    assert_eq!(applied[0], FeatureValues::Float(vec![0.0, 1.0, 0.0, -0.5]));
    assert_eq!(applied[1..3], [FeatureValues::Int(vec![0]), FeatureValues::Int(vec![2, 4, 1])]);
}

fn beside_pictures(features: Vec<Vec<FeatureValues>>) -> InMemory {
    let sample = |features| Sample::new(Picture::new(1, 1, 1, vec![0]).unwrap()).with_features(features);
    InMemory::new(features.into_iter().map(sample).collect(), ClassNames::numbered(0)).unwrap()
}

fn in_order(data: InMemory) -> Loader {
    let config = LoaderConfig { batch_size: 3, shuffle: false, ..LoaderConfig::default() };
    Loader::new(Arc::new(data), vec![], Preprocessing::gray([1, 1]), config, 0).unwrap()
}

#[test]
fn a_batch_has_the_rows_of_a_table_beside_its_pictures() {
    let features = Features::new(&learned(), &COLUMNS).unwrap();
    let mut given = rows();
    given[1][1] = Cell::from(40);
    let applied = given.iter().map(|row| features.apply(row).unwrap()).collect::<Vec<_>>();
    let batches = in_order(beside_pictures(applied.clone())).epoch(0, 0).collect::<Result<Vec<_>, _>>().unwrap();
    let shapes =
        batches.iter().map(|batch| batch.features.iter().map(|input| input.shape().to_vec()).collect::<Vec<_>>());
    let of = |rows: usize| [[rows, 4], [rows, 1], [rows, 3], [rows, 1]].map(Vec::from).to_vec();
    assert_eq!(shapes.collect::<Vec<_>>(), [of(3), of(1)]);
    let Encoded::Int(notes) = &batches[0].features[2] else { panic!("notes are whole numbers") };
    assert_eq!(notes.values()[..3], [2, 3, 2]);
    assert_eq!(FeatureValues::Float(batches[1].features[0].to_f32().into_values()), applied[3][0]);
}

#[test]
fn features_that_differ_within_a_batch_are_an_error() {
    let float = |values: &[f32]| vec![FeatureValues::Float(values.to_vec())];
    for other in [float(&[1.0, 2.0]), vec![], vec![FeatureValues::Int(vec![1])]] {
        let error = in_order(beside_pictures(vec![float(&[1.0]), other])).epoch(0, 0).next().unwrap().unwrap_err();
        assert!(matches!(error, DataError::Features { index: 1 }), "{error}");
    }
    let [one, two] = [1.0, 2.0].map(|value| beside_pictures(vec![float(&[value])]).fingerprint());
    assert_ne!(one, two);
}

#[cfg(feature = "flex")]
#[test]
fn features_go_to_a_device_as_they_are() {
    let device = burn::tensor::Device::flex();
    let data = beside_pictures(vec![vec![FeatureValues::Float(vec![0.5, 1.5]), FeatureValues::Int(vec![7])]; 2]);
    let batch = in_order(data).epoch(0, 0).next().unwrap().unwrap();
    let floats = batch.float_features_tensor(0, &device).unwrap();
    assert_eq!((floats.dims(), floats.into_data().try_to_vec::<f32>().unwrap()), ([2, 2], vec![0.5, 1.5, 0.5, 1.5]));
    let ints = batch.int_features_tensor(1, &device).unwrap().into_data().convert::<i64>();
    assert_eq!(ints.try_to_vec::<i64>().unwrap(), [7, 7]);
    assert!(batch.int_features_tensor(0, &device).is_none() && batch.float_features_tensor(2, &device).is_none());
}

#[test]
fn more_rows_than_a_batch_are_learned_in_several() {
    let spec = FeatureSpec::new().with("x", "x", Feature::Discretization(Discretization::adaptive(2)));
    let mut adapt = AdaptFeatures::new(&spec, &["x"]).unwrap();
    (0..100_000).for_each(|i| adapt.update(&[Cell::from(f64::from(i * 7919 % 100_003))]).unwrap());
    let Feature::Discretization(learned) = &adapt.finish().unwrap().features[0].feature else { panic!("it is one") };
    let [boundary] = learned.bin_boundaries.as_deref().unwrap() else { panic!("two bins have one boundary") };
    assert!((boundary - 50_000.0).abs() < 1_500.0, "{boundary}");
}

#[test]
fn a_table_learns_the_same_in_parts_and_in_one_pass() {
    let mut parts = [0..2, 2..4].map(|part| {
        let mut part_of = AdaptFeatures::new(&spec(), &COLUMNS).unwrap();
        rows()[part].iter().for_each(|row| part_of.update(row).unwrap());
        part_of
    });
    let [first, second] = &mut parts;
    first.merge(second.clone()).unwrap();
    assert_eq!(first.clone().finish().unwrap(), learned());
    let other = FeatureSpec::new().with("age", "x", Feature::Normalization(Normalization::default()));
    let error = first.merge(AdaptFeatures::new(&other, &COLUMNS).unwrap()).unwrap_err();
    assert!(matches!(error, FeatureError::Merge { .. }), "{error}");
}

#[test]
fn what_a_row_lacks_is_named_with_its_column() {
    let features = Features::new(&learned(), &COLUMNS).unwrap();
    let with = |at: usize, cell: Cell| {
        let mut row = rows().remove(0);
        row[at] = cell;
        features.apply(&row).unwrap_err().to_string()
    };
    assert!(with(2, Cell::Missing).contains("column \"town\" has no value"));
    assert!(with(3, "tall".into()).contains("column \"grade\" has Text(\"tall\") where a finite number is needed"));
    assert!(with(2, Cell::from(0.5)).contains("where text or a whole number is needed"));
    let error = features.apply(&[]).unwrap_err();
    assert!(matches!(error, FeatureError::RowLength { cells: 0, columns: 5 }), "{error}");
    let error = Features::new(&learned(), &["id", "age", "twon", "grade", "note"]).unwrap_err();
    assert!(error.to_string().contains("no column \"town\"; did you mean \"twon\"?"), "{error}");
}

#[test]
fn specs_that_cannot_work_are_refused() {
    let refused = |spec: FeatureSpec| spec.validate().unwrap_err();
    assert!(refused(FeatureSpec::new()).to_string().contains("1 to 4,096"));
    let mixed = FeatureSpec::new().with("a", "x", Feature::Hashing(Hashing::new(3))).with(
        "b",
        "x",
        Feature::Normalization(Normalization::default()),
    );
    assert!(matches!(refused(mixed), FeatureError::MixedInput { .. }));
    let ragged = FeatureSpec::new().with("a", "x", Feature::TextVectorization(TextVectorization::default()));
    let FeatureError::Column { column, source } = refused(ragged) else { panic!("the column is named") };
    assert_eq!(column, "a");
    assert!(source.to_string().contains("`output_sequence_length`"), "{source}");
    let wide = || Feature::Hashing(Hashing { output_mode: OutputMode::OneHot, ..Hashing::new(1 << 24) });
    let error = refused(FeatureSpec::new().with("a", "x", wide()).with("b", "x", wide()));
    assert!(error.to_string().contains("at most 2^24 numbers"), "{error}");
    let error = Features::new(&spec(), &COLUMNS).unwrap_err();
    let FeatureError::Column { source, .. } = error else { panic!("the column is named") };
    assert!(matches!(*source, FeatureError::NotAdapted { .. }), "{source}");
}
