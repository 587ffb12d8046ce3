//! Maps by t-SNE.

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

#[test]
fn neighbours_on_the_map_are_of_the_same_cluster() {
    for theta in [0.0, 0.5] {
        for components in [0, 5] {
            let tsne = TSne { perplexity: 8.0, epochs: 500, components, theta };
            let places = tsne.run(&clusters(), 10).unwrap();
            assert_eq!(places, tsne.run(&clusters(), 10).unwrap(), "the map is the same again");
            let nearest = |row: usize| {
                let distance =
                    |other: &usize| (places[row][0] - places[*other][0]).hypot(places[row][1] - places[*other][1]);
                (0..60).filter(|other| *other != row).min_by(|a, b| distance(a).total_cmp(&distance(b))).unwrap()
            };
            let alike = (0..60).filter(|&row| nearest(row) / 20 == row / 20).count();
            assert!(alike >= 58, "{alike} of 60, theta {theta}, {components} components");
        }
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
    assert!(run(|tsne| tsne.theta = 1.5).contains("`theta` is 1.5"));
    assert!(run(|tsne| tsne.epochs = 0).contains("`epochs` is 0"));
    assert!(TSne::default().run(&[1.0, 2.0, 3.0], 1).unwrap_err().to_string().contains("4 to 20000 rows"));
    // Equal rows have no direction to begin with.
    let equal = TSne { perplexity: 1.0, epochs: 10, ..TSne::default() };
    assert_eq!(equal.run(&[1.0; 12], 2).unwrap().len(), 6);
}
