//! A network's weights by name.

use std::collections::{BTreeMap, HashSet};
use std::io;

use burn::Tensor;
use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Bool, DType, Int, TensorData};
use striate_backend::LentValues;
use striate_layers::Kind;

use crate::formats::TensorInfo;
use crate::formats::safetensors::{PART, Part, Stored};
use crate::path::{Path, follow_path};
use crate::{Network, NetworkError, WeightDifference};

/// Weights by name, such as `conv1.weight`, in torch's layouts.
pub type State = BTreeMap<String, TensorData>;

impl Network {
    /// The names of all weights with their shapes, in the order of the nodes.
    pub fn weight_shapes(&self) -> Vec<(String, Vec<usize>)> {
        self.slots().into_iter().map(|slot| (slot.name, slot.shape)).collect()
    }

    /// What each weight has to be, in the order of the nodes.
    pub(crate) fn slots(&self) -> Vec<Slot> {
        slots(self)
    }

    /// A copy of all weights on the host.
    pub fn state(&self) -> State {
        state(self)
    }

    /// The network with these weights.
    ///
    /// # Errors
    /// If a weight is missing, of a wrong shape, or of no parameter: all of them are named, and the network is as it was.
    pub fn with_state(self, mut state: State) -> Result<Self, NetworkError> {
        self.check_weights(WeightDifference::between(&self.slots(), given(&state)))?;
        self.filled(|name| Ok(state.remove(name)))
    }

    /// An error if weights differ from the network's.
    pub(crate) fn check_weights(&self, difference: WeightDifference) -> Result<(), NetworkError> {
        if difference.is_empty() {
            return Ok(());
        }
        Err(NetworkError::Weights { network: self.spec().name().into(), difference: Box::new(difference) })
    }

    /// The network with the weights that a function gives by name, one by one; one that it doesn't give stays. They are
    /// taken to fit.
    pub(crate) fn filled(
        self,
        mut give: impl FnMut(&str) -> Result<Option<TensorData>, NetworkError>,
    ) -> Result<Self, NetworkError> {
        fill(self, &mut give)
    }
}

/// What each weight of a module has to be.
pub(crate) fn slots(module: &impl Module) -> Vec<Slot> {
    let mut slots = Slots::default();
    module.visit(&mut slots);
    slots.found
}

/// Why a module's weights can't be kept by name, if they can't.
pub(crate) fn obstacle(module: &impl Module) -> Option<String> {
    let mut slots = Slots::default();
    module.visit(&mut slots);
    let mut seen = HashSet::new();
    let twice = slots.found.iter().find(|slot| !seen.insert(slot.name.as_str()));
    let twice =
        twice.map(|Slot { name, .. }| format!("two weights are named {name:?}; give one of the layers another name"));
    let truth = |name: &String| format!("{name:?} holds truth values, which no file has; make them whole numbers");
    twice.or_else(|| slots.truths.first().map(truth))
}

/// A copy of a module's weights on the host.
pub(crate) fn state(module: &impl Module) -> State {
    let mut copy = Copy::default();
    module.visit(&mut copy);
    copy.state
}

/// A module's weights where they are, by name.
pub(crate) fn held(module: &impl Module) -> BTreeMap<String, Held> {
    let mut hold = Hold::default();
    module.visit(&mut hold);
    hold.weights
}

/// What the weights of a state are.
pub(crate) fn given(state: &State) -> impl Iterator<Item = Slot> {
    state.iter().map(|(name, data)| Slot {
        name: name.clone(),
        shape: data.shape().as_slice().to_vec(),
        kind: Some(if data.dtype().is_float() { Kind::Float } else { Kind::Int }),
    })
}

/// The module with the weights that a function gives by name; one that it doesn't give stays.
pub(crate) fn fill<M: Module>(module: M, give: Give<'_>) -> Result<M, NetworkError> {
    let mut fill = Fill { path: Path::default(), give, failed: None };
    let module = module.map(&mut fill);
    match fill.failed {
        Some(error) => Err(error),
        None => Ok(module),
    }
}

/// What a weight is, without its numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Slot {
    pub(crate) name: String,
    pub(crate) shape: Vec<usize>,
    /// Real or whole numbers; none: of a type that no weight has.
    pub(crate) kind: Option<Kind>,
}

impl From<TensorInfo> for Slot {
    fn from(info: TensorInfo) -> Self {
        Self { name: info.name, shape: info.shape, kind: info.kind }
    }
}

/// What all parameters are, and the names of those that no file holds.
#[derive(Default)]
struct Slots {
    path: Path,
    found: Vec<Slot>,
    truths: Vec<String>,
}

impl Slots {
    fn push(&mut self, shape: &[usize], kind: Kind) {
        self.found.push(Slot { name: self.path.name(), shape: shape.to_vec(), kind: Some(kind) });
    }
}

impl ModuleVisitor for Slots {
    follow_path!();

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.push(param.lazy_shape().as_slice(), Kind::Float);
    }

    fn visit_int<const D: usize>(&mut self, param: &Param<Tensor<D, Int>>) {
        self.push(param.lazy_shape().as_slice(), Kind::Int);
    }

    fn visit_bool<const D: usize>(&mut self, _: &Param<Tensor<D, Bool>>) {
        self.truths.push(self.path.name());
    }
}

/// A weight where it is, in one row.
pub(crate) struct Held {
    shape: Vec<usize>,
    numbers: HeldNumbers,
}

enum HeldNumbers {
    /// In the host's memory.
    Lent(LentValues),
    Real(Tensor<1>),
    Whole(Tensor<1, Int>),
}

impl Stored for Held {
    fn shape(&self) -> Vec<usize> {
        self.shape.clone()
    }

    fn kind(&self) -> Kind {
        match self.numbers {
            HeldNumbers::Lent(_) | HeldNumbers::Real(_) => Kind::Float,
            HeldNumbers::Whole(_) => Kind::Int,
        }
    }

    fn parts<'a>(&'a self, take: &mut dyn FnMut(Part<'a>) -> io::Result<()>) -> io::Result<()> {
        let count: usize = self.shape.iter().product();
        let mut parts = (0..count).step_by(PART).map(|start| start..count.min(start + PART));
        parts.try_for_each(|part| {
            take(match &self.numbers {
                HeldNumbers::Lent(lent) => Part::Lent(bytemuck::cast_slice(&lent.values()[part])),
                HeldNumbers::Real(row) => Part::Copied(row.clone().slice(part).into_data().convert_dtype(DType::F32)),
                HeldNumbers::Whole(row) => Part::Copied(row.clone().slice(part).into_data().convert_dtype(DType::I64)),
            })
        })
    }
}

#[derive(Default)]
struct Hold {
    path: Path,
    weights: BTreeMap<String, Held>,
}

impl Hold {
    fn push(&mut self, shape: &[usize], numbers: HeldNumbers) {
        self.weights.insert(self.path.name(), Held { shape: shape.to_vec(), numbers });
    }
}

impl ModuleVisitor for Hold {
    follow_path!();

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let row = param.val().without_autodiff().flatten(0, D - 1);
        let numbers = LentValues::of(&row).map_or(HeldNumbers::Real(row), HeldNumbers::Lent);
        self.push(param.lazy_shape().as_slice(), numbers);
    }

    fn visit_int<const D: usize>(&mut self, param: &Param<Tensor<D, Int>>) {
        let row = param.val().without_autodiff().flatten(0, D - 1);
        self.push(param.lazy_shape().as_slice(), HeldNumbers::Whole(row));
    }
}

#[derive(Default)]
struct Copy {
    path: Path,
    state: State,
}

impl ModuleVisitor for Copy {
    follow_path!();

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.state.insert(self.path.name(), param.val().into_data().convert_dtype(DType::F32));
    }

    fn visit_int<const D: usize>(&mut self, param: &Param<Tensor<D, Int>>) {
        self.state.insert(self.path.name(), param.val().into_data().convert_dtype(DType::I64));
    }
}

/// Gives a weight by name.
type Give<'a> = &'a mut dyn FnMut(&str) -> Result<Option<TensorData>, NetworkError>;

struct Fill<'a> {
    path: Path,
    give: Give<'a>,
    failed: Option<NetworkError>,
}

impl Fill<'_> {
    fn take(&mut self) -> Option<TensorData> {
        if self.failed.is_some() {
            return None;
        }
        let given = (self.give)(&self.path.name());
        given.unwrap_or_else(|error| {
            self.failed = Some(error);
            None
        })
    }
}

impl ModuleMapper for Fill<'_> {
    follow_path!();

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let Some(data) = self.take() else { return param };
        // Without asking for the old value: one that was never used is never made.
        let tensor = Tensor::from_data(data, &param.lazy_device());
        let id = param.id;
        param.transform_for_load(tensor, id)
    }

    fn map_int<const D: usize>(&mut self, param: Param<Tensor<D, Int>>) -> Param<Tensor<D, Int>> {
        let Some(data) = self.take() else { return param };
        let tensor = Tensor::from_data(data, &param.lazy_device());
        let id = param.id;
        param.transform_for_load(tensor, id)
    }
}
