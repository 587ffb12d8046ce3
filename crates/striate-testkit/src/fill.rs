//! Weights and inputs that aren't stored: each value is made from its tensor's name and its place, as the golden folder's
//! README says.

/// `count` values `offset + scale * v` of a name, `v` in `[-1, 1)`.
pub fn values(name: &str, count: usize, scale: f64, offset: f64) -> Vec<f32> {
    let hash = name
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let value = |index: u64| {
        let z = splitmix64(hash.wrapping_add(index));
        let v = 2.0 * (z >> 40) as f64 / f64::from(1 << 24) - 1.0;
        (offset + scale * v) as f32
    };
    (0..count as u64).map(value).collect()
}

fn splitmix64(x: u64) -> u64 {
    let x = x.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

/// A weight by the reference library's name, with the scale that its role asks for.
pub fn weight(name: &str, shape: &[usize]) -> Vec<f32> {
    let (scale, offset) = scale_and_offset(name, shape);
    values(name, shape.iter().product(), scale, offset)
}

fn scale_and_offset(name: &str, shape: &[usize]) -> (f64, f64) {
    let ends = |ends: &[&str]| ends.iter().any(|end| name.ends_with(end));
    if ends(&["num_batches_tracked", "/count"]) {
        (0.0, 0.0)
    } else if ends(&["running_mean", "moving_mean", "/mean"]) {
        (0.1, 0.0)
    } else if ends(&["running_var", "moving_variance", "/variance"]) {
        (0.2, 1.0)
    } else if shape.len() >= 2 {
        let fan_in: usize = shape[1..].iter().product();
        let numerator = if shape[1] == 1 { 3.0 } else { 6.0 };
        ((numerator / fan_in as f64).sqrt(), 0.0)
    } else if ends(&["bias", "beta"]) {
        (0.05, 0.0)
    } else {
        let gain = if ends(&["bn2.weight", "bn3.weight", ".rep.8.weight", "bn2/gamma", "2_bn/gamma", "3_bn/gamma"]) {
            0.25
        } else if ends(&[".block.2.1.weight", ".block.3.1.weight", "project_bn/gamma"]) {
            1.5
        } else {
            1.0
        };
        (0.2 * gain, gain)
    }
}
