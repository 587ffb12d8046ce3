//! Maps by t-SNE.

use rayon::ThreadPoolBuilder;
use striate_core::Streams;
use striate_explain::TSne;

/// Three clusters of 20 rows of 10 numbers.
fn clusters() -> Vec<f32> {
    let mut stream = Streams::new(2).open("clusters");
    (0..60)
        .flat_map(|row| (0..10).map(move |column| (row, column)))
        .map(|(row, column)| (if column == row / 20 { 8.0 } else { 0.0 }) + stream.normal())
        .collect()
}

fn distance(a: [f32; 2], b: [f32; 2]) -> f32 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}

#[test]
fn neighbours_on_the_map_are_of_the_same_cluster() {
    for components in [0, 5] {
        let tsne = TSne { perplexity: 8.0, epochs: 500, components };
        let places = tsne.run(&clusters(), 10).unwrap();
        let others = |row: usize| (0..60).filter(move |other| *other != row);
        let far = |row: usize, other: usize| distance(places[row], places[other]);
        let nearest = |row: usize| others(row).min_by(|a, b| far(row, *a).total_cmp(&far(row, *b))).unwrap();
        assert!((0..60).all(|row| nearest(row) / 20 == row / 20), "{components} components");
        // The clusters are apart: the furthest of one's own is nearer than the nearest of the others.
        let own = |row: usize| others(row).filter(|o| o / 20 == row / 20).map(|o| far(row, o)).fold(0.0, f32::max);
        let foreign =
            |row: usize| others(row).filter(|o| o / 20 != row / 20).map(|o| far(row, o)).fold(f32::MAX, f32::min);
        assert!((0..60).all(|row| own(row) < foreign(row)), "{components} components");
    }
}

#[test]
fn map_is_the_same_bit_for_bit_with_any_number_of_threads() {
    let tsne = TSne { perplexity: 8.0, epochs: 400, ..TSne::default() };
    let bits = |threads: usize| {
        let pool = ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let places = pool.install(|| tsne.run(&clusters(), 10)).unwrap();
        places.into_iter().map(|place| place.map(f32::to_bits)).collect::<Vec<_>>()
    };
    let one = bits(1);
    for threads in [1, 2, 5] {
        assert_eq!(bits(threads), one, "{threads} threads");
    }
}

#[test]
fn equal_rows_lie_together_and_the_rest_is_mapped_as_ever() {
    // The first row of each cluster ten times more, which is more than the perplexity asks for.
    let mut rows = clusters();
    for copy in 0..30 {
        let from = copy % 3 * 200;
        rows.extend_from_within(from..from + 10);
    }
    let places = TSne { perplexity: 8.0, epochs: 500, components: 0 }.run(&rows, 10).unwrap();
    assert!(places.iter().flatten().all(|value| value.is_finite()));
    let extent = (0..90).map(|row| distance(places[row], places[0])).fold(0.0, f32::max);
    for copy in 0..30 {
        let from = copy % 3 * 20;
        assert!(distance(places[60 + copy], places[from]) < 1e-2 * extent, "{copy}: {extent}");
        assert!((1..20).all(|other| distance(places[from], places[from + other]) > 0.0));
    }
    // Rows that are all equal have no direction to begin with, and all lie in one place.
    let equal = TSne { perplexity: 1.0, epochs: 10, ..TSne::default() };
    assert_eq!(equal.run(&[1.0; 12], 2).unwrap(), [[0.0; 2]; 6]);
}

#[test]
fn numbers_of_any_size_give_the_same_map() {
    let tsne = TSne { perplexity: 8.0, epochs: 5, components: 0 };
    let scaled = |by: f32| {
        let rows: Vec<_> = clusters().iter().map(|value| value * by).collect();
        tsne.run(&rows, 10).unwrap()
    };
    let plain = scaled(1.0);
    for by in [1e-12, 1e15] {
        assert!(scaled(by).iter().zip(&plain).all(|(a, b)| distance(*a, *b) < 1e-3 * distance(*b, [0.0; 2])), "{by}");
    }
}

#[test]
fn options_that_cannot_be_used_are_errors() {
    let run = |change: fn(&mut TSne)| {
        let mut tsne = TSne { perplexity: 8.0, ..TSne::default() };
        change(&mut tsne);
        tsne.run(&clusters(), 10).unwrap_err().to_string()
    };
    assert!(run(|tsne| tsne.perplexity = 20.0).contains("a third of the rows"));
    assert!(run(|tsne| tsne.perplexity = f32::NAN).contains("`perplexity` is NaN"));
    assert!(run(|tsne| tsne.epochs = 0).contains("`epochs` is 0"));
    let few = TSne::default().run(&[1.0, 2.0, 3.0], 1).unwrap_err().to_string();
    assert!(few.contains("`rows` is 3") && few.contains("4 to 5000 rows"), "{few}");
    let many = TSne::default().run(&vec![0.0; 5001], 1).unwrap_err().to_string();
    assert!(many.contains("`rows` is 5001"), "{many}");
}
