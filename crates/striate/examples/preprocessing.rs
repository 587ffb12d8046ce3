//! Lookups, hashing into bins, and bigrams with tf-idf: what Keras's preprocessing layers give.

use std::error::Error;

use striate::core::features::{Hashing, IntegerLookup, Ngrams, OutputMode, Salt, StringLookup, TextVectorization};
use striate::data::features::{AdaptLookup, AdaptText, Array, Hasher, LookupTable, TextVectorizer, adapt};

fn main() -> Result<(), Box<dyn Error>> {
    println!("strings as one-hot rows: {:?}", strings()?);
    println!("whole numbers as one-hot rows: {:?}", integers()?);
    let bins = hashed(0..10_000)?;
    println!("10,000 numbers in {} bins, {} in the fullest", bins.len(), bins.iter().max().unwrap_or(&0));
    let (vocabulary, rows) = bigrams()?;
    for row in rows {
        let known: Vec<_> = vocabulary.iter().zip(row).filter(|(_, weight)| *weight > 0.0).collect();
        println!("{known:?}");
    }
    Ok(())
}

type Rows = Vec<Vec<f32>>;

/// "a" to "e" and nothing, by what was learned of a, b and c.
pub(crate) fn strings() -> Result<Rows, Box<dyn Error>> {
    let settings = StringLookup { output_mode: OutputMode::OneHot, ..StringLookup::default() };
    let seen = ["a", "b", "c", "b", "c", "a"].map(|word| [word.to_owned()]);
    let lookup = LookupTable::new(&adapt(AdaptLookup::new(settings)?, seen)?)?;
    let encoded = lookup.apply(&Array::row(["a", "b", "c", "d", "e", ""].map(str::to_owned)))?.to_f32();
    Ok(encoded.values().chunks(4).map(<[f32]>::to_vec).collect())
}

/// 10 to 60 and 0, by what was learned of 10, 20, 30 and 0.
pub(crate) fn integers() -> Result<Rows, Box<dyn Error>> {
    let settings = IntegerLookup { output_mode: OutputMode::OneHot, ..IntegerLookup::default() };
    let seen = [10, 20, 20, 10, 30, 0].map(|number| [number]);
    let lookup = LookupTable::new(&adapt(AdaptLookup::new(settings)?, seen)?)?;
    let encoded = lookup.apply(&Array::row([10, 10, 20, 50, 60, 0]))?.to_f32();
    Ok(encoded.values().chunks(5).map(<[f32]>::to_vec).collect())
}

/// How many of the numbers come into each of 64 bins.
pub(crate) fn hashed(numbers: impl IntoIterator<Item = i64>) -> Result<Vec<usize>, Box<dyn Error>> {
    let hasher = Hasher::new(&Hashing { salt: Some(Salt::One(1337)), ..Hashing::new(64) })?;
    let bins = hasher.apply_integers(&Array::row(numbers.into_iter().collect::<Vec<_>>()))?.to_f32();
    let mut counts = vec![0; 64];
    bins.values().iter().for_each(|&bin| counts[bin as usize] += 1);
    Ok(counts)
}

/// Words and pairs of words, and their weights in two lines.
pub(crate) fn bigrams() -> Result<(Vec<String>, Rows), Box<dyn Error>> {
    let settings = TextVectorization {
        ngrams: Some(Ngrams::UpTo(2)),
        output_mode: OutputMode::TfIdf,
        ..TextVectorization::default()
    };
    let poem = [
        "The Brain is wider than the Sky",
        "For put them side by side",
        "The one the other will contain",
        "With ease and You beside",
    ];
    let learned = adapt(AdaptText::new(settings)?, poem.map(|line| [line.to_owned()]))?;
    let vectorizer = TextVectorizer::new(&learned)?;
    let lines = ["The Brain is deeper than the sea", "side by side, you!"].map(str::to_owned);
    let vocabulary = vectorizer.lookup().all_tokens();
    let weights = vectorizer.apply(&Array::row(lines))?.to_f32();
    Ok((vocabulary.clone(), weights.values().chunks(vocabulary.len()).map(<[f32]>::to_vec).collect()))
}
