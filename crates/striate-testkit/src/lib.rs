//! Golden cases for striate's tests: outputs of the reference libraries, and the rule by which results are compared.

pub mod fill;
pub mod sizes;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use serde::Deserialize;

/// A group of golden cases with its tensors.
pub struct Group {
    name: String,
    rtol: f64,
    atol: f64,
    cases: Vec<Case>,
    tensors: Vec<u8>,
}

/// One golden case.
#[derive(Debug, Clone, Deserialize)]
pub struct Case {
    /// Its name.
    pub id: String,
    /// What it is a case of.
    pub kind: String,
    /// Options.
    #[serde(default)]
    pub config: serde_json::Value,
    /// Role to key.
    #[serde(default)]
    pub tensors: BTreeMap<String, String>,
    /// Relative tolerance.
    #[serde(default)]
    pub rtol: f64,
    /// Absolute tolerance of each role; where the file has one number, it holds for all and stands here under no name.
    #[serde(default, deserialize_with = "tolerances")]
    pub atol: BTreeMap<String, f64>,
    /// The library whose rules it follows.
    #[serde(default)]
    pub reference: String,
    /// What else the case has, such as expected values that aren't tensors.
    #[serde(flatten)]
    pub other: BTreeMap<String, serde_json::Value>,
}

/// A tensor of a case.
#[derive(Debug, Clone, PartialEq)]
pub struct Golden {
    /// Sides.
    pub shape: Vec<usize>,
    /// Values in rows.
    pub values: Vec<f32>,
}

#[derive(Deserialize)]
struct Cases {
    #[serde(default)]
    rtol: f64,
    #[serde(default)]
    atol: f64,
    cases: Vec<Case>,
}

fn tolerances<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, f64>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Tolerances {
        All(f64),
        Roles(BTreeMap<String, f64>),
    }
    Ok(match Tolerances::deserialize(deserializer)? {
        Tolerances::All(number) => BTreeMap::from([(String::new(), number)]),
        Tolerances::Roles(roles) => roles,
    })
}

impl Group {
    /// Reads a group from the folder that `STRIATE_GOLDEN` names, or from the crate's own `tests/golden`; none if the
    /// folder lacks it.
    ///
    /// # Panics
    /// If a file is there but can't be read.
    pub fn read(crate_folder: &str, name: &str) -> Option<Self> {
        let folder = std::env::var_os("STRIATE_GOLDEN")
            .map_or_else(|| Path::new(crate_folder).join("tests/golden"), PathBuf::from);
        let text = std::fs::read_to_string(folder.join(format!("{name}.json"))).ok()?;
        let Cases { rtol, atol, cases } =
            serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}.json: {error}"));
        let tensors = std::fs::read(folder.join(format!("{name}.safetensors"))).unwrap_or_default();
        Some(Self { name: name.into(), rtol, atol, cases, tensors })
    }

    /// Its cases.
    pub fn cases(&self) -> &[Case] {
        &self.cases
    }

    /// Whether a number is near enough by the tolerance of the whole file.
    pub fn is_near(&self, got: f64, want: f64) -> bool {
        (got - want).abs() <= self.atol + self.rtol * want.abs()
    }

    /// Says how many cases passed on a device.
    pub fn passed(&self, device: &str) {
        println!("golden {} on {device}: {} cases", self.name, self.cases.len());
    }

    /// Whether a role's tensor holds whole numbers.
    ///
    /// # Panics
    /// If there is none.
    pub fn is_integer(&self, case: &Case, role: &str) -> bool {
        self.view(case, role, |tensor| tensor.dtype() != Dtype::F32)
    }

    /// The `f32` tensor in a role of a case.
    ///
    /// # Panics
    /// If there is none.
    pub fn tensor(&self, case: &Case, role: &str) -> Golden {
        self.view(case, role, |tensor| {
            assert_eq!(tensor.dtype(), Dtype::F32, "{}: {role}", case.id);
            Golden::of(&tensor)
        })
    }

    /// Shape and values of the `i64` or `u8` tensor in a role of a case.
    ///
    /// # Panics
    /// If there is none.
    pub fn integers(&self, case: &Case, role: &str) -> (Vec<usize>, Vec<i64>) {
        self.view(case, role, |tensor| {
            let values = match tensor.dtype() {
                Dtype::I64 => tensor.data().as_chunks::<8>().0.iter().map(|b| i64::from_le_bytes(*b)).collect(),
                Dtype::U8 => tensor.data().iter().map(|&byte| byte.into()).collect(),
                other => panic!("{}: {role} is {other}", case.id),
            };
            (tensor.shape().to_vec(), values)
        })
    }

    fn view<T>(&self, case: &Case, role: &str, read: impl FnOnce(TensorView<'_>) -> T) -> T {
        let key = case.tensors.get(role).unwrap_or_else(|| panic!("{}: no role {role}", case.id));
        let file = SafeTensors::deserialize(&self.tensors).unwrap_or_else(|error| panic!("{}: {error}", self.name));
        read(file.tensor(key).unwrap_or_else(|error| panic!("{key}: {error}")))
    }

    /// Compares a result with the case's role: equal shape, and `|got - want| <= atol + rtol * |want|` everywhere.
    ///
    /// # Panics
    /// If they differ by more; says where most.
    #[track_caller]
    pub fn check(&self, case: &Case, role: &str, shape: &[usize], got: &[f32]) {
        let want = self.tensor(case, role);
        let atol = case.atol.get(role).or_else(|| case.atol.get(""));
        let atol = atol.unwrap_or_else(|| panic!("{}: {role} is no output", case.id));
        let (index, worst) = worst(&case.id, &want, shape, got, case.rtol, *atol);
        assert!(
            worst <= 1.0,
            "{} ({}): {role}[{index}] is {}, not {}: {worst:.2} times the tolerance",
            case.id,
            case.reference,
            got[index],
            want.values[index]
        );
    }

    /// How far a result is from the tensor of this key, in parts of the tolerance.
    ///
    /// # Panics
    /// If the shapes differ.
    #[track_caller]
    pub fn distance(&self, case: &Case, key: &str, shape: &[usize], got: &[f32], atol: f64) -> f64 {
        let file = SafeTensors::deserialize(&self.tensors).unwrap_or_else(|error| panic!("{}: {error}", self.name));
        let tensor = file.tensor(key).unwrap_or_else(|error| panic!("{key}: {error}"));
        worst(&case.id, &Golden::of(&tensor), shape, got, case.rtol, atol).1
    }
}

impl Golden {
    fn of(tensor: &TensorView<'_>) -> Self {
        let (numbers, _) = tensor.data().as_chunks::<4>();
        Self { shape: tensor.shape().to_vec(), values: numbers.iter().map(|b| f32::from_le_bytes(*b)).collect() }
    }
}

/// Where a result is farthest from what is wanted, and how far, in parts of the tolerance.
#[track_caller]
fn worst(id: &str, want: &Golden, shape: &[usize], got: &[f32], rtol: f64, atol: f64) -> (usize, f64) {
    assert_eq!(shape, want.shape, "{id}: shape");
    let over = |(got, want): (&f32, &f32)| {
        let (got, want) = (f64::from(*got), f64::from(*want));
        // A NaN is over any tolerance.
        let ratio = (got - want).abs() / (atol + rtol * want.abs());
        if ratio.is_nan() { f64::INFINITY } else { ratio }
    };
    let ratios = got.iter().zip(&want.values).map(over);
    ratios.enumerate().fold((0, 0.0), |max, now| if now.1 > max.1 { now } else { max })
}
