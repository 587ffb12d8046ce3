//! Enums that are written as a name, or as a name with options, such as `"relu"` and `{"leaky_relu": {"alpha": 0.2}}`.
//!
//! serde's derive takes a name alone only where there are no options; here a name alone has all of its usual ones.

use std::marker::PhantomData;

use serde::de::value::{MapDeserializer, StrDeserializer, StringDeserializer};
use serde::de::{DeserializeSeed, EnumAccess, Error, IntoDeserializer, MapAccess, VariantAccess, Visitor};

use crate::nearest::suggestion;

/// A name alone.
pub struct Name<'a, E>(&'a str, PhantomData<E>);

impl<'a, E: Error> Name<'a, E> {
    /// Takes one of the known names; any, if none is known.
    ///
    /// # Errors
    /// If it is none of them: says which it could have been.
    pub fn new(name: &'a str, known: &[&str]) -> Result<Self, E> {
        check(name, known)?;
        Ok(Self(name, PhantomData))
    }
}

fn check<E: Error>(name: &str, known: &[&str]) -> Result<(), E> {
    match known.is_empty() || known.contains(&name) {
        true => Ok(()),
        false => Err(E::custom(format!("unknown name {name:?}; {}", suggestion(name, known)))),
    }
}

/// Options of which none is given.
fn usual<'de, E: Error>() -> MapDeserializer<'de, std::iter::Empty<(&'static str, ())>, E> {
    MapDeserializer::new(std::iter::empty())
}

impl<'de, E: Error> EnumAccess<'de> for Name<'_, E> {
    type Error = E;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), E> {
        Ok((seed.deserialize(StrDeserializer::new(self.0))?, self))
    }
}

impl<'de, E: Error> VariantAccess<'de> for Name<'_, E> {
    type Error = E;

    fn unit_variant(self) -> Result<(), E> {
        Ok(())
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, E> {
        seed.deserialize(usual())
    }

    fn tuple_variant<V: Visitor<'de>>(self, _len: usize, _visitor: V) -> Result<V::Value, E> {
        Err(E::custom("a list of options has no usual ones"))
    }

    fn struct_variant<V: Visitor<'de>>(self, _fields: &'static [&'static str], visitor: V) -> Result<V::Value, E> {
        visitor.visit_map(usual())
    }
}

/// A name with its options: a map with one entry.
pub struct WithOptions<A> {
    name: String,
    map: A,
}

impl<'de, A: MapAccess<'de>> WithOptions<A> {
    /// Reads the name, which has to be one of the known ones; any, if none is known.
    ///
    /// # Errors
    /// If it is none of them, says which it could have been; if there is none.
    pub fn new(mut map: A, known: &[&str]) -> Result<Self, A::Error> {
        let name = map.next_key::<String>()?.ok_or_else(|| A::Error::custom("a name with its options is wanted"))?;
        check(&name, known)?;
        Ok(Self { name, map })
    }

    /// The options, when nothing follows them.
    fn only<T>(mut map: A, options: T) -> Result<T, A::Error> {
        match map.next_key::<String>()? {
            None => Ok(options),
            Some(more) => Err(A::Error::custom(format!("one name with its options is wanted; {more:?} follows it"))),
        }
    }
}

impl<'de, A: MapAccess<'de>> EnumAccess<'de> for WithOptions<A> {
    type Error = A::Error;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(mut self, seed: S) -> Result<(S::Value, Self), A::Error> {
        let name: StringDeserializer<A::Error> = std::mem::take(&mut self.name).into_deserializer();
        Ok((seed.deserialize(name)?, self))
    }
}

impl<'de, A: MapAccess<'de>> VariantAccess<'de> for WithOptions<A> {
    type Error = A::Error;

    fn unit_variant(mut self) -> Result<(), A::Error> {
        self.map.next_value::<()>()?;
        Self::only(self.map, ())
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(mut self, seed: S) -> Result<S::Value, A::Error> {
        let options = self.map.next_value_seed(seed)?;
        Self::only(self.map, options)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _len: usize, _visitor: V) -> Result<V::Value, A::Error> {
        Err(A::Error::custom("options have names"))
    }

    fn struct_variant<V: Visitor<'de>>(
        mut self,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        let options = self.map.next_value_seed(Fields(visitor))?;
        Self::only(self.map, options)
    }
}

/// The fields of a variant.
struct Fields<V>(V);

impl<'de, V: Visitor<'de>> DeserializeSeed<'de> for Fields<V> {
    type Value = V::Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<V::Value, D::Error> {
        deserializer.deserialize_map(self.0)
    }
}

/// Serde of an enum that derives it under `#[serde(remote = "Self")]`; `$what` says in errors what it is, `$names` are the
/// names that exist, for errors that say which one could have been meant.
#[macro_export]
macro_rules! named {
    ($type:ident, $what:literal) => {
        $crate::named!($type, $what, &[]);
    };
    ($type:ident, $what:literal, $names:expr) => {
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                Self::serialize(self, serializer)
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Written;

                const KNOWN: &[&str] = $names;

                impl<'de> serde::de::Visitor<'de> for Written {
                    type Value = $type;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str($what)
                    }

                    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<$type, E> {
                        let name = $crate::named::Name::new(name, KNOWN)?;
                        $type::deserialize(serde::de::value::EnumAccessDeserializer::new(name))
                    }

                    fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<$type, A::Error> {
                        let entry = $crate::named::WithOptions::new(map, KNOWN)?;
                        $type::deserialize(serde::de::value::EnumAccessDeserializer::new(entry))
                    }
                }

                deserializer.deserialize_any(Written)
            }
        }
    };
}
