//! A network's weights by name.

use std::collections::{BTreeMap, HashSet};

use burn::Tensor;
use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{DType, Int, TensorData};

use crate::error::WeightDifference;
use crate::path::{Path, follow_path};
use crate::{Network, NetworkError};

/// Weights by name, such as `conv1.weight`, in torch's layouts.
pub type State = BTreeMap<String, TensorData>;

impl Network {
    /// The names of all weights with their shapes, in the order of the nodes.
    pub fn weight_shapes(&self) -> Vec<(String, Vec<usize>)> {
        let mut shapes = Shapes::default();
        self.visit(&mut shapes);
        shapes.found
    }

    /// A copy of all weights on the host.
    pub fn state(&self) -> State {
        let mut copy = Copy::default();
        self.visit(&mut copy);
        copy.state
    }

    /// The network with these weights.
    ///
    /// # Errors
    /// If a weight is missing, of a wrong shape, or of no parameter: all of them are named, and the network is as it was.
    pub fn with_state(self, mut state: State) -> Result<Self, NetworkError> {
        let difference = difference(&self.weight_shapes(), &state);
        if difference.is_empty() {
            return Ok(self.map(&mut Load { path: Path::default(), state: &mut state }));
        }
        let network = self.spec().name().into();
        Err(NetworkError::Weights { network, difference: Box::new(difference) })
    }
}

/// How weights differ from parameters of these names and shapes.
pub(crate) fn difference(shapes: &[(String, Vec<usize>)], state: &State) -> WeightDifference {
    let mut difference = WeightDifference::default();
    for (name, want) in shapes {
        match state.get(name).map(|data| data.shape().as_slice().to_vec()) {
            None => difference.missing.push(name.clone()),
            Some(got) if got != *want => difference.misshaped.push((name.clone(), want.clone(), got)),
            Some(_) => {}
        }
    }
    let known: HashSet<_> = shapes.iter().map(|(name, _)| name).collect();
    difference.unexpected = state.keys().filter(|name| !known.contains(name)).cloned().collect();
    difference
}

/// The names and shapes of parameters.
#[derive(Default)]
pub(crate) struct Shapes {
    path: Path,
    pub(crate) found: Vec<(String, Vec<usize>)>,
}

impl ModuleVisitor for Shapes {
    follow_path!();

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.found.push((self.path.name(), param.lazy_shape().as_slice().to_vec()));
    }

    fn visit_int<const D: usize>(&mut self, param: &Param<Tensor<D, Int>>) {
        self.found.push((self.path.name(), param.lazy_shape().as_slice().to_vec()));
    }
}

#[derive(Default)]
pub(crate) struct Copy {
    path: Path,
    pub(crate) state: State,
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

pub(crate) struct Load<'a> {
    pub(crate) path: Path,
    pub(crate) state: &'a mut State,
}

impl Load<'_> {
    fn take(&mut self) -> TensorData {
        self.state.remove(&self.path.name()).expect("names were compared before")
    }
}

impl ModuleMapper for Load<'_> {
    follow_path!();

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        // Without asking for the old value: one that was never used is never made.
        let device = param.lazy_device();
        let tensor = Tensor::from_data(self.take(), &device);
        let id = param.id;
        param.transform_for_load(tensor, id)
    }

    fn map_int<const D: usize>(&mut self, param: Param<Tensor<D, Int>>) -> Param<Tensor<D, Int>> {
        let device = param.lazy_device();
        let tensor = Tensor::from_data(self.take(), &device);
        let id = param.id;
        param.transform_for_load(tensor, id)
    }
}
