//! Golden cases: what Keras makes of numbers, categories and text.

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use striate_core::features::{
    Axes, CategoryEncoding, Discretization, Hashing, Lookup, Moments, Normalization, OutputMode, Rescaling,
    TextVectorization, Token,
};
use striate_data::features::{
    AdaptDiscretization, AdaptLookup, AdaptNormalization, AdaptText, Adapter, Array, CategoryEncoder, Discretizer,
    Encoded, Hasher, LookupTable, Normalizer, TextVectorizer, adapt, fingerprint64, rescale, siphash24,
};
use striate_testkit::{Case, Group};

#[test]
fn golden_features_equal_keras() {
    let Some(group) = Group::read(env!("CARGO_MANIFEST_DIR"), "preprocess") else { return };
    assert!(!group.cases().is_empty(), "preprocess has no case");
    for case in group.cases() {
        run(&group, case);
    }
    group.passed("host");
}

fn run(group: &Group, case: &Case) {
    let output = match case.kind.as_str() {
        "text_vectorization" => text(group, case),
        "string_lookup" => lookup::<String>(group, case),
        "integer_lookup" => lookup::<i64>(group, case),
        "hashing" => hashing(case, case.config.get("output_mode").map_or(OutputMode::Int, parsed)),
        "hashing_multi_hot" => hashing(case, OutputMode::MultiHot),
        "fingerprint64" => raw_hash(case, fingerprint64),
        "siphash24" => {
            let key = setting(case, "key");
            raw_hash(case, |bytes| siphash24(bytes, key))
        }
        "category_encoding" => category_encoding(case),
        "discretization" => discretization(group, case),
        "normalization" => normalization(group, case),
        "rescaling" => {
            let settings = Rescaling { scale: setting(case, "scale"), offset: setting(case, "offset") };
            numbers(rescale(&input(case), settings).unwrap())
        }
        other => panic!("{}: unknown kind {other}", case.id),
    };
    check(group, case, "output", &output);
}

/// The settings of a case, but for some that are the harness's own.
fn settings<T: DeserializeOwned>(case: &Case, without: &[&str]) -> T {
    let mut all = case.config.as_object().unwrap().clone();
    all.retain(|key, _| !without.contains(&&**key));
    serde_json::from_value(Value::Object(all)).unwrap_or_else(|error| panic!("{}: {error}", case.id))
}

fn text(group: &Group, case: &Case) -> Value {
    let given = is_given(case);
    let mut settings: TextVectorization = settings(case, &["given_vocabulary"]);
    if given {
        settings.vocabulary = Some(vocabulary(case));
        settings.idf_weights = given_weights(case, settings.output_mode);
    } else {
        settings = adapt(AdaptText::new(settings).unwrap(), documents(case)).unwrap();
    }
    check_learned(group, case, &settings.lookup());
    encoded(TextVectorizer::new(&settings).unwrap().apply(&input(case)).unwrap())
}

fn lookup<T: Token>(group: &Group, case: &Case) -> Value {
    let given = is_given(case);
    let mut settings: Lookup<T> = settings(case, &["given_vocabulary"]);
    if given {
        settings.vocabulary = Some(vocabulary(case));
        settings.idf_weights = given_weights(case, settings.output_mode);
    } else {
        settings = adapt(AdaptLookup::new(settings).unwrap(), documents(case)).unwrap();
    }
    check_learned(group, case, &settings);
    let table = LookupTable::new(&settings).unwrap();
    if settings.invert {
        return nested(&table.invert(&input(case)));
    }
    encoded(table.apply(&input(case)).unwrap())
}

fn is_given(case: &Case) -> bool {
    find(case, "given_vocabulary").unwrap_or(false) || !case.other.contains_key("adapt")
}

/// A given vocabulary stands where data to adapt to stand otherwise.
fn vocabulary<T: DeserializeOwned>(case: &Case) -> Vec<T> {
    parsed(case.other.get("adapt").or_else(|| case.other.get("vocabulary")).unwrap())
}

fn given_weights(case: &Case, mode: OutputMode) -> Option<Vec<f32>> {
    (mode == OutputMode::TfIdf).then(|| parsed(&case.other["idf_weights"]))
}

/// The rows to adapt to; values that don't stand in rows are rows of one.
fn documents<T: DeserializeOwned + Clone>(case: &Case) -> Vec<Vec<T>> {
    let data: Array<T> = array(&case.other["adapt"]);
    let row = if data.shape().len() > 1 { data.shape()[data.shape().len() - 1] } else { 1 };
    data.values().chunks(row).map(<[T]>::to_vec).collect()
}

/// All tokens, and the frequencies if the case has them.
fn check_learned<T: Token>(group: &Group, case: &Case, settings: &Lookup<T>) {
    if case.other.contains_key("vocabulary") {
        check(group, case, "vocabulary", &json!(settings.all_tokens()));
    }
    if case.other.contains_key("idf_weights") && !is_given(case) {
        // The weights of all places are what a count of one of each gives.
        let table = LookupTable::new(settings).unwrap();
        let places = [&[T::unknown()][..], settings.tokens()].concat();
        let weights = numbers(match table.apply(&Array::row(places)).unwrap() {
            Encoded::Float(weights) => weights,
            Encoded::Int(_) => panic!("{}: weights go with an encoding", case.id),
        });
        check(group, case, "idf_weights", &weights);
    }
}

fn hashing(case: &Case, output_mode: OutputMode) -> Value {
    let hasher = Hasher::new(&Hashing { output_mode, ..settings(case, &["hash"]) }).unwrap();
    let values = &case.other["input"];
    let mut first = values;
    while let Value::Array(values) = first {
        first = &values[0];
    }
    encoded(match first {
        Value::String(_) => hasher.apply_text(&array(values)).unwrap(),
        Value::Number(number) if number.is_i64() => hasher.apply_integers(&array(values)).unwrap(),
        _ => hasher.apply_numbers(&array(values)).unwrap(),
    })
}

fn raw_hash(case: &Case, hash: impl Fn(&[u8]) -> u64) -> Value {
    let modulus: u64 = setting(case, "modulus");
    nested(&input::<Value>(case).map(|value| match value {
        Value::String(text) => hash(text.as_bytes()) % modulus,
        number => hash(number.to_string().as_bytes()) % modulus,
    }))
}

fn category_encoding(case: &Case) -> Value {
    let encoder = CategoryEncoder::new(&settings::<CategoryEncoding>(case, &[])).unwrap();
    numbers(match case.other.get("count_weights") {
        Some(weights) => encoder.apply_weighted(&input(case), &array(weights)).unwrap(),
        None => encoder.apply(&input(case)).unwrap(),
    })
}

fn discretization(group: &Group, case: &Case) -> Value {
    let mut settings: Discretization = settings(case, &[]);
    if let Some(data) = case.other.get("adapt") {
        let mut adapter = AdaptDiscretization::new(settings).unwrap();
        adapter.update(array::<f32>(data).values()).unwrap();
        settings = adapter.finish().unwrap();
        check(group, case, "learned_boundaries", &json!(settings.bin_boundaries));
    }
    encoded(Discretizer::new(&settings).unwrap().apply(&input(case)).unwrap())
}

fn normalization(group: &Group, case: &Case) -> Value {
    let axis: Axes = parsed(&case.config["axis"]);
    let invert = find(case, "invert").unwrap_or(false);
    let mut settings = Normalization { axis, invert, moments: None };
    if let Some(data) = case.other.get("adapt") {
        settings = adapt(AdaptNormalization::new(settings).unwrap(), [array::<f32>(data)]).unwrap();
        let moments = settings.moments.as_ref().unwrap();
        for (role, learned) in [("mean", &moments.mean), ("variance", &moments.variance)] {
            let want = case.other.get(role).map(|want| array::<f64>(want).into_values());
            check_flat(group, case, role, learned, &want.unwrap_or_else(|| learned.clone()));
        }
    } else {
        let [mean, variance] = ["mean", "variance"].map(|role| array::<f64>(&case.other[role]));
        let shape = mean.shape().to_vec();
        settings.moments = Some(Moments { shape, mean: mean.into_values(), variance: variance.into_values() });
    }
    numbers(Normalizer::new(&settings).unwrap().apply(&input(case)).unwrap())
}

#[track_caller]
fn check_flat(group: &Group, case: &Case, role: &str, got: &[f64], want: &[f64]) {
    let near = got.len() == want.len() && got.iter().zip(want).all(|(got, want)| group.is_near(*got, *want));
    assert!(near, "{}: {role} is {got:?}, not {want:?}", case.id);
}

/// Compares with what the case has: equal sides, equal text and near numbers.
#[track_caller]
fn check(group: &Group, case: &Case, role: &str, got: &Value) {
    let want = case.other.get(role).unwrap_or_else(|| panic!("{}: no {role}", case.id));
    assert!(is_near(group, got, want), "{}: {role} is\n{got}\nnot\n{want}", case.id);
}

fn is_near(group: &Group, got: &Value, want: &Value) -> bool {
    match (got, want) {
        (Value::Array(got), Value::Array(want)) => {
            got.len() == want.len() && got.iter().zip(want).all(|(got, want)| is_near(group, got, want))
        }
        (Value::Number(a), Value::Number(b)) if a.is_f64() || b.is_f64() => {
            group.is_near(a.as_f64().unwrap(), b.as_f64().unwrap())
        }
        (got, want) => got == want,
    }
}

fn input<T: DeserializeOwned>(case: &Case) -> Array<T> {
    array(case.other.get("input").unwrap_or_else(|| panic!("{}: no input", case.id)))
}

/// Nested lists as an array.
fn array<T: DeserializeOwned>(value: &Value) -> Array<T> {
    let (mut shape, mut values) = (Vec::new(), vec![value]);
    while let [Value::Array(first), ..] = values[..] {
        shape.push(first.len());
        values = values.into_iter().flat_map(|list| list.as_array().unwrap()).collect();
    }
    Array::new(shape, values.into_iter().map(parsed).collect::<Vec<_>>()).unwrap()
}

fn encoded(encoded: Encoded) -> Value {
    match encoded {
        Encoded::Int(array) => nested(&array),
        Encoded::Float(array) => numbers(array),
    }
}

/// Numbers in double precision, so that JSON shows them as they are.
fn numbers(array: Array<f32>) -> Value {
    nested(&array.map(|&value| f64::from(value)))
}

/// An array as nested lists.
fn nested<T: serde::Serialize>(array: &Array<T>) -> Value {
    fn lists(shape: &[usize], values: &mut impl Iterator<Item = Value>) -> Value {
        match shape {
            [] => values.next().unwrap(),
            [side, rest @ ..] => (0..*side).map(|_| lists(rest, values)).collect(),
        }
    }
    lists(array.shape(), &mut array.values().iter().map(|value| json!(value)))
}

fn parsed<T: DeserializeOwned>(value: &Value) -> T {
    serde_json::from_value(value.clone()).unwrap_or_else(|error| panic!("{value}: {error}"))
}

fn setting<T: DeserializeOwned>(case: &Case, key: &str) -> T {
    find(case, key).unwrap_or_else(|| panic!("{}: no {key}", case.id))
}

fn find<T: DeserializeOwned>(case: &Case, key: &str) -> Option<T> {
    case.config.get(key).filter(|value| !value.is_null()).map(parsed)
}
