//! YOLO v1's loss.

use burn::Tensor;
use striate_backend::device;
use striate_layers::losses::YoloV1;

/// One cell of one box and one class, with an object in its middle.
fn cell(width: f32, height: f32) -> (f32, Vec<f32>) {
    let device = device("flex").unwrap().autodiff();
    let input = [0.5, 0.5, width, height, 1.0, 1.0];
    let input = Tensor::<1>::from_floats(input, &device).reshape([1, 1, 1, 6]).require_grad();
    let target = Tensor::<1>::from_floats([0.5, 0.5, 0.25, 0.25, 1.0, 1.0], &device).reshape([1, 1, 1, 6]);
    let loss = YoloV1::new().grid(1).boxes(1).classes(1).forward(input.clone(), target);
    let gradient = input.grad(&loss.backward()).unwrap().into_data().iter::<f32>().collect();
    (loss.into_scalar(), gradient)
}

#[test]
fn yolo_box_with_a_negative_side_is_led_back() {
    assert_eq!(cell(0.25, 0.25).0, 0.0);
    for side in [-1e4, -0.25, -1e-7, 0.0, 1e-7, 1e-3] {
        let (loss, gradient) = cell(side, 0.25);
        assert!(loss.is_finite() && gradient.iter().all(|slope| slope.is_finite()), "{side}: {loss} {gradient:?}");
        assert!(gradient[2] < 0.0, "{side}: {gradient:?}");
    }
    // 5 * (-0.5 - 0.5)², and a confidence of 1 where the IoU is 0.
    assert_eq!(cell(-0.25, 0.25).0, 6.0);
}

#[test]
fn yolo_makes_the_first_of_equal_boxes_responsible() {
    let device = device("flex").unwrap();
    let boxes = [0.5, 0.5, 0.2, 0.2, 0.5, 0.5, 0.5, 0.2, 0.2, 0.25, 0.0];
    let input = Tensor::<1>::from_floats(boxes, &device).reshape([1, 1, 1, 11]);
    let target = Tensor::<1>::from_floats([0.5, 0.5, 0.2, 0.2, 1.0, 1.0], &device).reshape([1, 1, 1, 6]);
    let parts = YoloV1::new().grid(1).boxes(2).classes(1).components(input, target);
    let parts = [parts.coord, parts.object, parts.no_object, parts.class].map(|part| part.into_scalar::<f32>());
    let want = [0.0, 0.25, 0.0625, 1.0];
    assert!(parts.iter().zip(want).all(|(got, want)| (got - want).abs() < 1e-6), "{parts:?}");
}
