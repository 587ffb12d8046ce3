//! The stack machine.

use std::collections::{BTreeMap, HashMap};
use std::io::Read;

use super::{Id, Name, Storage, Value, count, items};
use crate::formats::{ElementType, Unreadable};

/// The most operations that are followed.
const MAX_OPERATIONS: usize = 1 << 21;
/// The most values that are kept.
const MAX_VALUES: usize = 1 << 19;
/// The most bytes of text that are kept.
const MAX_TEXT: usize = 8 << 20;
/// The most storages.
const MAX_STORAGES: usize = 1 << 16;
/// The longest name of a class, a function or a storage, in bytes.
const MAX_NAME: usize = 200;

#[derive(Default)]
pub(super) struct Machine {
    pub(super) values: Vec<Value>,
    stack: Vec<Id>,
    /// Lengths of the stack.
    marks: Vec<u32>,
    memo: HashMap<u32, Id>,
    /// Bytes of text that were read.
    text: usize,
    /// Items that were copied from lists.
    copied: usize,
    pub(super) storages: BTreeMap<Box<str>, (ElementType, usize)>,
}

const EMPTY: &str = "its pickle takes values that are not there";

impl Machine {
    /// Follows the operations to the end and returns the value that is left.
    pub(super) fn run(&mut self, bytes: &mut impl Read) -> Result<Id, Unreadable> {
        for _ in 0..MAX_OPERATIONS {
            match byte(bytes)? {
                b'.' => return self.pop(),
                0x80 => drop(byte(bytes)?),
                0x95 => drop(array::<8>(bytes)?),
                b'(' => self.marks.push(self.stack.len() as u32),
                b'0' => drop(self.pop()?),
                b'N' | 0x88 | 0x89 | 0x8F => self.push(Value::Other)?,
                b'K' => self.push_int(byte(bytes)?.into())?,
                b'M' => self.push_int(u16::from_le_bytes(array(bytes)?).into())?,
                b'J' => self.push_int(i32::from_le_bytes(array(bytes)?).into())?,
                b'G' => {
                    array::<8>(bytes)?;
                    self.push(Value::Other)?;
                }
                0x8A => self.long(bytes)?,
                b'X' | b'T' | b'B' => {
                    let length = u32::from_le_bytes(array(bytes)?);
                    self.push_text(bytes, length as usize)?;
                }
                0x8C | b'U' | b'C' => {
                    let length = byte(bytes)?;
                    self.push_text(bytes, length.into())?;
                }
                b')' => self.push(Value::Tuple(Vec::new()))?,
                b']' => self.push(Value::List(Vec::new()))?,
                b'}' => self.push(Value::Dict(Vec::new()))?,
                b't' => {
                    let items = self.pop_to_mark()?;
                    self.push(Value::Tuple(items))?;
                }
                length @ 0x85..=0x87 => {
                    let mut items = (0x84..length).map(|_| self.pop()).collect::<Result<Vec<_>, _>>()?;
                    items.reverse();
                    self.push(Value::Tuple(items))?;
                }
                b'a' => {
                    let item = self.pop()?;
                    self.append(vec![item])?;
                }
                b'e' | 0x90 => {
                    let items = self.pop_to_mark()?;
                    self.append(items)?;
                }
                b's' => {
                    let (value, key) = (self.pop()?, self.pop()?);
                    self.set(&[key, value])?;
                }
                b'u' => {
                    let items = self.pop_to_mark()?;
                    self.set(&items)?;
                }
                b'q' => {
                    let slot = byte(bytes)?;
                    self.remember(slot.into())?;
                }
                b'r' => {
                    let slot = u32::from_le_bytes(array(bytes)?);
                    self.remember(slot)?;
                }
                0x94 => self.remember(self.memo.len() as u32)?,
                b'h' => {
                    let slot = byte(bytes)?;
                    self.recall(slot.into())?;
                }
                b'j' => {
                    let slot = u32::from_le_bytes(array(bytes)?);
                    self.recall(slot)?;
                }
                b'c' => {
                    let (module, name) = (line(bytes)?, line(bytes)?);
                    self.push_name(&module, &name)?;
                }
                0x93 => {
                    let (name, module) = (self.pop()?, self.pop()?);
                    match [module, name].map(|id| self.name_of(id)) {
                        [Some(module), Some(name)] => self.push_name(&module, &name)?,
                        _ => return Err("its pickle names a class by something that is no text".into()),
                    }
                }
                b'R' => self.call()?,
                b'b' => {
                    // Attributes of a dictionary, such as the versions of a state dict's modules.
                    self.pop()?;
                    let object = self.top()?;
                    if !matches!(self.values[object as usize], Value::Dict(_) | Value::Other) {
                        return Err("its pickle gives attributes to a value that has none".into());
                    }
                }
                b'Q' => self.storage()?,
                other => {
                    let what = "weights are written without it; save `model.state_dict()` with `torch.save`";
                    return Err(format!("its pickle has operation 0x{other:02x}, and {what}").into());
                }
            }
        }
        Err(format!("its pickle has more than {MAX_OPERATIONS} operations").into())
    }

    fn push(&mut self, value: Value) -> Result<(), Unreadable> {
        if self.values.len() == MAX_VALUES {
            return Err(format!("its pickle describes more than {MAX_VALUES} values").into());
        }
        self.stack.push(self.values.len() as Id);
        self.values.push(value);
        Ok(())
    }

    fn push_int(&mut self, number: i64) -> Result<(), Unreadable> {
        self.push(Value::Int(number))
    }

    /// A whole number of any length; one that needs more than 64 bits is no side of a tensor.
    fn long(&mut self, bytes: &mut impl Read) -> Result<(), Unreadable> {
        let length = byte(bytes)?.into();
        let mut digits = [0; 255];
        let digits = &mut digits[..length];
        bytes.read_exact(digits)?;
        let negative = digits.last().is_some_and(|&byte| byte >= 0x80);
        let mut wide = [if negative { 0xFF } else { 0 }; 8];
        match wide.get_mut(..length) {
            Some(low) => {
                low.copy_from_slice(digits);
                self.push_int(i64::from_le_bytes(wide))
            }
            None => self.push(Value::Other),
        }
    }

    fn push_text(&mut self, bytes: &mut impl Read, length: usize) -> Result<(), Unreadable> {
        if length > MAX_TEXT - self.text {
            return Err(format!("its pickle has more than {MAX_TEXT} bytes of text").into());
        }
        self.text += length;
        let mut text = vec![0; length];
        bytes.read_exact(&mut text)?;
        // Bytes that are no text serve as no name.
        self.push(String::from_utf8(text).map_or(Value::Other, |text| Value::Text(text.into())))
    }

    fn push_name(&mut self, module: &str, name: &str) -> Result<(), Unreadable> {
        match known(module, name) {
            Some(name) => self.push(Value::Name(name)),
            None => {
                let what = "which is no part of weights; nothing was run";
                Err(format!("its pickle asks for `{module}.{name}`, {what}").into())
            }
        }
    }

    fn floor(&self) -> usize {
        self.marks.last().map_or(0, |&mark| mark as usize)
    }

    fn top(&self) -> Result<Id, Unreadable> {
        match self.stack.last() {
            Some(&id) if self.stack.len() > self.floor() => Ok(id),
            _ => Err(EMPTY.into()),
        }
    }

    fn pop(&mut self) -> Result<Id, Unreadable> {
        let top = self.top()?;
        self.stack.pop();
        Ok(top)
    }

    fn pop_to_mark(&mut self) -> Result<Vec<Id>, Unreadable> {
        let mark = self.marks.pop().ok_or(EMPTY)?;
        Ok(self.stack.split_off(mark as usize))
    }

    fn append(&mut self, items: Vec<Id>) -> Result<(), Unreadable> {
        let list = self.top()?;
        match &mut self.values[list as usize] {
            Value::List(list) => list.extend(items),
            Value::Other => {}
            _ => return Err("its pickle appends to a value that is no list".into()),
        }
        Ok(())
    }

    fn set(&mut self, items: &[Id]) -> Result<(), Unreadable> {
        let dict = self.top()?;
        let Value::Dict(dict) = &mut self.values[dict as usize] else {
            return Err("its pickle sets an item of a value that is no dictionary".into());
        };
        let (pairs, rest) = items.as_chunks::<2>();
        dict.extend(pairs.iter().map(|&[key, value]| (key, value)));
        if rest.is_empty() { Ok(()) } else { Err("its pickle sets an item without a value".into()) }
    }

    fn remember(&mut self, slot: u32) -> Result<(), Unreadable> {
        let top = self.top()?;
        self.memo.insert(slot, top);
        if self.memo.len() > MAX_VALUES {
            return Err(format!("its pickle remembers more than {MAX_VALUES} values").into());
        }
        Ok(())
    }

    fn recall(&mut self, slot: u32) -> Result<(), Unreadable> {
        let id = self.memo.get(&slot).ok_or("its pickle recalls a value that it never had")?;
        self.stack.push(*id);
        Ok(())
    }

    fn name_of(&self, id: Id) -> Option<Box<str>> {
        match &self.values[id as usize] {
            Value::Text(text) if text.len() <= MAX_NAME => Some(text.clone()),
            _ => None,
        }
    }

    /// What a known function gives, without running it.
    fn call(&mut self) -> Result<(), Unreadable> {
        let (arguments, callee) = (self.pop()?, self.pop()?);
        let Value::Name(name) = self.values[callee as usize] else {
            return Err("its pickle calls a value that is no function".into());
        };
        let fields = items(&self.values, arguments).ok_or("its pickle calls a function without arguments")?;
        let result = match (name, fields) {
            (Name::Harmless, _) => Some(Value::Other),
            (Name::OrderedDict, []) => Some(Value::Dict(Vec::new())),
            (Name::OrderedDict, &[pairs]) => self.pairs(pairs).map(Value::Dict),
            (Name::RebuildTensor, _) => Some(Value::Tensor(arguments)),
            (Name::RebuildParameter, &[tensor, ..]) => match self.values[tensor as usize] {
                Value::Tensor(arguments) => Some(Value::Tensor(arguments)),
                _ => None,
            },
            _ => None,
        };
        self.push(result.ok_or("its pickle calls a function with arguments that don't fit")?)
    }

    /// The items of a dictionary that is given as a list of pairs.
    fn pairs(&mut self, list: Id) -> Option<Vec<(Id, Id)>> {
        let pair = |&id: &Id| match *items(&self.values, id)? {
            [key, value] => Some((key, value)),
            _ => None,
        };
        let list = items(&self.values, list)?;
        // One list may be given again and again.
        self.copied += list.len();
        if self.copied > MAX_VALUES { None } else { list.iter().map(pair).collect() }
    }

    /// `("storage", class, key, device, count)`, and none or nothing behind it.
    fn storage(&mut self) -> Result<(), Unreadable> {
        let description = self.pop()?;
        let storage = items(&self.values, description).and_then(|fields| {
            let &[_, class, key, _, numbers, ref view @ ..] = fields else { return None };
            let Value::Name(Name::Storage(element)) = self.values[class as usize] else { return None };
            // A view into another storage was last written in 2017.
            let whole = view.iter().all(|&view| matches!(self.values[view as usize], Value::Other));
            whole.then_some(Storage { element, key, count: count(&self.values, numbers)? })
        });
        let (storage, key) = storage
            .and_then(|storage| Some((storage, self.name_of(storage.key)?)))
            .ok_or("its pickle describes stored numbers in a way that is not known")?;
        let described = (storage.element, storage.count);
        if *self.storages.entry(key).or_insert(described) != described {
            return Err("its pickle describes stored numbers in two ways".into());
        }
        if self.storages.len() > MAX_STORAGES {
            return Err(format!("its pickle describes more than {MAX_STORAGES} storages").into());
        }
        self.push(Value::Storage(storage))
    }
}

/// The names that weights need.
fn known(module: &str, name: &str) -> Option<Name> {
    let element = |name| {
        Some(match name {
            "DoubleStorage" => ElementType::F64,
            "FloatStorage" => ElementType::F32,
            "HalfStorage" => ElementType::F16,
            "BFloat16Storage" => ElementType::BF16,
            "LongStorage" => ElementType::I64,
            "IntStorage" => ElementType::I32,
            "ShortStorage" => ElementType::I16,
            "CharStorage" => ElementType::I8,
            "ByteStorage" => ElementType::U8,
            "BoolStorage" => ElementType::Bool,
            _ => return None,
        })
    };
    match (module, name) {
        ("collections", "OrderedDict") => Some(Name::OrderedDict),
        ("torch._utils", "_rebuild_tensor" | "_rebuild_tensor_v2") => Some(Name::RebuildTensor),
        ("torch._utils", "_rebuild_parameter") => Some(Name::RebuildParameter),
        ("torch", "Size" | "device") => Some(Name::Harmless),
        ("torch" | "torch.cuda", _) => element(name).map(Name::Storage),
        ("builtins" | "__builtin__", "set") => Some(Name::Harmless),
        _ => None,
    }
}

fn byte(bytes: &mut impl Read) -> Result<u8, Unreadable> {
    Ok(array::<1>(bytes)?[0])
}

fn array<const N: usize>(bytes: &mut impl Read) -> Result<[u8; N], Unreadable> {
    let mut array = [0; N];
    bytes.read_exact(&mut array)?;
    Ok(array)
}

/// A line of text, without its end.
fn line(bytes: &mut impl Read) -> Result<String, Unreadable> {
    let mut line = Vec::new();
    loop {
        match byte(bytes)? {
            b'\n' => return Ok(String::from_utf8_lossy(&line).into_owned()),
            _ if line.len() == MAX_NAME => return Err("its pickle names a class at too great length".into()),
            byte => line.push(byte),
        }
    }
}
