//! Features: what they learn and what they make of values.

use proptest::prelude::*;
use striate_core::features::*;
use striate_data::features::*;

fn text(values: &[&str]) -> Array<String> {
    Array::row(values.iter().map(|value| value.to_string()).collect::<Vec<_>>())
}

fn floats(encoded: &Encoded) -> (Vec<usize>, Vec<f32>) {
    match encoded {
        Encoded::Float(array) => (array.shape().to_vec(), array.values().to_vec()),
        Encoded::Int(_) => panic!("whole numbers, not real ones"),
    }
}

fn ints(encoded: &Encoded) -> Vec<i64> {
    match encoded {
        Encoded::Int(array) => array.values().to_vec(),
        Encoded::Float(_) => panic!("real numbers, not whole ones"),
    }
}

#[track_caller]
fn survives_json<T: serde::Serialize + serde::de::DeserializeOwned + PartialEq + std::fmt::Debug>(value: &T) {
    let json = serde_json::to_string(value).unwrap();
    assert_eq!(&serde_json::from_str::<T>(&json).unwrap(), value, "{json}");
}

/// Batch sizes, bins, epsilon, and the boundaries of Keras 3.15.1 (its `summarize`, `merge_summaries` and
/// `get_bin_boundaries` with NumPy 2.4.6) for the values (7919 i mod 10007 / 1000)^2 - 5, i counted over all batches.
type Quantiles = (&'static [usize], usize, f64, &'static [f32]);

const QUANTILES: [Quantiles; 9] = [
    (&[7, 5], 4, 0.01, &[-2.2609751, 24.138401, 51.040195]),
    (&[300, 200, 50], 8, 0.01, &[-3.381744, 1.4267739, 9.26192, 20.262804, 34.39776, 51.91664, 72.04903]),
    (
        &[1000, 1000],
        10,
        0.05,
        &[-3.9999995, -0.9999981, 4.0120077, 11.016007, 20.03001, 31.048021, 44.182175, 59.080032, 76.2522],
    ),
    (&[30, 40, 50], 3, 0.2, &[7.031107, 40.168243]),
    (&[250, 250, 300], 7, 0.02, &[-2.9131687, 3.2838058, 13.341835, 27.89364, 46.66538, 68.82991]),
    (&[3], 5, 0.01, &[-5.0, 29.00056]),
    (
        &[150],
        49,
        0.01,
        &[
            -4.9825916, -4.8675046, -4.671038, -4.3537307, -3.9681768, -3.5449538, -3.0924563, -2.4441655, -1.9498389,
            -1.0957941, -0.2093224, 0.84214777, 1.9225, 3.1693456, 4.445633, 5.718887, 6.8246713, 8.42146, 9.519159,
            11.319017, 13.031401, 15.088296, 16.9835, 19.248878, 21.327387, 23.604414, 25.211683, 27.810518, 29.50058,
            32.182087, 34.745888, 37.773575, 40.5202, 43.75637, 46.685825, 49.92707, 52.17957, 55.690277, 58.068287,
            61.516983, 65.00945, 68.92875, 72.58756, 76.73181, 79.25087, 83.47178, 86.57892, 90.47861, 94.56048,
        ],
    ),
    (&[400, 100], 6, 0.013, &[-2.2661786, 6.1054354, 20.140585, 39.669437, 64.58045]),
    (&[5000], 4, 0.001, &[1.2499572, 20.029799, 51.32502]),
];

#[test]
fn learned_boundaries_equal_kerass_bit_for_bit_in_batches_of_any_size() {
    for (sizes, num_bins, epsilon, expected) in QUANTILES {
        let mut values = (0u32..).map(|i| ((i * 7919 % 10007) as f32 / 1000.0).powi(2) - 5.0);
        let batches = sizes.iter().map(|&size| values.by_ref().take(size).collect::<Vec<_>>()).collect::<Vec<_>>();
        let settings = Discretization { epsilon, ..Discretization::adaptive(num_bins) };
        let learned = adapt(AdaptDiscretization::new(settings).unwrap(), batches).unwrap();
        assert_eq!(learned.bin_boundaries.as_deref().unwrap(), expected, "{sizes:?}, {num_bins} bins");
        survives_json(&learned);
    }
}

#[test]
fn bins_hold_their_lower_boundary_and_the_last_one_what_is_no_number() {
    let bins = |output_mode, values: &[f32]| {
        let settings = Discretization { output_mode, ..Discretization::new([0.1, 2.0]) };
        Discretizer::new(&settings).unwrap().apply(&Array::row(values)).unwrap()
    };
    assert_eq!(ints(&bins(OutputMode::Int, &[0.1, 0.09, 2.0, f32::NAN, f32::NEG_INFINITY])), [1, 0, 2, 2, 0]);
    assert_eq!(floats(&bins(OutputMode::Count, &[0.1, 1.0, 3.0])), (vec![3], vec![0.0, 2.0, 1.0]));
    let error = AdaptDiscretization::new(Discretization::new([1.0])).unwrap_err();
    assert!(error.to_string().contains("nothing to learn"), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_vocabulary_is_the_same_in_parts_and_in_one_pass(
        documents in proptest::collection::vec(proptest::collection::vec("[a-c ]{0,2}", 0..5), 1..20),
        cut in 0..20usize,
        num_oov_indices in 0..3usize,
        max_tokens in proptest::option::of(5..9usize),
    ) {
        let mode = OutputMode::TfIdf;
        let settings = StringLookup {
            num_oov_indices, max_tokens, mask_token: Some("a".into()), output_mode: mode, ..StringLookup::default()
        };
        let whole = adapt(AdaptLookup::new(settings.clone()).unwrap(), documents.iter().map(Vec::as_slice));
        let (first, second) = documents.split_at(cut.min(documents.len()));
        let mut parts = [first, second].map(|part| {
            let mut adapter = AdaptLookup::new(settings.clone()).unwrap();
            part.iter().for_each(|document| adapter.update(document).unwrap());
            adapter
        }).into_iter();
        let mut merged = parts.next().unwrap();
        merged.merge(parts.next().unwrap()).unwrap();
        prop_assert_eq!(&merged.finish(), &whole);
        if let Ok(learned) = whole {
            survives_json(&learned);
            // The order is that of a plain count.
            let count = |token: &String| documents.iter().flatten().filter(|other| *other == token).count();
            let tokens = learned.tokens();
            prop_assert!(tokens.windows(2).all(|pair| (count(&pair[0]), &pair[0]) > (count(&pair[1]), &pair[1])));
            for (token, weight) in tokens.iter().zip(learned.idf_weights.as_ref().unwrap()) {
                let with = documents.iter().filter(|document| document.contains(token)).count() as f64;
                let expected = (1.0 + documents.len() as f64 / (1.0 + with)).ln();
                prop_assert!((f64::from(*weight) - expected).abs() < 1e-6);
            }
        }
    }

    #[test]
    fn text_learns_the_same_in_parts_and_in_one_pass(
        texts in proptest::collection::vec("[a-dA-D!., ]{0,12}", 1..12),
        cut in 0..12usize,
    ) {
        let settings = TextVectorization {
            ngrams: Some(Ngrams::Widths(vec![2, 1])), output_mode: OutputMode::TfIdf, ..TextVectorization::default()
        };
        let whole = adapt(AdaptText::new(settings.clone()).unwrap(), texts.iter().map(std::slice::from_ref));
        let mut merged = AdaptText::new(settings.clone()).unwrap();
        let mut second = AdaptText::new(settings).unwrap();
        for (at, text) in texts.iter().enumerate() {
            let part = if at < cut { &mut merged } else { &mut second };
            part.update(std::slice::from_ref(text)).unwrap();
        }
        merged.merge(second).unwrap();
        prop_assert_eq!(merged.finish(), whole);
    }

    #[test]
    fn mean_and_variance_are_near_in_parts_and_in_one_pass(
        values in proptest::collection::vec(-1000f32..1000.0, 6..60),
        cut in 0..10usize,
        axis in prop_oneof![Just(vec![-1]), Just(vec![]), Just(vec![1, 2]), Just(vec![1])],
    ) {
        let rows = values.len() / 6;
        let values = &values[..rows * 6];
        let batch = |values: &[f32]| Array::new([values.len() / 6, 3, 2], values).unwrap();
        let settings = Normalization { axis: Axes(axis), ..Normalization::default() };
        let whole = adapt(AdaptNormalization::new(settings.clone()).unwrap(), [batch(values)]).unwrap().moments.unwrap();
        let (first, second) = values.split_at(cut.min(rows) * 6);
        let mut parts = [first, second].map(|part| {
            let mut adapter = AdaptNormalization::new(settings.clone()).unwrap();
            adapter.update(&batch(part)).unwrap();
            adapter
        }).into_iter();
        let mut merged = parts.next().unwrap();
        merged.merge(parts.next().unwrap()).unwrap();
        let merged = merged.finish().unwrap().moments.unwrap();
        prop_assert_eq!(&merged.shape, &whole.shape);
        let both = merged.mean.iter().chain(&merged.variance).zip(whole.mean.iter().chain(&whole.variance));
        for (a, b) in both {
            prop_assert!((a - b).abs() <= 1e-9 * (1.0 + b.abs()), "{a}, not {b}");
        }
        // What is normalised has mean 0 and variance 1 along the kept axes.
        let learned = Normalization { moments: Some(whole), ..settings };
        survives_json(&learned);
        let normal = Normalizer::new(&learned).unwrap().apply(&batch(values)).unwrap();
        let back = Normalizer::new(&Normalization { invert: true, ..learned }).unwrap().apply(&normal).unwrap();
        for (back, value) in back.values().iter().zip(values) {
            prop_assert!((back - value).abs() < 1e-2, "{back}, not {value}");
        }
    }

    #[test]
    fn boundaries_of_parts_are_within_epsilon(
        values in proptest::collection::vec(-100f32..100.0, 400..800),
        cut in 1..399usize,
    ) {
        let settings = Discretization { epsilon: 0.02, ..Discretization::adaptive(4) };
        let mut sorted = values.clone();
        sorted.sort_by(f32::total_cmp);
        let (first, second) = values.split_at(cut);
        let mut merged = AdaptDiscretization::new(settings.clone()).unwrap();
        merged.update(first).unwrap();
        let mut other = AdaptDiscretization::new(settings).unwrap();
        other.update(second).unwrap();
        merged.merge(other).unwrap();
        let learned = merged.finish().unwrap();
        for (at, boundary) in learned.bin_boundaries.unwrap().iter().enumerate() {
            let below = sorted.partition_point(|value| value < boundary) as f64 / sorted.len() as f64;
            let wanted = (at + 1) as f64 / 4.0;
            prop_assert!((below - wanted).abs() < 0.08, "{below} of all are below {boundary}, not {wanted}");
        }
    }

    #[test]
    fn any_json_of_a_feature_gives_a_result_or_an_error(
        kind in prop_oneof![
            Just("normalization"), Just("discretization"), Just("string_lookup"), Just("integer_lookup"),
            Just("text_vectorization"), Just("hashing"), Just("category_encoding"), Just("one_hot"), Just("rescaling"),
        ],
        fields in proptest::collection::btree_map(
            prop_oneof![
                Just("axis"), Just("moments"), Just("bin_boundaries"), Just("num_bins"), Just("epsilon"),
                Just("output_mode"), Just("vocabulary"), Just("idf_weights"), Just("max_tokens"), Just("num_oov_indices"),
                Just("mask_token"), Just("pad_to_max_tokens"), Just("ngrams"), Just("split"), Just("salt"),
                Just("num_tokens"), Just("num_classes"), Just("scale"), Just("mask_value"), Just("oov_method"),
                Just("output_sequence_length"),
            ],
            prop_oneof![
                Just("null"), Just("0"), Just("1"), Just("-1"), Just("18446744073709551615"), Just("1e308"), Just("[]"),
                Just("[1,1]"), Just("[2,1]"), Just("[0.5]"), Just("\"\""), Just("[\"a\",\"a\"]"), Just("[\"[UNK]\",\"a\"]"),
                Just("true"), Just("\"tf_idf\""), Just("\"count\""), Just("\"character\""), Just("16777216"),
                Just("{\"shape\":[18446744073709551615,2],\"mean\":[1],\"variance\":[1]}"),
                Just("{\"shape\":[],\"mean\":[1],\"variance\":[-1]}"),
            ],
            0..5,
        ),
    ) {
        let fields = fields.iter().map(|(key, value)| format!(",\"{key}\":{value}")).collect::<String>();
        let json = format!("{{\"features\":[{{\"column\":\"a\",\"input\":\"x\",\"feature\":{{\"kind\":\"{kind}\"{fields}}}}}]}}");
        if let Ok(spec) = serde_json::from_str::<FeatureSpec>(&json)
            && let Ok(features) = Features::new(&spec, &["a"])
        {
            for cell in [Cell::Missing, Cell::from(3), Cell::from(-0.5), Cell::from("a"), Cell::from("1 b")] {
                if let Ok(values) = features.apply(&[cell]) {
                    let width = match &values[0] {
                        FeatureValues::Int(values) => values.len(),
                        FeatureValues::Float(values) => values.len(),
                    };
                    prop_assert_eq!(width, features.inputs()[0].width, "{}", json);
                }
            }
        }
    }

    #[test]
    fn hashes_take_text_of_any_length(text in ".{0,300}") {
        let [farm, sip] = [None, Some(Salt::Two([1, 2]))].map(|salt| {
            let settings = Hashing { salt, mask_value: Some(Cell::from("a")), ..Hashing::new(7) };
            ints(&Hasher::new(&settings).unwrap().apply_text(&Array::row([text.clone()])).unwrap())[0]
        });
        prop_assert!((1..7).contains(&farm) || text == "a" && farm == 0);
        prop_assert!((1..7).contains(&sip) || text == "a" && sip == 0);
    }
}

#[test]
fn a_mask_of_a_hash_is_of_the_values_kind_and_needs_a_second_bin() {
    let hasher =
        |num_bins, mask: Cell| Hasher::new(&Hashing { mask_value: Some(mask), ..Hashing::new(num_bins) }).unwrap();
    let numbers = Array::row([5, 6]);
    assert_eq!(ints(&hasher(9, Cell::from(5)).apply_integers(&numbers).unwrap())[0], 0);
    assert_eq!(ints(&hasher(1, Cell::from(5)).apply_integers(&numbers).unwrap()), [0, 0]);
    let parts = Array::row([5.0, 5.5, 6.9]);
    let found = ints(&hasher(9, Cell::from(5)).apply_numbers(&parts).unwrap());
    let plain = ints(&hasher(9, Cell::from(0)).apply_integers(&Array::row([5, 6])).unwrap());
    assert_eq!(found, [0, plain[0], plain[1]], "the fraction goes after the mask is compared");
    let error = hasher(9, Cell::from("5")).apply_integers(&numbers).unwrap_err();
    assert!(error.to_string().contains("`mask_value` is Text(\"5\")"), "{error}");
}

#[test]
fn lookups_tell_unknown_values_apart_by_remainder_or_hash() {
    let places = |oov_method, salt| {
        let settings =
            IntegerLookup { num_oov_indices: 4, mask_token: Some(0), oov_method, salt, ..IntegerLookup::new([10, 20]) };
        ints(&LookupTable::new(&settings).unwrap().apply(&Array::row([0, 10, 20, 7, -1])).unwrap())
    };
    assert_eq!(places(OovMethod::Floormod, None), [0, 5, 6, 1 + 3, 1 + 3]);
    let hashed = |hash: fn(&[u8]) -> u64| ["7", "-1"].map(|text| 1 + (hash(text.as_bytes()) % 4) as i64);
    assert_eq!(places(OovMethod::Farmhash, None)[3..], hashed(fingerprint64));
    assert_eq!(places(OovMethod::Farmhash, Some(Salt::One(9)))[3..], hashed(|bytes| siphash24(bytes, [9, 9])));
}

#[test]
fn a_lookup_without_a_place_for_unknown_values_refuses_them() {
    let table = LookupTable::new(&StringLookup { num_oov_indices: 0, ..StringLookup::new(["a".into()]) }).unwrap();
    let error = table.apply(&text(&["a", "b"])).unwrap_err();
    assert!(error.to_string().contains("\"b\" is not in the vocabulary"), "{error}");
}

#[test]
fn masks_count_nowhere_and_padding_fills_up_to_max_tokens() {
    let settings = StringLookup {
        mask_token: Some("".into()),
        max_tokens: Some(5),
        pad_to_max_tokens: true,
        output_mode: OutputMode::TfIdf,
        idf_weights: Some(vec![1.0, 2.0]),
        ..StringLookup::new(["a".into(), "b".into()])
    };
    let table = LookupTable::new(&settings).unwrap();
    let counted = table.apply(&text(&["", "a", "b", "b", "c"])).unwrap();
    assert_eq!(floats(&counted), (vec![5], vec![1.5, 1.0, 4.0, 0.0, 0.0]));
    // A vocabulary that begins with the token of unknown values has a weight for them.
    let special = StringLookup {
        vocabulary: Some(["[UNK]", "a", "b"].map(String::from).to_vec()),
        idf_weights: Some(vec![7.0, 1.0, 2.0]),
        ..settings
    };
    let counted = LookupTable::new(&special).unwrap().apply(&text(&["a", "c"])).unwrap();
    assert_eq!(floats(&counted).1, [7.0, 1.0, 0.0, 0.0, 0.0]);
}

#[test]
fn an_inverse_lookup_gives_tokens_of_places() {
    let settings = StringLookup { invert: true, mask_token: Some("-".into()), ..StringLookup::new(["a".into()]) };
    let table = LookupTable::new(&settings).unwrap();
    assert_eq!(table.invert(&Array::row([0, 1, 2, 3, -4])).values(), ["-", "[UNK]", "a", "[UNK]", "[UNK]"]);
    assert!(table.apply(&text(&["a"])).is_err());
}

#[test]
fn tokens_over_the_limits_are_an_error() {
    let limits = VocabularyLimits { tokens: 2, bytes: 5 };
    let mut adapter = AdaptLookup::with_limits(StringLookup::default(), limits).unwrap();
    adapter.update(&["ab".into(), "ab".into(), "cd".into()]).unwrap();
    let error = adapter.clone().update(&["e".into()]).unwrap_err();
    assert!(matches!(error, FeatureError::TooManyTokens { limit: 2, .. }), "{error}");
    let mut long = AdaptLookup::with_limits(StringLookup::default(), limits).unwrap();
    assert!(matches!(long.update(&["abcdef".into()]), Err(FeatureError::TooManyTokens { limit: 5, .. })));
}

#[test]
fn nothing_to_learn_from_is_an_error() {
    let lookup = AdaptLookup::<String>::new(StringLookup::default()).unwrap();
    assert!(matches!(lookup.finish(), Err(FeatureError::NoData { .. })));
    let normalization = AdaptNormalization::new(Normalization::default()).unwrap();
    assert!(matches!(normalization.finish(), Err(FeatureError::NoData { .. })));
    let bins = AdaptDiscretization::new(Discretization::adaptive(3)).unwrap();
    assert!(matches!(bins.finish(), Err(FeatureError::NoData { .. })));
    let mut numbers = AdaptNormalization::new(Normalization::default()).unwrap();
    let error = numbers.update(&Array::new([1, 1], [f32::NAN]).unwrap()).unwrap_err();
    assert!(matches!(error, FeatureError::NotFinite { .. }), "{error}");
    let error = Normalizer::new(&Normalization::default()).unwrap_err();
    assert!(matches!(error, FeatureError::NotAdapted { .. }), "{error}");
}

#[test]
fn given_moments_are_stretched_along_sides_of_one() {
    let values = Array::new([1, 2, 3], [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]).unwrap();
    let apply = |axis: &[isize], shape: &[usize], mean: &[f64]| {
        let moments = Moments { shape: shape.to_vec(), mean: mean.to_vec(), variance: vec![1.0; mean.len()] };
        let settings = Normalization { axis: Axes(axis.to_vec()), invert: false, moments: Some(moments) };
        Normalizer::new(&settings).unwrap().apply(&values).map(Array::into_values)
    };
    assert_eq!(apply(&[1, 2], &[3], &[1.0, 2.0, 3.0]).unwrap(), [0.0, 0.0, 0.0, 3.0, 3.0, 3.0]);
    assert_eq!(apply(&[-1, 1], &[2, 1], &[1.0, 4.0]).unwrap(), [0.0, 1.0, 2.0, 0.0, 1.0, 2.0]);
    assert_eq!(apply(&[1], &[2], &[1.0, 4.0]).unwrap(), [0.0, 1.0, 2.0, 0.0, 1.0, 2.0]);
    assert_eq!(apply(&[], &[], &[1.0]).unwrap(), [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
    assert!(matches!(apply(&[-1], &[2], &[1.0, 4.0]), Err(FeatureError::Shape { .. })));
    assert!(matches!(apply(&[3], &[1], &[1.0]), Err(FeatureError::Setting { .. })));
}

#[track_caller]
fn tokens(settings: TextVectorization, texts: &[&str]) -> Vec<String> {
    let row = texts.iter().map(|text| text.to_string()).collect::<Vec<_>>();
    adapt(AdaptText::new(settings).unwrap(), [row]).unwrap().vocabulary.unwrap()
}

#[test]
fn text_is_standardised_split_and_joined_as_asked_for() {
    let default = TextVectorization::default;
    let words = "The End.\u{b}the\u{a0}end É";
    assert_eq!(tokens(default(), &[words]), ["É", "the\u{a0}end", "the", "end"]);
    let plain = TextVectorization { standardize: None, ..default() };
    assert_eq!(tokens(plain, &[words]), ["É", "the\u{a0}end", "The", "End."]);
    let lower = TextVectorization { standardize: Some(Standardize::Lower), ..default() };
    assert_eq!(tokens(lower, &["A. É"]), ["É", "a."]);
    let characters = TextVectorization { split: Some(Split::Character), ..default() };
    assert_eq!(tokens(characters, &["é\u{301}!Za"]), ["\u{301}", "é", "z", "a"]);
    let whole = TextVectorization { split: None, ngrams: Some(Ngrams::UpTo(2)), ..default() };
    assert_eq!(tokens(whole, &["b c", "A"]), ["b c a", "b c", "a"]);
    let pairs = TextVectorization { ngrams: Some(Ngrams::Widths(vec![3, 2])), ..default() };
    assert_eq!(tokens(pairs, &["a b c"]), ["b c", "a b c", "a b"]);
}

#[test]
fn text_of_whole_numbers_is_cut_filled_up_and_in_the_order_of_widths() {
    let settings = TextVectorization {
        vocabulary: Some(["a", "b", "a b"].map(String::from).to_vec()),
        ngrams: Some(Ngrams::Widths(vec![2, 1])),
        ..TextVectorization::default()
    };
    let apply = |settings: &TextVectorization, texts: &Array<String>| {
        let encoded = TextVectorizer::new(settings).unwrap().apply(texts).unwrap();
        (encoded.shape().to_vec(), ints(&encoded))
    };
    let texts = text(&["a b", "c", ""]);
    assert_eq!(apply(&settings, &texts), (vec![3, 3], vec![4, 2, 3, 1, 0, 0, 0, 0, 0]));
    let cut = TextVectorization { output_sequence_length: Some(2), ..settings.clone() };
    assert_eq!(apply(&cut, &texts), (vec![3, 2], vec![4, 2, 1, 0, 0, 0]));
    let column = Array::new([2, 1], ["a".to_string(), "b".to_string()]).unwrap();
    assert_eq!(apply(&settings, &column), (vec![2, 1], vec![2, 3]));
    let wide = Array::new([1, 2], ["a".to_string(), "b".to_string()]).unwrap();
    let error = TextVectorizer::new(&settings).unwrap().apply(&wide).unwrap_err();
    assert!(matches!(error, FeatureError::Shape { .. }), "{error}");
    let unsplit = TextVectorization { split: None, ngrams: None, output_sequence_length: Some(3), ..settings };
    assert_eq!(apply(&unsplit, &wide), (vec![1, 3], vec![2, 3, 0]));
}

#[test]
fn labels_and_categories_become_rows() {
    let labels = one_hot_labels(&Array::row([1, 0]), OneHot { num_classes: 3 }).unwrap();
    assert_eq!((labels.shape(), labels.values()), (&[2, 3][..], &[0.0, 1.0, 0.0, 1.0, 0.0, 0.0][..]));
    let error = one_hot_labels(&Array::row([3]), OneHot { num_classes: 3 }).unwrap_err();
    assert!(matches!(error, FeatureError::Label { label: 3, num_classes: 3 }), "{error}");
    // What is outside counts nowhere, and a weight needs an index.
    let encoder = CategoryEncoder::new(&CategoryEncoding { num_tokens: 2, output_mode: OutputMode::Count }).unwrap();
    assert_eq!(encoder.apply(&Array::row([-1, 1, 2, 1])).unwrap().values(), [0.0, 2.0]);
    assert!(encoder.apply_weighted(&Array::row([0, 1]), &Array::row([1.0])).is_err());
    let huge =
        CategoryEncoder::new(&CategoryEncoding { num_tokens: 1 << 24, output_mode: OutputMode::OneHot }).unwrap();
    let error = huge.apply(&Array::row([0; 17])).unwrap_err();
    assert!(matches!(error, FeatureError::TooLarge { rows: 17, .. }), "{error}");
}

#[test]
fn settings_that_cannot_work_are_named() {
    #[track_caller]
    fn refused(feature: Feature, message: &str) {
        let error = feature.validate().unwrap_err().to_string();
        assert!(error.contains(message), "{error}, not {message}");
    }
    let lookup = |lookup: StringLookup| Feature::StringLookup(lookup);
    let words = || StringLookup::new(["a".to_string(), "b".to_string()]);
    refused(lookup(StringLookup::new(["a".to_string(), "a".to_string()])), "`vocabulary` is \"a\"");
    refused(lookup(StringLookup::new([])), "`vocabulary` is 0");
    refused(lookup(StringLookup { max_tokens: Some(1), ..StringLookup::default() }), "`max_tokens` is 1");
    refused(lookup(StringLookup { max_tokens: Some(2), ..words() }), "`vocabulary` is 2");
    refused(lookup(StringLookup { pad_to_max_tokens: true, ..words() }), "`max_tokens` is None");
    refused(lookup(StringLookup { mask_token: Some("b".into()), ..words() }), "`mask_token` is \"b\"");
    refused(lookup(StringLookup { invert: true, oov_token: "b".into(), ..words() }), "`oov_token` is \"b\"");
    refused(lookup(StringLookup { output_mode: OutputMode::TfIdf, ..words() }), "`idf_weights` is None");
    refused(lookup(StringLookup { idf_weights: Some(vec![1.0; 2]), ..words() }), "they go with");
    let unmatched = StringLookup { idf_weights: Some(vec![1.0]), output_mode: OutputMode::TfIdf, ..words() };
    refused(lookup(unmatched), "`idf_weights` is 1");
    let salted = IntegerLookup { salt: Some(Salt::One(1)), ..IntegerLookup::new([1]) };
    refused(Feature::IntegerLookup(salted), "`salt`");
    refused(Feature::Discretization(Discretization::new([2.0, 1.0])), "ascending");
    refused(Feature::Discretization(Discretization::new([f32::INFINITY])), "finite");
    refused(Feature::Discretization(Discretization { epsilon: 0.0, ..Discretization::adaptive(3) }), "`epsilon` is 0");
    refused(Feature::Hashing(Hashing::new(0)), "`num_bins` is 0");
    refused(Feature::Hashing(Hashing { output_mode: OutputMode::TfIdf, ..Hashing::new(3) }), "tf_idf");
    let batch = Normalization { axis: Axes(vec![0]), ..Normalization::default() };
    refused(Feature::Normalization(batch), "`axis` is [0]");
    let negative = Normalization { moments: Some(Moments::of_all(0.0, -1.0)), ..Normalization::default() };
    refused(Feature::Normalization(negative), "`variance` is -1");
    let text = |text: TextVectorization| Feature::TextVectorization(text);
    refused(text(TextVectorization { ngrams: Some(Ngrams::UpTo(0)), ..TextVectorization::default() }), "`ngrams` is 0");
    let counted = TextVectorization {
        output_mode: OutputMode::Count,
        output_sequence_length: Some(3),
        ..TextVectorization::default()
    };
    refused(text(counted), "`output_sequence_length` is 3");
    let mut long = StringLookup::new(["x".repeat(500), "x".repeat(500)]);
    long.max_tokens = Some(7);
    let error = long.validate().unwrap_err().to_string();
    assert!(error.len() < 200 && error.contains('…'), "{error}");
}
