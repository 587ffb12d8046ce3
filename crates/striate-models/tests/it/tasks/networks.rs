//! Networks made for a task.

use burn::Tensor;
use striate_layers::Context;
use striate_models::Architecture;

#[test]
fn edge_network_gives_a_map_of_the_pictures_size_for_each_stage() {
    for size in [[32, 48], [33, 37], [97, 130]] {
        let spec = Architecture::Hed.config().size(size).width(0.25).spec().unwrap();
        let outputs = spec.output_signatures();
        assert_eq!(outputs.len(), 6);
        assert!(outputs.iter().all(|output| output.shape == [1, size[0], size[1]].into()), "{size:?}");
    }
    // VGG-16's convolutions, and six of 1x1.
    let spec = Architecture::Hed.config().spec().unwrap();
    assert_eq!(spec.summary().parameters, 14_714_688 + (64 + 128 + 256 + 512 + 512 + 5) + 6);
}

#[test]
fn fused_edges_begin_as_the_mean_of_the_stages() {
    let device = striate_backend::device("flex").unwrap();
    let network = Architecture::Hed.config().size([33, 37]).width(0.1).spec().unwrap().init(2, &device);
    let images = Tensor::<4>::ones([1, 3, 33, 37], &device) * 30.0;
    let outputs = network.run(vec![images.into()], &mut Context::evaluation()).unwrap();
    let maps: Vec<_> = outputs.into_iter().map(|output| output.float::<4>()).collect();
    let mean = maps[1..].iter().cloned().reduce(|sum, map| sum + map).unwrap() / 5.0;
    let far = (mean.clone() - maps[0].clone()).abs().max().into_scalar::<f32>();
    assert!(far <= 1e-5 * mean.abs().max().into_scalar::<f32>().max(1.0), "{far}");
}
