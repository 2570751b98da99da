//! Text to word pieces, each with its place in the text.

use std::fmt;
use std::ops::Range;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use tokenizers::models::wordpiece::WordPiece;
use tokenizers::normalizers::bert::BertNormalizer;
use tokenizers::pre_tokenizers::bert::BertPreTokenizer;
use tokenizers::{DecoderWrapper, PostProcessorWrapper, Tokenizer, TokenizerImpl};

use crate::error::{Error, ErrorKind};

/// A tokenizer and its special pieces.
pub struct WordPieces {
    tokenizer: Kind,
    /// Starts a window.
    pub cls: u32,
    /// Ends a window.
    pub sep: u32,
}

/// BERT's own tokenizer is read several times faster where it is asked for by
/// its types than where they have to be found out.
enum Kind {
    Bert(Box<Bert>),
    Other(Box<Tokenizer>),
}

type Bert = TokenizerImpl<
    WordPiece,
    BertNormalizer,
    BertPreTokenizer,
    PostProcessorWrapper,
    DecoderWrapper,
>;

/// Runs the same code on either kind.
macro_rules! with {
    ($kind:expr, $tokenizer:ident => $code:expr) => {
        match $kind {
            Kind::Bert($tokenizer) => $code,
            Kind::Other($tokenizer) => $code,
        }
    };
}

/// No `tokenizer.json` that is used is a quarter as large.
const MOST_BYTES: usize = 64 << 20;

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

/// The pieces of a text, without special ones.
#[derive(Clone, Debug, Default)]
pub struct Pieces {
    /// Vocabulary ids.
    pub ids: Vec<u32>,
    /// Where each piece stands, in UTF-8 bytes of the text.
    pub bytes: Vec<Range<usize>>,
}

impl WordPieces {
    /// Reads a `tokenizer.json`; its truncation and padding are switched off.
    ///
    /// # Errors
    /// [`ErrorKind::TokenizerInvalid`].
    pub fn read(json: &[u8]) -> crate::Result<Self> {
        let invalid = |what: &str| Error::new(ErrorKind::TokenizerInvalid, what);
        if json.len() > MOST_BYTES {
            return Err(invalid("tokenizer.json is larger than 64 MiB."));
        }
        // The library takes JSON for sound within some of its parts, and panics.
        serde_json::from_slice::<Sound>(json).map_err(|cause| {
            invalid("tokenizer.json cannot be read; take it from the model's folder again.")
                .caused_by(cause)
        })?;
        let mut tokenizer = match serde_json::from_slice::<Bert>(json) {
            Ok(bert) => Kind::Bert(Box::new(bert)),
            Err(_) => {
                Tokenizer::from_bytes(json).map(Box::new).map(Kind::Other).map_err(|cause| {
                    invalid("tokenizer.json cannot be read; take it from the model's folder again.")
                        .caused_by(cause)
                })?
            }
        };
        with!(&mut tokenizer, tokenizer => {
            tokenizer.with_padding(None);
            tokenizer.with_truncation(None).map(drop)
        })
        .map_err(|cause| {
            invalid("tokenizer.json has settings that cannot be used.").caused_by(cause)
        })?;
        // As BERT writes them, or as RoBERTa does.
        let special = |names: [&str; 2]| {
            let missing = || invalid("tokenizer.json lacks [CLS] and [SEP], or <s> and </s>.");
            let id = |name: &&str| with!(&tokenizer, tokenizer => tokenizer.token_to_id(name));
            names.iter().find_map(id).ok_or_else(missing)
        };
        let (cls, sep) = (special(["[CLS]", "<s>"])?, special(["[SEP]", "</s>"])?);
        Ok(Self { tokenizer, cls, sep })
    }

    /// How many pieces it knows.
    pub fn vocabulary(&self) -> usize {
        with!(&self.tokenizer, tokenizer => tokenizer.get_vocab_size(true))
    }

    /// Splits a text.
    ///
    /// # Errors
    /// [`ErrorKind::TokenizerInvalid`] where the tokenizer fails on a text.
    pub fn split(&self, text: &str) -> crate::Result<Pieces> {
        let encoding = with!(&self.tokenizer, tokenizer => tokenizer.encode(text, false));
        let encoding = encoding.map_err(|cause| {
            let message = "The tokenizer could not read this text.";
            Error::new(ErrorKind::TokenizerInvalid, message).caused_by(cause)
        })?;
        let bytes = encoding.get_offsets().iter().map(|&(start, end)| start..end);
        Ok(Pieces { ids: encoding.get_ids().to_vec(), bytes: bytes.collect() })
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    const SHIPPED: &[u8] = include_bytes!("../../www/model/tokenizer.json");

    #[test]
    fn the_shipped_tokenizer_is_berts_and_splits_as_the_general_one() {
        let bert = WordPieces::read(SHIPPED).unwrap();
        assert!(matches!(bert.tokenizer, Kind::Bert(_)));
        let mut general = Tokenizer::from_bytes(SHIPPED).unwrap();
        general.with_padding(None).with_truncation(None).unwrap();
        let general = Kind::Other(Box::new(general));
        let other = WordPieces { tokenizer: general, cls: bert.cls, sep: bert.sep };
        assert_eq!(bert.vocabulary(), other.vocabulary());
        for text in [
            "A sheriff’s café—naïve, déjà vu; 1944 (co-op).",
            "[CLS] a [SEP] and [MASK] [UNK] [unk] in a text",
            "日本 ünïcödé 🎬\u{200d}👩 ß İ \r\n\t\0 end",
            "",
        ] {
            let (a, b) = (bert.split(text).unwrap(), other.split(text).unwrap());
            assert_eq!((a.ids, a.bytes), (b.ids, b.bytes), "{text}");
        }
    }

    #[test]
    fn what_is_no_tokenizer_is_refused() {
        let deep = "[".repeat(200);
        let in_decoder = |json: &str| format!(r#"{{"decoder": {json}}}"#).into_bytes();
        let decoders = [r#"{"a""#, "1e999", r#""\ud800""#, &deep].map(in_decoder);
        let others = [&b"{}"[..], b"", b"[1]", &SHIPPED[..SHIPPED.len() / 2]];
        for json in others.into_iter().chain(decoders.iter().map(Vec::as_slice)) {
            let error = WordPieces::read(json).err().unwrap();
            assert_eq!(error.kind(), ErrorKind::TokenizerInvalid);
        }
    }
}
