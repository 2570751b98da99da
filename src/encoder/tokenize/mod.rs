//! Text to word pieces, each with its place in the text.

mod bert;
#[cfg(any(feature = "tract", test))]
mod other;
mod wordpiece;

use std::ops::Range;

use tokenizers::Encoding;

use crate::error::{Error, ErrorKind};
use bert::Bert;
#[cfg(feature = "tract")]
use other::Other;

/// A tokenizer and its special pieces.
pub struct WordPieces {
    tokenizer: Kind,
    /// Starts a window.
    pub cls: u32,
    /// Ends a window.
    pub sep: u32,
}

enum Kind {
    Bert(Box<Bert>),
    #[cfg(feature = "tract")]
    Other(Other),
}

/// Runs the same code on either kind.
macro_rules! with {
    ($kind:expr, $tokenizer:ident => $code:expr) => {
        match $kind {
            Kind::Bert($tokenizer) => $code,
            #[cfg(feature = "tract")]
            Kind::Other($tokenizer) => $code,
        }
    };
}

/// No `tokenizer.json` that is used is a quarter as large.
const MOST_BYTES: usize = 64 << 20;

/// The pieces of a text, without special ones.
#[derive(Clone, Debug, Default)]
pub struct Pieces {
    /// Vocabulary ids.
    pub ids: Vec<u32>,
    /// Where each piece stands, in UTF-8 bytes of the text.
    pub bytes: Vec<Range<usize>>,
}

impl Pieces {
    fn of(encoding: &Encoding) -> Self {
        let bytes = encoding.get_offsets().iter().map(|&(start, end)| start..end);
        Self { ids: encoding.get_ids().to_vec(), bytes: bytes.collect() }
    }
}

impl Kind {
    fn read(json: &[u8]) -> crate::Result<Self> {
        if let Some(bert) = Bert::read(json) {
            return Ok(Self::Bert(Box::new(bert)));
        }
        #[cfg(feature = "tract")]
        let unreadable = match Other::read(json) {
            Ok(other) => return Ok(Self::Other(other)),
            Err(cause) => Some(cause),
        };
        #[cfg(not(feature = "tract"))]
        let unreadable = serde_json::from_slice::<serde::de::IgnoredAny>(json).err();
        Err(match unreadable {
            Some(cause) => {
                invalid("tokenizer.json cannot be read; take it from the model's folder again.")
                    .caused_by(cause)
            }
            None => invalid(
                "tokenizer.json is not BERT's; name tract as the engine in manifest.json to use it.",
            ),
        })
    }
}

fn invalid(message: &str) -> Error {
    Error::new(ErrorKind::TokenizerInvalid, message)
}

impl WordPieces {
    /// Reads a `tokenizer.json`; its truncation and padding are switched off. Others
    /// than BERT's need the feature `tract`.
    ///
    /// # Errors
    /// [`ErrorKind::TokenizerInvalid`].
    pub fn read(json: &[u8]) -> crate::Result<Self> {
        if json.len() > MOST_BYTES {
            return Err(invalid("tokenizer.json is larger than 64 MiB."));
        }
        let tokenizer = Kind::read(json)?;
        // As BERT writes them, or as RoBERTa does.
        let special = |names: [&str; 2]| {
            let missing = || invalid("tokenizer.json lacks [CLS] and [SEP], or <s> and </s>.");
            let id = |name: &&str| with!(&tokenizer, tokenizer => tokenizer.id(name));
            names.iter().find_map(id).ok_or_else(missing)
        };
        let (cls, sep) = (special(["[CLS]", "<s>"])?, special(["[SEP]", "</s>"])?);
        Ok(Self { tokenizer, cls, sep })
    }

    /// How many pieces it knows.
    pub fn vocabulary(&self) -> usize {
        with!(&self.tokenizer, tokenizer => tokenizer.vocabulary())
    }

    /// Splits a text.
    ///
    /// # Errors
    /// [`ErrorKind::TokenizerInvalid`] where the tokenizer fails on a text.
    pub fn split(&self, text: &str) -> crate::Result<Pieces> {
        with!(&self.tokenizer, tokenizer => tokenizer.split(text))
            .map_err(|cause| invalid("The tokenizer could not read this text.").caused_by(cause))
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::other::Other;
    use super::*;

    const SHIPPED: &[u8] = include_bytes!("../../../www/model/tokenizer.json");

    #[test]
    fn the_shipped_tokenizer_is_berts_and_splits_as_the_general_one() {
        let bert = Bert::read(SHIPPED).unwrap();
        let other = Other::read(SHIPPED).unwrap();
        assert_eq!(bert.vocabulary(), other.vocabulary());
        assert_eq!(bert.id("[SEP]"), other.id("[SEP]"));
        for text in [
            "A sheriff’s café—naïve, déjà vu; 1944 (co-op).",
            "[CLS] a [SEP] and [MASK] [UNK] [unk] in a text",
            "[MASK][MASK] [[MASK]] [MA[SEP]SK]x[PAD]ü[PAD]",
            "[CLS]",
            "日本 ünïcödé 🎬\u{200d}👩 ß İ \r\n\t\0 end",
            "",
        ] {
            let (a, b) = (bert.split(text).unwrap(), other.split(text).unwrap());
            assert_eq!((a.ids, a.bytes), (b.ids, b.bytes), "{text}");
        }
    }

    const MASK: &str = r#"{"id":4,"content":"[MASK]","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true}"#;

    #[test]
    fn others_than_berts_need_tract() {
        let shipped = std::str::from_utf8(SHIPPED).unwrap();
        let altered = [
            shipped.replacen("\"lstrip\":false", "\"lstrip\":true", 1),
            shipped.replacen("\"id\":4", "\"id\":7", 1),
            shipped.replacen("\"BertPreTokenizer\"", "\"Whitespace\"", 1),
            shipped.replacen(MASK, &[MASK; 97].join(","), 1),
        ];
        for json in altered {
            assert_ne!(json, shipped);
            let read = WordPieces::read(json.as_bytes());
            #[cfg(feature = "tract")]
            assert!(matches!(read.unwrap().tokenizer, Kind::Other(_)));
            #[cfg(not(feature = "tract"))]
            assert!(read.err().unwrap().to_string().contains("tract"));
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
