//! A burn module behind an object-safe trait.
//!
//! burn's visitors are generic over the rank of what they visit, so [`Module`] isn't object-safe. Here the rank becomes a
//! number and the parameter a `dyn Any` on the way in, and a type again on the way out.

use std::any::Any;

use burn::Tensor;
use burn::module::{Devices, Flag, Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Bool, Device, Int};

use crate::value::of_rank;

/// What a parameter holds.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Element {
    Float,
    Int,
    Bool,
}

pub(crate) trait ErasedVisitor {
    fn enter(&mut self, name: &str, container: &str);
    fn exit(&mut self, name: &str, container: &str);
    fn visit(&mut self, element: Element, rank: usize, param: &dyn Any);
    fn visit_flag(&mut self, flag: &Param<Flag>);
}

pub(crate) trait ErasedMapper {
    fn enter(&mut self, name: &str, container: &str);
    fn exit(&mut self, name: &str, container: &str);
    fn map(&mut self, element: Element, rank: usize, param: Box<dyn Any>) -> Box<dyn Any>;
    fn map_flag(&mut self, flag: Param<Flag>) -> Param<Flag>;
}

/// The part of [`Module`] that a boxed module needs.
pub(crate) trait ErasedModule: Send + Sync {
    fn visit_erased(&self, visitor: &mut dyn ErasedVisitor);
    fn map_erased(&mut self, mapper: &mut dyn ErasedMapper);
    fn replace(&mut self, change: Change<'_>);
    fn devices_erased(&self, devices: Devices) -> Devices;
}

/// A change of a whole module.
#[derive(Clone, Copy)]
pub(crate) enum Change<'a> {
    ToDevice(&'a Device),
    Fork(&'a Device),
    Valid,
    Train,
    Materialize,
}

impl<M: Module + Sync> ErasedModule for M {
    fn visit_erased(&self, visitor: &mut dyn ErasedVisitor) {
        self.visit(&mut Visit(visitor));
    }

    fn map_erased(&mut self, mapper: &mut dyn ErasedMapper) {
        *self = self.clone().map(&mut Map(mapper));
    }

    fn replace(&mut self, change: Change<'_>) {
        let module = self.clone();
        *self = match change {
            Change::ToDevice(device) => module.to_device(device),
            Change::Fork(device) => module.fork(device),
            Change::Valid => module.valid(),
            Change::Train => module.train(),
            Change::Materialize => module.materialize(),
        };
    }

    fn devices_erased(&self, devices: Devices) -> Devices {
        self.collect_devices(devices)
    }
}

/// Types into `dyn Any`.
struct Visit<'a>(&'a mut dyn ErasedVisitor);

impl ModuleVisitor for Visit<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.0.visit(Element::Float, D, param);
    }

    fn visit_int<const D: usize>(&mut self, param: &Param<Tensor<D, Int>>) {
        self.0.visit(Element::Int, D, param);
    }

    fn visit_bool<const D: usize>(&mut self, param: &Param<Tensor<D, Bool>>) {
        self.0.visit(Element::Bool, D, param);
    }

    fn visit_flag(&mut self, flag: &Param<Flag>) {
        self.0.visit_flag(flag);
    }

    fn enter_module(&mut self, name: &str, container: &str) {
        self.0.enter(name, container);
    }

    fn exit_module(&mut self, name: &str, container: &str) {
        self.0.exit(name, container);
    }
}

struct Map<'a>(&'a mut dyn ErasedMapper);

fn unbox<T: 'static>(param: Box<dyn Any>) -> T {
    *param.downcast().expect("a mapper returns the type that it was given")
}

impl ModuleMapper for Map<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        unbox(self.0.map(Element::Float, D, Box::new(param)))
    }

    fn map_int<const D: usize>(&mut self, param: Param<Tensor<D, Int>>) -> Param<Tensor<D, Int>> {
        unbox(self.0.map(Element::Int, D, Box::new(param)))
    }

    fn map_bool<const D: usize>(&mut self, param: Param<Tensor<D, Bool>>) -> Param<Tensor<D, Bool>> {
        unbox(self.0.map(Element::Bool, D, Box::new(param)))
    }

    fn map_flag(&mut self, flag: Param<Flag>) -> Param<Flag> {
        self.0.map_flag(flag)
    }

    fn enter_module(&mut self, name: &str, container: &str) {
        self.0.enter(name, container);
    }

    fn exit_module(&mut self, name: &str, container: &str) {
        self.0.exit(name, container);
    }
}

/// `dyn Any` back into types.
pub(crate) struct Typed<'a, T>(pub(crate) &'a mut T);

/// Runs an expression with the rank of a parameter as a constant.
macro_rules! by_rank {
    ($rank:expr, $number:ident => $call:expr) => {
        of_rank!($rank, $number => $call; 1 2 3 4 5 6 7 8)
    };
}

fn typed<T: 'static>(param: &dyn Any) -> &T {
    param.downcast_ref().expect("rank and element say the type")
}

impl<V: ModuleVisitor> ErasedVisitor for Typed<'_, V> {
    fn enter(&mut self, name: &str, container: &str) {
        self.0.enter_module(name, container);
    }

    fn exit(&mut self, name: &str, container: &str) {
        self.0.exit_module(name, container);
    }

    fn visit(&mut self, element: Element, rank: usize, param: &dyn Any) {
        match element {
            Element::Float => by_rank!(rank, D => self.0.visit_float::<D>(typed(param))),
            Element::Int => by_rank!(rank, D => self.0.visit_int::<D>(typed(param))),
            Element::Bool => by_rank!(rank, D => self.0.visit_bool::<D>(typed(param))),
        }
    }

    fn visit_flag(&mut self, flag: &Param<Flag>) {
        self.0.visit_flag(flag);
    }
}

impl<M: ModuleMapper> ErasedMapper for Typed<'_, M> {
    fn enter(&mut self, name: &str, container: &str) {
        self.0.enter_module(name, container);
    }

    fn exit(&mut self, name: &str, container: &str) {
        self.0.exit_module(name, container);
    }

    fn map(&mut self, element: Element, rank: usize, param: Box<dyn Any>) -> Box<dyn Any> {
        match element {
            Element::Float => by_rank!(rank, D => Box::new(self.0.map_float::<D>(unbox(param)))),
            Element::Int => by_rank!(rank, D => Box::new(self.0.map_int::<D>(unbox(param)))),
            Element::Bool => by_rank!(rank, D => Box::new(self.0.map_bool::<D>(unbox(param)))),
        }
    }

    fn map_flag(&mut self, flag: Param<Flag>) -> Param<Flag> {
        self.0.map_flag(flag)
    }
}
