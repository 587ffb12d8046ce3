//! Configs as data, and the shape rule beside what `forward` gives.

use burn::Tensor;
use proptest::prelude::*;
use striate_backend::device;
use striate_core::Streams;
use striate_layers::{
    Activation, AvgPool2d, Context, Conv2d, Dense, Flatten, LayerConfig, LayerModule, MaxPool2d, Padding, Shape,
    Signature, Size2,
};

fn padding() -> impl Strategy<Value = Padding> {
    prop_oneof![
        Just(Padding::Valid),
        Just(Padding::Same),
        proptest::array::uniform4(0usize..3).prop_map(|[a, b, c, d]| Padding::Explicit([[a, b], [c, d]])),
    ]
}

fn size(most: usize) -> impl Strategy<Value = Size2> {
    [1..=most, 1..=most].prop_map(Size2)
}

fn layer() -> impl Strategy<Value = LayerConfig> {
    prop_oneof![
        (1usize..5, size(4), size(3), padding(), size(2), 1usize..4).prop_map(
            |(filters, kernel, stride, padding, dilation, groups)| {
                Conv2d::new(filters, kernel)
                    .stride(stride)
                    .padding(padding)
                    .dilation(dilation)
                    .groups(groups)
                    .activation(Activation::Relu)
                    .into()
            }
        ),
        (size(4), size(3), padding())
            .prop_map(|(pool, stride, padding)| AvgPool2d::new(pool).stride(stride).padding(padding).into()),
        (size(4), size(3), padding())
            .prop_map(|(pool, stride, padding)| MaxPool2d::new(pool).stride(stride).padding(padding).into()),
        (1usize..5).prop_map(|units| Dense::new(units).into()),
        Just(Flatten::new().into()),
        prop_oneof![Just(Activation::Tanh), Just(Activation::Sigmoid), Just(Activation::Linear)].prop_map(Into::into),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn shape_rule_equals_the_output_and_config_survives_json(
        layer in layer(),
        sides in [1usize..7, 1usize..9, 1usize..9],
    ) {
        let json = serde_json::to_string(&layer).unwrap();
        prop_assert_eq!(&serde_json::from_str::<LayerConfig>(&json).unwrap(), &layer);
        let inputs = [Signature::float(sides)];
        let Ok(want) = layer.output(&inputs) else { return Ok(()) };
        let device = device("flex").unwrap();
        let module = layer.build(&inputs, &Streams::new(0).scope("layer"), &device);
        let images = Tensor::<4>::ones([2, sides[0], sides[1], sides[2]], &device);
        let output = module.call(vec![images.into()], &mut Context::evaluation());
        prop_assert_eq!(output.signature(), want.clone());
        prop_assert_eq!(Some(layer.cost(&inputs).activations as usize), want.shape.elements());
    }
}

#[test]
fn unknown_values_in_json_are_errors() {
    let wrong = [
        r#"{"kind": "conv4d", "filters": 1}"#,
        r#"{"kind": "conv2d", "filters": 1}"#,
        r#"{"kind": "conv2d", "filters": 1, "kernel_size": 3, "kernal": 3}"#,
        r#"{"kind": "conv2d", "filters": -1, "kernel_size": 3}"#,
        r#"{"kind": "conv2d", "filters": 1, "kernel_size": [3, 3, 3]}"#,
        r#"{"kind": "conv2d", "filters": 1, "kernel_size": 3, "padding": "sane"}"#,
        r#"{"kind": "activation", "function": "relo"}"#,
        r#"{"kind": "dense", "units": 1, "activation": {"function": "tanh", "slope": 1}}"#,
        r#"{"kind": "flatten", "axis": 1}"#,
    ];
    for wrong in wrong {
        assert!(serde_json::from_str::<LayerConfig>(wrong).is_err(), "{wrong}");
    }
    let short = r#"{"kind": "conv2d", "filters": 2, "kernel_size": [3, 5], "padding": "same"}"#;
    assert_eq!(serde_json::from_str::<LayerConfig>(short).unwrap(), Conv2d::new(2, [3, 5]).same().into());
}

#[test]
fn same_average_counts_pixels_within_the_picture_only() {
    // TensorFlow: windows of 3 with stride 2 over 1 to 16, the padding after the end, gives 7.5 at the end.
    let device = device("flex").unwrap();
    let images = Tensor::<1>::from_floats(std::array::from_fn::<f32, 16, _>(|i| i as f32 + 1.0), &device);
    let pooled = AvgPool2d::new(3).stride(2).same().forward(images.reshape([1, 1, 4, 4]));
    let values: Vec<f32> = pooled.into_data().iter::<f32>().collect();
    assert_eq!(values, [6.0, 7.5, 12.0, 13.5]);
}

#[test]
fn shape_is_written_with_its_unknown_sides() {
    assert_eq!(Shape::from([Some(3), None]).to_string(), "[3, ?]");
    assert_eq!(Signature::int([4]).to_string(), "[4] of whole numbers");
    assert_eq!(Shape::new([Some(usize::MAX), Some(2)]).elements(), None);
}
