//! Plots hold what they show.

use striate_core::ClassNames;
use striate_train::metrics::ConfusionMatrix;
use striate_train::{History, Split, plots};

/// A run whose loss falls over three decades.
fn history(epochs: usize, speed: f64) -> History {
    let mut history = History::default();
    for epoch in 1..=epochs {
        let at = epoch as f64;
        history.push(epoch, Split::Train, "loss", 2.0 * (-speed * at).exp() + 1e-3);
        history.push(epoch, Split::Train, "accuracy", 1.0 - 0.8 * (-speed * at).exp());
        history.push(epoch, Split::Train, "learning_rate", 1e-3 * (-speed * at).exp());
        history.push(epoch, Split::Validation, "loss", 2.0 * (-speed * 0.8 * at).exp() + 0.01 + 1e-3 * at);
        history.push(epoch, Split::Validation, "accuracy", 0.97 - 0.8 * (-speed * at).exp());
    }
    history.push(epochs, Split::Test, "accuracy", 0.95);
    history
}

fn count(svg: &str, what: &str) -> usize {
    svg.matches(what).count()
}

fn matrix(classes: usize) -> ConfusionMatrix {
    let mut matrix = ConfusionMatrix::new(classes).unwrap();
    for sample in 0..classes * 40 {
        let label = sample % classes;
        let predicted = if sample % 7 == 0 { (label + sample / 5) % classes } else { label };
        matrix.note(label, predicted).unwrap();
    }
    matrix
}

/// Keeps a picture where someone looks at it, if they say where.
fn keep(name: &str, svg: &str) {
    if let Some(folder) = std::env::var_os("STRIATE_PLOTS") {
        std::fs::write(std::path::Path::new(&folder).join(name), svg).unwrap();
    }
}

#[test]
fn curves_have_a_panel_for_each_metric_and_a_line_for_each_split() {
    let svg = plots::curves(&history(30, 0.3));
    keep("curves.svg", &svg);
    for text in ["loss (log)", "accuracy", "learning_rate (log)", "epoch"] {
        assert!(svg.contains(text), "{text}");
    }
    assert_eq!(count(&svg, "\ntrain\n"), 3);
    assert_eq!(count(&svg, "\nvalidation\n"), 2);
    assert_eq!(count(&svg, "\ntest\n"), 1);
}

#[test]
fn odd_histories_are_drawn_too() {
    let one = plots::curves(&history(1, 0.3));
    keep("one.svg", &one);
    assert!(one.contains("train"));
    assert!(plots::curves(&History::default()).starts_with("<svg"));
    let mut odd = History::default();
    for (epoch, value) in [f64::NAN, f64::INFINITY, 1e300, -1e300, 0.0].into_iter().enumerate() {
        odd.push(epoch, Split::Train, "loss, <odd> & \"long\"", value);
        odd.push(epoch, Split::Train, "nothing", f64::NAN);
    }
    let svg = plots::curves(&odd);
    assert!(svg.contains("&lt;odd&gt;") && svg.contains("nothing to show"));
}

#[test]
fn comparison_names_every_run() {
    let (slow, fast) = (history(20, 0.1), history(30, 0.4));
    let svg = plots::compare(&[("resnet18", &slow), ("vgg <16>", &fast)]);
    keep("compare.svg", &svg);
    assert_eq!(count(&svg, "resnet18, validation"), 2);
    assert_eq!(count(&svg, "vgg &lt;16&gt;, train"), 3);
}

#[test]
fn rate_finder_marks_the_suggested_rate() {
    let losses: Vec<_> = (0..80)
        .map(|at| {
            let rate = 1e-7 * 1.25f64.powi(at);
            (rate, 2.3 - 1.6 / (1.0 + (1e-3 / rate).powf(0.9)) + rate * rate * 3.0)
        })
        .collect();
    let svg = plots::learning_rate_finder(&losses, Some(3e-4));
    keep("finder.svg", &svg);
    assert!(svg.contains("suggested: 3e-4") && svg.contains("learning rate"));
    assert!(!svg.contains("\n40\n"), "a loss that flies away hides nothing");
    assert!(plots::learning_rate_finder(&[(0.0, f64::NAN)], None).contains("nothing to show"));
}

#[test]
fn matrix_names_every_class_as_far_as_there_is_room() {
    let names = ClassNames::cifar10();
    let svg = plots::confusion(&matrix(10), &names);
    keep("confusion10.svg", &svg);
    assert!(
        names.iter().all(|name| count(&svg, &format!("\n{name}\n")) == 2),
        "each name beside a row and under a column"
    );
    assert!(svg.contains("400 samples"));
    let few = plots::confusion(&matrix(3), &ClassNames::new(["a", "b", "c <d>"]));
    keep("confusion3.svg", &few);
    assert!(few.contains("c &lt;d&gt;"));
    let hundred = plots::confusion(&matrix(100), &ClassNames::cifar100());
    keep("confusion100.svg", &hundred);
    assert!(ClassNames::cifar100().iter().all(|name| count(&hundred, &format!("\n{name}\n")) == 2));
    let many = plots::confusion(&matrix(1000), &ClassNames::imagenet());
    keep("confusion1000.svg", &many);
    assert!(many.contains("150 of 1000 classes"));
    assert!(plots::confusion(&ConfusionMatrix::default(), &names).contains("0 samples"));
}
