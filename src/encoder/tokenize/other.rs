//! Any other tokenizer, for what tract runs.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use tokenizers::Tokenizer;

use super::Pieces;

/// A tokenizer whose parts are found out as it is read.
pub(super) struct Other(Box<Tokenizer>);

impl Other {
    /// Reads a `tokenizer.json`; its truncation and padding are switched off.
    pub(super) fn read(json: &[u8]) -> tokenizers::Result<Self> {
        // The library takes JSON for sound within some of its parts, and panics.
        serde_json::from_slice::<Sound>(json)?;
        let mut tokenizer = Tokenizer::from_bytes(json)?;
        tokenizer.with_padding(None);
        tokenizer.with_truncation(None)?;
        Ok(Self(Box::new(tokenizer)))
    }

    pub(super) fn id(&self, piece: &str) -> Option<u32> {
        self.0.token_to_id(piece)
    }

    pub(super) fn vocabulary(&self) -> usize {
        self.0.get_vocab_size(true)
    }

    pub(super) fn split(&self, text: &str) -> tokenizers::Result<Pieces> {
        self.0.encode(text, false).map(|encoding| Pieces::of(&encoding))
    }
}

/// JSON without anything that serde_json refuses to hold in a value.
struct Sound;

impl<'de> Deserialize<'de> for Sound {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for Sound {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self, A::Error> {
        while items.next_element::<Self>()?.is_some() {}
        Ok(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self, A::Error> {
        while entries.next_entry::<Self, Self>()?.is_some() {}
        Ok(self)
    }
}
