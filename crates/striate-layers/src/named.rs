//! Enums that are written as a name, or as a name with options, such as `"relu"` and `{"leaky_relu": {"alpha": 0.2}}`.
//!
//! serde's derive takes a name alone only where there are no options; here a name alone has all of its usual ones.

use std::marker::PhantomData;

use serde::de::value::{MapDeserializer, StrDeserializer};
use serde::de::{DeserializeSeed, EnumAccess, Error, VariantAccess, Visitor};

/// A name alone.
pub(crate) struct Name<'a, E>(&'a str, PhantomData<E>);

impl<'a, E> Name<'a, E> {
    pub(crate) fn new(name: &'a str) -> Self {
        Self(name, PhantomData)
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

/// Serde of an enum that derives it under `#[serde(remote = "Self")]`; `$what` says in errors what it is.
macro_rules! named {
    ($type:ident, $what:literal) => {
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                Self::serialize(self, serializer)
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Written;

                impl<'de> serde::de::Visitor<'de> for Written {
                    type Value = $type;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str($what)
                    }

                    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<$type, E> {
                        $type::deserialize(serde::de::value::EnumAccessDeserializer::new($crate::named::Name::new(
                            name,
                        )))
                    }

                    fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<$type, A::Error> {
                        $type::deserialize(serde::de::value::MapAccessDeserializer::new(map))
                    }
                }

                deserializer.deserialize_any(Written)
            }
        }
    };
}
pub(crate) use named;
