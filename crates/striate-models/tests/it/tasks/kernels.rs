//! Fixed kernels as a network.

use burn::Tensor;
use burn::tensor::TensorData;
use striate_models::tasks::Kernel;

/// The cross-correlation with zeros around, in plain loops.
fn by_hand(picture: &[f32], [height, width]: [usize; 2], kernel: Kernel) -> Vec<f32> {
    let (size, weights) = (kernel.size() as i64, kernel.weights());
    let at = |row: i64, column: i64| match (usize::try_from(row), usize::try_from(column)) {
        (Ok(row), Ok(column)) if row < height && column < width => picture[row * width + column],
        _ => 0.0,
    };
    let value = |place: usize| {
        let (row, column) = ((place / width) as i64, (place % width) as i64);
        let each =
            (0..size * size).map(|k| weights[k as usize] * at(row + k / size - size / 2, column + k % size - size / 2));
        each.sum()
    };
    (0..height * width).map(value).collect()
}

#[test]
fn network_gives_each_kernels_correlation_for_each_channel() {
    let device = striate_backend::device("flex").unwrap();
    let [height, width] = [9, 13];
    let pictures: Vec<f32> =
        (0..2 * height * width).map(|place| ((place * 37 + place / 5) % 101) as f32 / 100.0).collect();
    let network = Kernel::network(Kernel::ALL, 2, &device).unwrap();
    let input = Tensor::<4>::from_data(TensorData::new(pictures.clone(), [1, 2, height, width]), &device);
    let output: Tensor<4> = network.forward(input);
    assert_eq!(output.dims(), [1, 2 * Kernel::ALL.len(), height, width]);
    let values: Vec<f32> = output.into_data().iter().collect();
    for (channel, picture) in pictures.chunks(height * width).enumerate() {
        for (number, &kernel) in Kernel::ALL.iter().enumerate() {
            let map = &values[(channel * Kernel::ALL.len() + number) * height * width..][..height * width];
            for (got, wanted) in map.iter().zip(by_hand(picture, [height, width], kernel)) {
                assert!((got - wanted).abs() < 1e-4, "{kernel}: {got}, not {wanted}");
            }
        }
    }
}

#[test]
fn kernels_sum_to_what_they_are_for() {
    for &kernel in Kernel::ALL {
        let sum: f32 = kernel.weights().iter().sum();
        let is_edge = kernel.name().starts_with("edges") || kernel.name().starts_with("sobel");
        assert!((sum - if is_edge { 0.0 } else { 1.0 }).abs() < 1e-6, "{kernel}: {sum}");
        assert_eq!(kernel.name().parse::<Kernel>().unwrap(), kernel);
    }
    // Twice the picture less the blur.
    let twice = Kernel::Gaussian5.weights().into_iter().enumerate().map(|(at, w)| if at == 12 { 2.0 - w } else { -w });
    assert_eq!(Kernel::Unsharp5.weights(), twice.collect::<Vec<_>>());
}

#[test]
fn what_cannot_be_is_said() {
    let device = striate_backend::device("flex").unwrap();
    assert!(Kernel::network(&[], 1, &device).unwrap_err().to_string().contains("`kernels` is 0"));
    assert!(Kernel::network(&[Kernel::Sharpen], 0, &device).unwrap_err().to_string().contains("`channels` is 0"));
    let message = "sharpn".parse::<Kernel>().unwrap_err().to_string();
    assert!(message.contains("did you mean \"sharpen\"?"), "{message}");
}
