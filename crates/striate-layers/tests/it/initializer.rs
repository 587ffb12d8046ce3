use striate_core::Streams;
use striate_layers::{Dense, FanMode, Fans, Initializer, LayerConfig, LayerSpec, ScaledDistribution};

/// Mean, variance and largest size of many draws.
fn moments(initializer: Initializer, fans: Fans) -> (f64, f64, f32) {
    let values = initializer.draw(&[100_000], fans, &mut Streams::new(1).open("draw"));
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
    assert_eq!(Initializer::Zeros.draw(&[3], fans, &mut stream), [0.0; 3]);
    assert_eq!(Initializer::Ones.draw(&[3], fans, &mut stream), [1.0; 3]);
    assert_eq!(Initializer::Constant { value: 0.3 }.draw(&[3], fans, &mut stream), [0.3; 3]);
}

fn fans() -> Fans {
    Fans { fan_in: 30, fan_out: 70 }
}

fn draw(initializer: Initializer, shape: &[usize]) -> Vec<f32> {
    initializer.draw(shape, Fans::of(shape), &mut Streams::new(2).open("draw"))
}

#[test]
fn normals_have_the_moments_of_their_formulas() {
    // Name, standard deviation, limit in standard deviations of the uncut normal.
    let cut = 0.879_625_661;
    let cases = [
        (Initializer::GlorotNormal, (2.0 / 100f64).sqrt(), Some(2.0 / cut)),
        (Initializer::HeNormal, (2.0 / 30f64).sqrt(), Some(2.0 / cut)),
        (Initializer::LecunNormal, (1.0 / 30f64).sqrt(), Some(2.0 / cut)),
        (Initializer::KaimingNormal { mode: FanMode::FanOut }, (2.0 / 70f64).sqrt(), None),
        (Initializer::KaimingUniform { mode: FanMode::FanIn }, (2.0 / 30f64).sqrt(), Some(3f64.sqrt())),
        (Initializer::TruncatedNormal { mean: 0.0, std: 0.5 }, 0.5 * cut, Some(2.0 / cut)),
        (
            Initializer::VarianceScaling {
                scale: 0.1,
                mode: FanMode::FanAvg,
                distribution: ScaledDistribution::UntruncatedNormal,
            },
            (0.1 / 50f64).sqrt(),
            None,
        ),
    ];
    for (initializer, std, limit) in cases {
        let (mean, variance, most) = moments(initializer, fans());
        assert!(mean.abs() < 0.02 * std, "{initializer:?}: mean {mean}");
        assert!((variance.sqrt() / std - 1.0).abs() < 0.01, "{initializer:?}: std {}", variance.sqrt());
        match limit {
            Some(limit) => {
                assert!((0.99..1.0001).contains(&(f64::from(most) / std / limit)), "{initializer:?}: {most}")
            }
            None => assert!(f64::from(most) > 3.5 * std, "{initializer:?}: {most}"),
        }
    }
}

#[test]
fn glorot_he_and_lecun_are_cases_of_variance_scaling() {
    let scaling = |scale, mode, distribution| Initializer::VarianceScaling { scale, mode, distribution };
    let (uniform, normal) = (ScaledDistribution::Uniform, ScaledDistribution::TruncatedNormal);
    let pairs = [
        (Initializer::GlorotUniform, scaling(1.0, FanMode::FanAvg, uniform)),
        (Initializer::GlorotNormal, scaling(1.0, FanMode::FanAvg, normal)),
        (Initializer::HeUniform, scaling(2.0, FanMode::FanIn, uniform)),
        (Initializer::HeNormal, scaling(2.0, FanMode::FanIn, normal)),
        (Initializer::LecunUniform, scaling(1.0, FanMode::FanIn, uniform)),
        (Initializer::LecunNormal, scaling(1.0, FanMode::FanIn, normal)),
    ];
    for (name, scaling) in pairs {
        assert_eq!(name.distribution(fans()), scaling.distribution(fans()));
    }
}

#[test]
fn orthogonal_rows_or_columns_are_orthogonal_and_have_the_gain_as_norm() {
    for shape in [vec![5, 5], vec![3, 8], vec![8, 3], vec![6, 2, 2, 3], vec![40, 2, 3], vec![7]] {
        let rows = shape[0];
        let columns: usize = shape[1..].iter().product();
        let values = draw(Initializer::Orthogonal { gain: 2.0 }, &shape);
        let at = |vector: usize, place: usize| {
            let place = if rows <= columns { vector * columns + place } else { place * columns + vector };
            f64::from(values[place])
        };
        let (count, length) = (rows.min(columns), rows.max(columns));
        for a in 0..count {
            for b in 0..count {
                let product: f64 = (0..length).map(|place| at(a, place) * at(b, place)).sum();
                let want = if a == b { 4.0 } else { 0.0 };
                assert!((product - want).abs() < 1e-5, "{shape:?}: {a} times {b} is {product}");
            }
        }
    }
    // Both signs come: the diagonal isn't biased.
    let first =
        |seed| Initializer::Orthogonal { gain: 1.0 }.draw(&[2, 2], fans(), &mut Streams::new(seed).open("w"))[0];
    let positive = (0..200).filter(|seed| first(*seed) > 0.0).count();
    assert!((60..140).contains(&positive), "{positive} of 200");
}

#[test]
fn identity_is_the_unit_matrix_or_the_middle_of_a_kernel() {
    assert_eq!(draw(Initializer::Identity, &[2, 3]), [1.0, 0.0, 0.0, 0.0, 1.0, 0.0]);
    let kernel = draw(Initializer::Identity, &[2, 2, 1, 3]);
    assert_eq!(kernel, [0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0]);
}

#[test]
fn bilinear_is_fcns_kernel_for_each_channel_alone() {
    // `upsample_filt(4)` and `upsample_filt(3)` of FCN's surgery.py, one side.
    let four = [0.25, 0.75, 0.75, 0.25];
    let three = [0.5, 1.0, 0.5];
    let product = |a: &[f32], b: &[f32]| -> Vec<f32> { a.iter().flat_map(|x| b.iter().map(move |y| x * y)).collect() };
    let zeros = vec![0.0; 16];
    let full = product(&four, &four);
    let wanted = [full.clone(), zeros.clone(), zeros, full.clone()].concat();
    assert_eq!(draw(Initializer::Bilinear, &[2, 2, 4, 4]), wanted);
    assert_eq!(draw(Initializer::Bilinear, &[2, 1, 4, 4]), [full.clone(), full].concat());
    assert_eq!(draw(Initializer::Bilinear, &[1, 1, 3, 4]), product(&three, &four));
}

#[test]
fn initializers_are_names_in_files() {
    let read = |json: &str| serde_json::from_str::<Initializer>(json);
    assert_eq!(read(r#""he_normal""#).unwrap(), Initializer::HeNormal);
    assert_eq!(read(r#"{"orthogonal": {}}"#).unwrap(), Initializer::Orthogonal { gain: 1.0 });
    let kaiming = Initializer::KaimingNormal { mode: FanMode::FanOut };
    assert_eq!(read(r#"{"kaiming_normal": {"mode": "fan_out"}}"#).unwrap(), kaiming);
    assert!(read(r#"{"orthogonal": {"gian": 1}}"#).is_err());
    assert!(read(r#""he_norm""#).is_err());
}

#[test]
fn wrong_numbers_are_refused() {
    let wrong = [
        Initializer::Constant { value: f32::NAN },
        Initializer::Uniform { low: 1.0, high: 0.0 },
        Initializer::Uniform { low: f32::MIN, high: f32::MAX },
        Initializer::Normal { mean: 0.0, std: -1.0 },
        Initializer::TruncatedNormal { mean: f32::INFINITY, std: 1.0 },
        Initializer::KaimingUniform { mode: FanMode::FanAvg },
        Initializer::KaimingNormal { mode: FanMode::FanAvg },
        Initializer::Orthogonal { gain: f64::NAN },
        Initializer::VarianceScaling { scale: 0.0, mode: FanMode::FanIn, distribution: ScaledDistribution::Uniform },
    ];
    for initializer in wrong {
        let error = Dense::new(1).kernel_initializer(initializer).validate().expect_err("a wrong number");
        assert!(error.to_string().contains("`weight`"), "{error}");
    }
}

#[test]
fn fans_are_those_of_keras_and_pytorch() {
    let fans = |fan_in, fan_out| Fans { fan_in, fan_out };
    assert_eq!(Fans::of(&[]), fans(1, 1));
    assert_eq!(Fans::of(&[7]), fans(7, 7));
    assert_eq!(Fans::of(&[64, 128]), fans(128, 64));
    assert_eq!(Fans::of(&[32, 16, 3, 3]), fans(144, 288));
    assert_eq!(Fans::of(&[usize::MAX, 2, 3]), fans(6, usize::MAX));
    assert_eq!(Fans::keras_depthwise(&[32, 1, 3, 3], 2), fans(144, 18));
}

#[test]
fn a_bare_name_has_the_numbers_of_the_library() {
    let read = |json: &str| serde_json::from_str::<Initializer>(json);
    let cases = [
        (r#""orthogonal""#, Initializer::Orthogonal { gain: 1.0 }),
        (r#"{"orthogonal": {"gain": 2}}"#, Initializer::Orthogonal { gain: 2.0 }),
        (r#""kaiming_uniform""#, Initializer::KaimingUniform { mode: FanMode::FanIn }),
        (r#""kaiming_normal""#, Initializer::KaimingNormal { mode: FanMode::FanIn }),
        (
            r#""variance_scaling""#,
            Initializer::VarianceScaling {
                scale: 1.0,
                mode: FanMode::FanIn,
                distribution: ScaledDistribution::TruncatedNormal,
            },
        ),
        (r#""zeros""#, Initializer::Zeros),
    ];
    for (json, want) in cases {
        assert_eq!(read(json).unwrap(), want, "{json}");
        let written = serde_json::to_string(&want).unwrap();
        assert_eq!(read(&written).unwrap(), want, "{written}");
    }
    for wrong in [r#""constant""#, r#""uniform""#, r#""normal""#, r#""orthodox""#, r#"{"zeros": {"value": 1}}"#] {
        assert!(read(wrong).is_err(), "{wrong}");
    }
    let dense = r#"{"kind": "dense", "units": 3, "kernel": {"initializer": "orthogonal"}}"#;
    let want = Dense::new(3).kernel_initializer(Initializer::Orthogonal { gain: 1.0 });
    assert_eq!(serde_json::from_str::<LayerConfig>(dense).unwrap(), want.into());
}
