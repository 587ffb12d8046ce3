//! Golden cases: what torchvision and OpenCV make of pictures, boxes and masks.

use serde::de::DeserializeOwned;
use striate_core::Interpolation;
use striate_data::ops::{self, Affine, Axis, Border, Canny, Displacement, Geometry, Perspective, Rect};
use striate_data::{Fill, Picture, Value};
use striate_testkit::{Case, Group};

#[test]
fn golden_image_operations_equal_the_references() {
    let Some(group) = Group::read(env!("CARGO_MANIFEST_DIR"), "imageops") else { return };
    assert!(!group.cases().is_empty(), "imageops has no case");
    let failed = group.cases().iter().filter_map(|case| run(&group, case).err()).collect::<Vec<_>>();
    assert!(failed.is_empty(), "{} cases:\n{}", failed.len(), failed.join("\n"));
    group.passed("the host");
}

fn run(group: &Group, case: &Case) -> Result<(), String> {
    if let Some(kind) = case.kind.strip_suffix("_boxes") {
        let geometry = geometry(case, kind).unwrap_or_else(|| panic!("unknown kind {}", case.kind));
        return boxes(group, case, geometry);
    }
    if let Some(kind) = case.kind.strip_suffix("_mask") {
        let geometry = geometry(case, kind).unwrap_or_else(|| panic!("unknown kind {}", case.kind));
        return equal(group, case, &warp(case, geometry, &picture_u8(group, case)));
    }
    if group.is_integer(case, "input") {
        let picture = picture_u8(group, case);
        if let Some(numbers) = to_numbers(case, &picture) {
            return close(group, case, &numbers);
        }
        let result = match case.kind.as_str() {
            "canny" => ops::canny(&picture, canny(case)),
            _ => common(group, case, picture, 1.0),
        };
        equal(group, case, &result)
    } else {
        let tensor = group.tensor(case, "input");
        let picture = interleaved(&tensor.shape, &tensor.values);
        let result = match case.kind.as_str() {
            "normalize" => ops::normalize(picture, read(case, "mean"), read(case, "std")),
            _ => match to_numbers(case, &picture) {
                Some(result) => result,
                None => common(group, case, picture, 255.0),
            },
        };
        close(group, case, &result)
    }
}

/// What gives numbers, whatever it takes.
fn to_numbers<T: Value>(case: &Case, picture: &Picture<T>) -> Option<Picture<f32>> {
    Some(match case.kind.as_str() {
        "rescale" => ops::rescale(picture, read(case, "scale"), read(case, "offset")),
        "filter2d" => {
            let kernel: Vec<Vec<f32>> = read(case, "kernel");
            ops::filter2d(picture, &kernel.concat(), [kernel.len(), kernel[0].len()], border(case))
        }
        "sobel_magnitude" => {
            let axis = if read::<String>(case, "axis") == "x" { Axis::X } else { Axis::Y };
            let mut picture = ops::sobel(picture, axis, border(case));
            picture.pixels_mut().iter_mut().for_each(|value| *value = value.abs());
            picture
        }
        _ => return None,
    })
}

/// What gives values of the same kind; numbers in `[0, 255]` are divided by `scale` for the picture's range.
fn common<T: Value>(group: &Group, case: &Case, picture: Picture<T>, scale: f32) -> Picture<T> {
    if let Some(geometry) = geometry(case, &case.kind) {
        return warp(case, geometry, &picture);
    }
    match case.kind.as_str() {
        "elastic" => {
            let field = group.tensor(case, "displacement");
            let field = Displacement::new(field.shape[1], field.shape[2], field.values).unwrap();
            ops::elastic(&picture, &field, interpolation(case), find(case, "fill"))
        }
        "brightness" => ops::adjust_brightness(picture, read(case, "factor")),
        "contrast" => ops::adjust_contrast(picture, read(case, "factor")),
        "saturation" => ops::adjust_saturation(picture, read(case, "factor")),
        "hue" => ops::adjust_hue(picture, read(case, "factor")),
        "sharpness" => ops::adjust_sharpness(picture, read(case, "factor")),
        "gamma" => ops::adjust_gamma(picture, read(case, "gamma"), read(case, "gain")),
        "equalize" => ops::equalize(picture),
        "autocontrast" => ops::autocontrast(picture),
        "posterize" => ops::posterize(picture, read(case, "bits")),
        "solarize" => ops::solarize(picture, read::<f32>(case, "threshold") / scale),
        "invert" => ops::invert(picture),
        "gaussian_blur" => ops::gaussian_blur(&picture, read(case, "kernel_size"), read(case, "sigma")),
        "grayscale" => ops::grayscale(&picture, read(case, "channels")),
        "erase" => {
            let [top, left, height, width] = ["top", "left", "height", "width"].map(|key| read(case, key));
            ops::erase(picture, Rect { top, left, height, width }, read::<Fill>(case, "value").divided_by(scale))
        }
        other => panic!("unknown kind {other}"),
    }
}

fn geometry(case: &Case, kind: &str) -> Option<Geometry> {
    Some(match kind {
        "resize" => Geometry::Resize { size: read(case, "size"), antialias: antialias(case) },
        "center_crop" => Geometry::CenterCrop { size: read(case, "size") },
        "crop" => Geometry::Crop { top: read(case, "top"), left: read(case, "left"), size: sides(case) },
        "resized_crop" => Geometry::ResizedCrop {
            top: read(case, "top"),
            left: read(case, "left"),
            part: sides(case),
            size: read(case, "size"),
            antialias: antialias(case),
        },
        "pad" => Geometry::Pad { padding: read(case, "padding"), border: read(case, "mode") },
        "hflip" => Geometry::HorizontalFlip,
        "vflip" => Geometry::VerticalFlip,
        "rotate" => Geometry::Rotate {
            degrees: read(case, "angle"),
            expand: read(case, "expand"),
            center: find(case, "center"),
        },
        "affine" => Geometry::Affine(Affine {
            degrees: read(case, "angle"),
            translate: read(case, "translate"),
            scale: [read(case, "scale"); 2],
            shear: read(case, "shear"),
            center: find(case, "center"),
        }),
        "perspective" => {
            let map = Perspective::from_points(read(case, "start_points"), read(case, "end_points"));
            Geometry::Perspective(map.unwrap())
        }
        _ => return None,
    })
}

fn warp<T: Value>(case: &Case, geometry: Geometry, picture: &Picture<T>) -> Picture<T> {
    geometry.at(picture.size()).picture(picture, interpolation(case), find(case, "fill"))
}

fn boxes(group: &Group, case: &Case, geometry: Geometry) -> Result<(), String> {
    let warping = geometry.at(read(case, "canvas"));
    let [height, width]: [usize; 2] = read(case, "new_canvas");
    let given = group.tensor(case, "input");
    let clamped = given.values.as_chunks().0.iter().flat_map(|&edges| {
        let [left, top, right, bottom] = warping.edges(edges);
        let (x, y) = (|x: f32| x.clamp(0.0, width as f32), |y: f32| y.clamp(0.0, height as f32));
        [x(left), y(top), x(right), y(bottom)]
    });
    group.check(case, "output", &given.shape, &clamped.collect::<Vec<_>>());
    Ok(())
}

fn canny(case: &Case) -> Canny {
    Canny {
        low: read(case, "low"),
        high: read(case, "high"),
        aperture: read(case, "aperture"),
        l2_gradient: read(case, "l2_gradient"),
    }
}

fn border(case: &Case) -> Border {
    match read::<String>(case, "border").as_str() {
        "zero" => Border::Constant,
        other => panic!("unknown border {other}"),
    }
}

fn interpolation(case: &Case) -> Interpolation {
    find(case, "interpolation").unwrap_or(Interpolation::Nearest)
}

fn antialias(case: &Case) -> bool {
    find(case, "antialias").unwrap_or(false)
}

fn sides(case: &Case) -> [usize; 2] {
    [read(case, "height"), read(case, "width")]
}

fn read<T: DeserializeOwned>(case: &Case, key: &str) -> T {
    find(case, key).unwrap_or_else(|| panic!("{}: no {key}", case.id))
}

fn find<T: DeserializeOwned>(case: &Case, key: &str) -> Option<T> {
    let value = case.config.get(key)?;
    Some(serde_json::from_value(value.clone()).unwrap_or_else(|error| panic!("{}: {key}: {error}", case.id)))
}

fn picture_u8(group: &Group, case: &Case) -> Picture<u8> {
    let (shape, values) = group.integers(case, "input");
    interleaved(&shape, &values.into_iter().map(|value| u8::try_from(value).unwrap()).collect::<Vec<_>>())
}

/// `[channel, height, width]` as a picture.
fn interleaved<T: Value>(shape: &[usize], planes: &[T]) -> Picture<T> {
    let &[channels, height, width] = shape else { panic!("a picture has three axes, not {shape:?}") };
    let area = height * width;
    let pixels = (0..area).flat_map(|at| (0..channels).map(move |channel| planes[channel * area + at])).collect();
    Picture::new(height, width, channels, pixels).unwrap()
}

/// A picture as `[channel, height, width]`.
fn planar<T: Value>(picture: &Picture<T>) -> (Vec<usize>, Vec<T>) {
    let ([height, width], channels) = (picture.size(), picture.channels());
    let planes = (0..channels).flat_map(|channel| picture.pixels().iter().skip(channel).step_by(channels).copied());
    (vec![channels, height, width], planes.collect())
}

fn close(group: &Group, case: &Case, picture: &Picture<f32>) -> Result<(), String> {
    let (shape, values) = planar(picture);
    let key = case.tensors.get("output").unwrap();
    let over = group.distance(case, key, &shape, &values, case.atol["output"]);
    if over <= 1.0 { Ok(()) } else { Err(format!("{}: {over:.2} times the tolerance", case.id)) }
}

/// A large enough fraction of values has to be near enough.
fn equal(group: &Group, case: &Case, picture: &Picture<u8>) -> Result<(), String> {
    let (expected_shape, expected) = group.integers(case, "output");
    let (shape, values) = planar(picture);
    assert_eq!(shape, expected_shape, "{}", case.id);
    let tolerance = |key: &str| case.other["tolerance"][key].as_f64().unwrap();
    let near = |(got, want): (&u8, &i64)| (f64::from(*got) - *want as f64).abs() <= tolerance("max_abs");
    let fraction = values.iter().zip(&expected).filter(|pair| near(*pair)).count() as f64 / expected.len() as f64;
    if fraction >= tolerance("fraction") { Ok(()) } else { Err(format!("{}: only {fraction:.4} is near", case.id)) }
}
