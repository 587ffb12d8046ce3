use burn::Tensor;
use burn::tensor::TensorData;
use striate_backend::devices;
use striate_backend::ops::{Pointwise, pointwise};

#[test]
fn tanh_and_its_gradient_are_right_on_every_device() {
    let values: Vec<f32> = (-60..60).map(|i| i as f32 * 0.1).collect();
    for (name, device) in devices() {
        println!("device {name}: tanh");
        let device = device.autodiff();
        let x = Tensor::<2>::from_data(TensorData::new(values.clone(), [4, 30]), &device).require_grad();
        // Transposed, so that the values aren't in rows.
        let y = pointwise(x.clone().transpose(), Pointwise::Tanh).transpose();
        let grads = y.clone().sum().backward();
        let (y, slope) = (y.inner().into_data(), x.grad(&grads).unwrap().into_data());
        for ((x, y), slope) in values.iter().zip(y.iter::<f32>()).zip(slope.iter::<f32>()) {
            let want = f64::from(*x).tanh();
            assert!((f64::from(y) - want).abs() < 1e-5, "{name}: tanh({x}) is {y}");
            assert!((f64::from(slope) - (1.0 - want * want)).abs() < 1e-5, "{name}: slope at {x} is {slope}");
        }
    }
}

#[test]
fn tanh_leaves_a_tensor_that_others_read_as_it_is() {
    for (name, device) in devices() {
        let x = Tensor::<1>::ones([3], &device);
        let _ = pointwise(x.clone(), Pointwise::Tanh);
        assert_eq!(x.into_data().iter::<f32>().collect::<Vec<_>>(), [1.0; 3], "{name}");
    }
}
