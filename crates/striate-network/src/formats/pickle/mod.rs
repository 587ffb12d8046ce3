//! The part of Python's pickle that weights are written with (<https://docs.python.org/3/library/pickletools.html>).
//!
//! A pickle is a program for a small stack machine, and Python's runs whatever function it names. This one knows the few
//! names that `torch.save` writes for weights, calls nothing, and refuses every other name. What a pickle can make it keep is
//! bounded.

mod machine;

use std::collections::BTreeMap;
use std::io::Read;

use machine::Machine;

use super::{ElementType, Unreadable};

/// The most sides of a tensor.
const MAX_RANK: usize = 16;

/// A value's number.
pub(super) type Id = u32;

/// A value that a pickle describes.
#[derive(Debug)]
pub(super) enum Value {
    Int(i64),
    Text(Box<str>),
    Tuple(Vec<Id>),
    List(Vec<Id>),
    Dict(Vec<(Id, Id)>),
    Name(Name),
    Storage(Storage),
    /// The arguments that [`Pickle::tensor`] understands.
    Tensor(Id),
    /// Something without numbers of weights in it.
    Other,
}

/// A class or function that is known.
#[derive(Debug, Clone, Copy)]
pub(super) enum Name {
    OrderedDict,
    RebuildTensor,
    RebuildParameter,
    Storage(ElementType),
    /// One whose values hold no weights, such as `torch.device`.
    Harmless,
}

/// Numbers that tensors share.
#[derive(Debug, Clone, Copy)]
pub(super) struct Storage {
    pub(super) element: ElementType,
    /// Its name, a text.
    pub(super) key: Id,
    pub(super) count: usize,
}

/// A tensor: some of a storage's numbers.
#[derive(Debug)]
pub(super) struct Tensor {
    pub(super) storage: Storage,
    pub(super) offset: usize,
    pub(super) shape: Vec<usize>,
    pub(super) strides: Vec<usize>,
}

/// What a pickle describes.
#[derive(Debug)]
pub(super) struct Pickle {
    values: Vec<Value>,
    root: Id,
    /// Element and count of each storage by key.
    pub(super) storages: BTreeMap<Box<str>, (ElementType, usize)>,
}

impl Pickle {
    /// Reads one pickle and stops behind it.
    pub(super) fn read(bytes: &mut impl Read) -> Result<Self, Unreadable> {
        let mut machine = Machine::default();
        let root = machine.run(bytes)?;
        Ok(Self { values: machine.values, root, storages: machine.storages })
    }

    /// The value of the whole pickle.
    pub(super) fn root(&self) -> &Value {
        self.get(self.root)
    }

    pub(super) fn get(&self, id: Id) -> &Value {
        &self.values[id as usize]
    }

    /// A text of any length.
    pub(super) fn text(&self, id: Id) -> Option<&str> {
        match self.get(id) {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Understands a tensor's arguments: storage, offset, sides and strides.
    pub(super) fn tensor(&self, arguments: Id) -> Option<Tensor> {
        let &[storage, offset, shape, strides, ..] = self.items(arguments)? else { return None };
        let &Value::Storage(storage) = self.get(storage) else { return None };
        let (shape, strides) = (self.counts(shape)?, self.counts(strides)?);
        let same_rank = shape.len() == strides.len();
        same_rank.then_some(Tensor { storage, offset: self.count(offset)?, shape, strides })
    }

    fn counts(&self, id: Id) -> Option<Vec<usize>> {
        let items = self.items(id).filter(|items| items.len() <= MAX_RANK)?;
        items.iter().map(|&id| self.count(id)).collect()
    }

    fn items(&self, id: Id) -> Option<&[Id]> {
        items(&self.values, id)
    }

    fn count(&self, id: Id) -> Option<usize> {
        count(&self.values, id)
    }
}

fn items(values: &[Value], id: Id) -> Option<&[Id]> {
    match &values[id as usize] {
        Value::Tuple(items) | Value::List(items) => Some(items),
        _ => None,
    }
}

fn count(values: &[Value], id: Id) -> Option<usize> {
    match values[id as usize] {
        Value::Int(number) => number.try_into().ok(),
        _ => None,
    }
}
