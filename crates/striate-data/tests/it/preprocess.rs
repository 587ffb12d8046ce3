//! From pictures to networks' inputs.

use striate_core::{Fit, Interpolation, PixelOrder, Preprocessing, Streams};
use striate_data::{Picture, preprocess, preprocess_to_vec};

fn picture(height: usize, width: usize, channels: usize, pixels: &[u8]) -> Picture {
    Picture::new(height, width, channels, pixels.to_vec()).unwrap()
}

/// Leaves values as they are.
fn plain(order: PixelOrder, size: [usize; 2]) -> Preprocessing {
    let base = if order == PixelOrder::Gray { Preprocessing::gray(size) } else { Preprocessing::rgb(size) };
    Preprocessing { pixel_order: order, scale: 1.0, ..base }
}

#[track_caller]
fn check(picture: &Picture, how: &Preprocessing, expected: &[f32]) {
    assert_eq!(preprocess_to_vec(picture, how), expected);
}

#[test]
fn channels_are_ordered_and_converted() {
    let color = picture(1, 2, 3, &[10, 20, 30, 255, 0, 0]);
    check(&color, &plain(PixelOrder::Rgb, [1, 2]), &[10.0, 255.0, 20.0, 0.0, 30.0, 0.0]);
    check(&color, &plain(PixelOrder::Bgr, [1, 2]), &[30.0, 0.0, 20.0, 0.0, 10.0, 255.0]);
    // Pillow's L of (10, 20, 30) is 18, of red 76.
    check(&color, &plain(PixelOrder::Gray, [1, 2]), &[18.0, 76.0]);

    let gray = picture(2, 1, 1, &[7, 8]);
    check(&gray, &plain(PixelOrder::Gray, [2, 1]), &[7.0, 8.0]);
    check(&gray, &plain(PixelOrder::Rgb, [2, 1]), &[7.0, 8.0, 7.0, 8.0, 7.0, 8.0]);
    check(&gray, &plain(PixelOrder::Bgr, [2, 1]), &[7.0, 8.0, 7.0, 8.0, 7.0, 8.0]);
}

#[test]
fn inversion_comes_before_scaling_and_normalization() {
    let how = Preprocessing {
        invert: true,
        scale: 0.5,
        offset: 1.0,
        mean: vec![1.0, 2.0, 3.0],
        std: vec![1.0, 2.0, 4.0],
        ..plain(PixelOrder::Rgb, [1, 1])
    };
    // 255 - x = 255, 155, 5; halved and one more: 128.5, 78.5, 3.5.
    check(&picture(1, 1, 3, &[0, 100, 250]), &how, &[127.5, 38.25, 0.125]);
}

#[test]
fn a_crop_takes_the_middle_and_pads_with_black() {
    let how = |crop| Preprocessing { crop: Some(crop), ..plain(PixelOrder::Gray, [3, 4]) };
    let picture = picture(3, 4, 1, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    check(&picture, &how([1, 2]), &[6.0, 7.0]);
    // One row too many: half of it, rounded to the even side, is none.
    check(&picture, &how([2, 2]), &[2.0, 3.0, 6.0, 7.0]);
    check(&picture, &how([1, 6]), &[0.0, 5.0, 6.0, 7.0, 8.0, 0.0]);
    // Three columns too many: half of it, rounded to the even side, is two.
    check(&picture, &how([4, 1]), &[3.0, 7.0, 11.0, 0.0]);

    let normalized = Preprocessing { crop: Some([1, 5]), offset: 1.0, mean: vec![3.0], std: vec![2.0], ..how([1, 1]) };
    // The border is 0 before scaling.
    check(&picture, &normalized, &[1.5, 2.0, 2.5, 3.0, -1.0]);
}

#[test]
fn a_crop_keeps_channels_apart() {
    let how = Preprocessing { crop: Some([1, 1]), ..plain(PixelOrder::Rgb, [1, 3]) };
    check(&picture(1, 3, 3, &[1, 2, 3, 4, 5, 6, 7, 8, 9]), &how, &[4.0, 5.0, 6.0]);
}

#[test]
fn linear_interpolation_smooths_when_it_shrinks() {
    let how = plain(PixelOrder::Gray, [1, 2]);
    // Triangle of half-width 2 around 1: weights 3, 3, 1 of 7.
    check(&picture(1, 4, 1, &[0, 70, 140, 210]), &how, &[50.0, 160.0]);
    let how = plain(PixelOrder::Gray, [2, 1]);
    check(&picture(4, 1, 1, &[0, 70, 140, 210]), &how, &[50.0, 160.0]);
    // Both channels of color, alike.
    let color = picture(1, 4, 3, &[0, 0, 9, 70, 0, 9, 140, 0, 9, 210, 0, 9]);
    check(&color, &plain(PixelOrder::Rgb, [1, 2]), &[50.0, 160.0, 0.0, 0.0, 9.0, 9.0]);
}

#[test]
fn cubic_interpolation_has_a_of_minus_a_half() {
    let how = Preprocessing { interpolation: Interpolation::Bicubic, ..plain(PixelOrder::Gray, [1, 4]) };
    // Around 0.25 the weights are 0.8672 and -0.0703, around 0.75 0.8672 and 0.2266, each divided by their sum.
    check(&picture(1, 2, 1, &[100, 200]), &how, &[91.0, 121.0, 179.0, 209.0]);
}

#[test]
fn the_nearest_pixel_is_rounded_down() {
    let how = |size| Preprocessing { interpolation: Interpolation::Nearest, ..plain(PixelOrder::Gray, size) };
    check(&picture(1, 5, 1, &[0, 1, 2, 3, 4]), &how([1, 3]), &[0.0, 1.0, 3.0]);
    check(&picture(2, 1, 1, &[5, 6]), &how([3, 2]), &[5.0, 5.0, 5.0, 5.0, 6.0, 6.0]);
}

#[test]
fn a_picture_of_the_right_size_keeps_its_values() {
    let mut stream = Streams::new(3).open("picture");
    let noise = (0..9 * 7).map(|_| stream.below(256) as u8).collect::<Vec<_>>();
    for interpolation in [Interpolation::Nearest, Interpolation::Bilinear, Interpolation::Bicubic] {
        let how = Preprocessing { interpolation, ..plain(PixelOrder::Gray, [9, 7]) };
        let expected = noise.iter().copied().map(f32::from).collect::<Vec<_>>();
        check(&picture(9, 7, 1, &noise), &how, &expected);
    }
}

#[test]
fn resize_comes_before_crop() {
    let how =
        Preprocessing { interpolation: Interpolation::Nearest, crop: Some([2, 2]), ..plain(PixelOrder::Gray, [4, 4]) };
    check(&picture(2, 2, 1, &[1, 2, 3, 4]), &how, &[1.0, 2.0, 3.0, 4.0]);
}

/// Values that rise and fall, `[9, 14]`.
fn waves() -> Picture {
    let pixels: Vec<u8> = (0..9 * 14).map(|i: u32| ((i * i * 7 + i * 37) % 251) as u8).collect();
    picture(9, 14, 1, &pixels)
}

/// Within 1 for each value, which is how far whole numbers can be apart by rounding.
#[track_caller]
fn check_rounded(how: &Preprocessing, expected: &[f32]) {
    let got = preprocess_to_vec(&waves(), how);
    assert_eq!(got.len(), expected.len());
    assert!(got.iter().zip(expected).all(|(got, expected)| (got - expected).abs() <= 1.0), "{got:?} not {expected:?}");
}

#[test]
fn the_middle_of_a_picture_that_covers_the_size_equals_torchvisions() {
    // center_crop(resize(picture, [6]), [5, 5]), which goes by way of 6x9 px.
    let how = |interpolation| Preprocessing {
        fit: Fit::Cover,
        crop: Some([5, 5]),
        interpolation,
        ..plain(PixelOrder::Gray, [6, 6])
    };
    let linear = [
        120, 131, 127, 171, 106, 111, 107, 71, 113, 134, 112, 131, 100, 83, 54, 135, 157, 132, 128, 109, 169, 79, 129,
        163, 108,
    ];
    check_rounded(&how(Interpolation::Bilinear), &linear.map(|value: u8| value.into()));
    let cubic = [
        123, 133, 131, 179, 96, 109, 107, 59, 112, 148, 108, 134, 101, 79, 39, 143, 166, 132, 134, 108, 179, 66, 126,
        176, 109,
    ];
    check_rounded(&how(Interpolation::Bicubic), &cubic.map(|value: u8| value.into()));
    // center_crop(resize(picture, [12]), [1, 11]): 18 columns, of which 11 stay; the first row.
    let enlarged = Preprocessing { crop: Some([11, 11]), size: [12, 12], ..how(Interpolation::Bilinear) };
    let first = [174u8, 46, 65, 147, 209, 114, 195, 200, 129, 66, 209].map(f32::from);
    let got = preprocess_to_vec(&waves(), &enlarged);
    assert!(got.iter().zip(first).all(|(got, expected)| (got - expected).abs() <= 1.0), "{got:?}");
}

#[test]
fn resized_pictures_equal_pillows_where_values_are_cut_off_between_the_passes() {
    let pixels = (0..72).map(|i: usize| if i * 7919 % 13 < 6 { 255 } else { (i % 7) as u8 }).collect::<Vec<_>>();
    // Image.fromarray(pixels).resize((width, height), filter).
    let cases: [(_, [usize; 2], &[u8]); 3] = [
        (
            Interpolation::Bicubic,
            [5, 6],
            &[
                254, 191, 24, 34, 130, 224, 31, 57, 94, 211, 179, 68, 95, 207, 200, 39, 15, 167, 189, 32, 25, 172, 205,
                126, 33, 130, 222, 137, 68, 0,
            ],
        ),
        (
            Interpolation::Bicubic,
            [13, 4],
            &[
                255, 137, 0, 114, 255, 68, 59, 198, 192, 0, 162, 246, 10, 13, 246, 151, 0, 167, 185, 37, 52, 255, 88,
                17, 142, 247, 9, 117, 225, 79, 0, 216, 206, 0, 101, 218, 105, 14, 255, 134, 9, 100, 255, 43, 60, 194,
                139, 3, 149, 254, 7, 0,
            ],
        ),
        (
            Interpolation::Bilinear,
            [4, 5],
            &[204, 108, 38, 142, 187, 50, 142, 165, 106, 88, 170, 92, 87, 112, 168, 69, 116, 178, 134, 23],
        ),
    ];
    for (interpolation, size, expected) in cases {
        let how = Preprocessing { interpolation, ..plain(PixelOrder::Gray, size) };
        let expected = expected.iter().copied().map(f32::from).collect::<Vec<_>>();
        check(&picture(9, 8, 1, &pixels), &how, &expected);
    }
}

#[test]
fn without_antialiasing_only_the_nearest_four_pixels_count() {
    // torchvision's resize(picture, [4, 5], antialias=False).
    let expected = [92, 124, 100, 90, 174, 211, 138, 66, 35, 84, 33, 150, 117, 149, 136, 204, 84, 207, 30, 119];
    let how = Preprocessing { antialias: false, ..plain(PixelOrder::Gray, [4, 5]) };
    check_rounded(&how, &expected.map(|value: u8| value.into()));
}

#[test]
fn a_thin_picture_covers_a_size_in_bounded_memory() {
    // Whole it would be 64 px high and 640 million wide.
    let thin = picture(1, 10_000_000, 1, &vec![9; 10_000_000]);
    for interpolation in [Interpolation::Nearest, Interpolation::Bilinear] {
        let how = Preprocessing { fit: Fit::Cover, interpolation, ..plain(PixelOrder::Gray, [64, 64]) };
        check(&thin, &how, &[9.0; 64 * 64]);
    }
}

#[test]
#[should_panic(expected = "another size")]
fn an_output_of_the_wrong_length_panics() {
    preprocess(&picture(1, 1, 1, &[0]), &Preprocessing::gray([1, 1]), &mut [0.0; 2]);
}
