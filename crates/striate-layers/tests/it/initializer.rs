use striate_core::Streams;
use striate_layers::{Fans, Initializer};

/// Mean, variance and largest size of many draws.
fn moments(initializer: Initializer, fans: Fans) -> (f64, f64, f32) {
    let values = initializer.draw(100_000, fans, &mut Streams::new(1).open("draw"));
    let n = values.len() as f64;
    let mean = values.iter().map(|v| f64::from(*v)).sum::<f64>() / n;
    let variance = values.iter().map(|v| (f64::from(*v) - mean).powi(2)).sum::<f64>() / n;
    (mean, variance, values.iter().fold(0.0, |most, v| most.max(v.abs())))
}

#[test]
fn draws_have_the_limits_and_moments_of_their_formulas() {
    let fans = Fans { fan_in: 30, fan_out: 70 };
    // Name, limit squared: Keras 3's formulas.
    let cases = [
        (Initializer::GlorotUniform, 6.0 / 100.0),
        (Initializer::HeUniform, 6.0 / 30.0),
        (Initializer::LecunUniform, 3.0 / 30.0),
        (Initializer::Uniform { low: -0.5, high: 0.5 }, 0.25),
    ];
    for (initializer, limit_squared) in cases {
        let (mean, variance, most) = moments(initializer, fans);
        let limit = f64::sqrt(limit_squared);
        assert!(f64::from(most) <= limit && f64::from(most) > 0.999 * limit, "{initializer:?}: {most}");
        assert!(mean.abs() < 0.01 * limit, "{initializer:?}: mean {mean}");
        assert!((variance / (limit_squared / 3.0) - 1.0).abs() < 0.02, "{initializer:?}: variance {variance}");
    }
    let (mean, variance, _) = moments(Initializer::Normal { mean: 2.0, std: 0.5 }, fans);
    assert!((mean - 2.0).abs() < 0.01 && (variance - 0.25).abs() < 0.005, "{mean} {variance}");
}

#[test]
fn fixed_values_are_fixed() {
    let fans = Fans { fan_in: 1, fan_out: 1 };
    let mut stream = Streams::new(1).open("draw");
    assert_eq!(Initializer::Zeros.draw(3, fans, &mut stream), [0.0; 3]);
    assert_eq!(Initializer::Ones.draw(3, fans, &mut stream), [1.0; 3]);
    assert_eq!(Initializer::Constant { value: 0.3 }.draw(3, fans, &mut stream), [0.3; 3]);
}
