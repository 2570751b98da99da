//! Text to word pieces, each with its place in the text.

use std::ops::Range;

use tokenizers::Tokenizer;

use crate::error::{Error, ErrorKind, Result};

/// A WordPiece tokenizer and its special pieces.
pub struct WordPieces {
    tokenizer: Tokenizer,
    /// Starts a window.
    pub cls: u32,
    /// Ends a window.
    pub sep: u32,
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
    pub fn read(json: &[u8]) -> Result<Self> {
        let invalid = |what: &str| Error::new(ErrorKind::TokenizerInvalid, what);
        let mut tokenizer = Tokenizer::from_bytes(json).map_err(|cause| {
            invalid("tokenizer.json cannot be read; take it from the model's folder again.")
                .caused_by(cause)
        })?;
        tokenizer.with_padding(None);
        tokenizer.with_truncation(None).map_err(|cause| {
            invalid("tokenizer.json has settings that cannot be used.").caused_by(cause)
        })?;
        // As BERT writes them, or as RoBERTa does.
        let special = |names: [&str; 2]| {
            let missing = || invalid("tokenizer.json lacks [CLS] and [SEP], or <s> and </s>.");
            names.iter().find_map(|name| tokenizer.token_to_id(name)).ok_or_else(missing)
        };
        let (cls, sep) = (special(["[CLS]", "<s>"])?, special(["[SEP]", "</s>"])?);
        Ok(Self { tokenizer, cls, sep })
    }

    /// One more than the largest id.
    pub fn vocabulary(&self) -> usize {
        self.tokenizer.get_vocab(true).into_values().max().map_or(0, |id| id as usize + 1)
    }

    /// Splits a text.
    ///
    /// # Errors
    /// [`ErrorKind::TokenizerInvalid`] where the tokenizer fails on a text.
    pub fn split(&self, text: &str) -> Result<Pieces> {
        let encoding = self.tokenizer.encode(text, false).map_err(|cause| {
            let message = "The tokenizer could not read this text.";
            Error::new(ErrorKind::TokenizerInvalid, message).caused_by(cause)
        })?;
        let bytes = encoding.get_offsets().iter().map(|&(start, end)| start..end);
        Ok(Pieces { ids: encoding.get_ids().to_vec(), bytes: bytes.collect() })
    }
}
