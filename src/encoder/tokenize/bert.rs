//! BERT's own tokenizer. It is asked for by its types: to find them out would take
//! several times as long, and twice the browser's module.

use std::cmp::Reverse;
use std::ops::Range;

use serde::Deserialize;
use tokenizers::normalizers::bert::BertNormalizer;
use tokenizers::pre_tokenizers::bert::BertPreTokenizer;
use tokenizers::tokenizer::normalizer;
use tokenizers::{
    NormalizedString, Normalizer, OffsetType, PreTokenizedString, PreTokenizer, Token,
};

use super::Pieces;
use super::wordpiece::WordPiece;

/// BERT has five; each is looked for in every text.
const MOST_SPECIALS: usize = 100;

/// What of a `tokenizer.json` makes word pieces.
#[derive(Deserialize)]
pub(super) struct Bert {
    #[serde(rename = "added_tokens")]
    specials: Vec<Special>,
    normalizer: BertNormalizer,
    pre_tokenizer: BertPreTokenizer,
    model: WordPiece,
}

/// A piece such as `[MASK]`, which is read as one where a text has it.
#[derive(Deserialize)]
struct Special {
    id: u32,
    content: String,
    single_word: bool,
    lstrip: bool,
    rstrip: bool,
    normalized: bool,
}

impl Special {
    /// It stands for itself alone, and the model knows it: so it is with BERT's.
    fn is_plain(&self, model: &WordPiece) -> bool {
        let Self { single_word, lstrip, rstrip, normalized, .. } = *self;
        let is_known = model.id(&self.content) == Some(self.id);
        is_known && !(single_word || lstrip || rstrip || normalized || self.content.is_empty())
    }
}

impl Bert {
    /// Reads a `tokenizer.json`; none where it has other parts than BERT's.
    pub(super) fn read(json: &[u8]) -> Option<Self> {
        let bert: Self = serde_json::from_slice(json).ok()?;
        let is_berts = bert.specials.len() <= MOST_SPECIALS
            && bert.specials.iter().all(|special| special.is_plain(&bert.model));
        is_berts.then_some(bert)
    }

    pub(super) fn id(&self, piece: &str) -> Option<u32> {
        self.model.id(piece)
    }

    pub(super) fn vocabulary(&self) -> usize {
        self.model.len()
    }

    pub(super) fn split(&self, text: &str) -> tokenizers::Result<Pieces> {
        let mut parts = PreTokenizedString::from(text);
        parts.split(|_, whole| self.apart(&whole))?;
        parts.normalize(|part| self.normalizer.normalize(part))?;
        self.pre_tokenizer.pre_tokenize(&mut parts)?;
        parts.tokenize(|word| Ok(self.model.split(word.get())))?;
        parts.into_encoding(None, 0, OffsetType::Byte).map(|encoding| Pieces::of(&encoding))
    }

    /// The special pieces of a text, and what stands between them.
    fn apart(
        &self,
        whole: &NormalizedString,
    ) -> tokenizers::Result<Vec<(NormalizedString, Option<Vec<Token>>)>> {
        let part = |range: Range<usize>| {
            let message = "special pieces stand between characters";
            whole.slice(normalizer::Range::Original(range)).ok_or(message)
        };
        let text = whole.get_original();
        let mut parts = Vec::new();
        let mut read = 0;
        for (range, id) in self.specials(text) {
            if range.start > read {
                parts.push((part(read..range.start)?, None));
            }
            let token = Token::new(id, text[range.clone()].to_owned(), (0, range.len()));
            read = range.end;
            parts.push((part(range)?, Some(vec![token])));
        }
        if read < text.len() {
            parts.push((part(read..text.len())?, None));
        }
        Ok(parts)
    }

    /// Where special pieces stand, the first and longest first.
    fn specials(&self, text: &str) -> Vec<(Range<usize>, u32)> {
        let found = |special: &Special| {
            let (length, id) = (special.content.len(), special.id);
            let places = text.match_indices(special.content.as_str());
            places.map(move |(at, _)| (at..at + length, id)).collect::<Vec<_>>()
        };
        let mut all: Vec<_> = self.specials.iter().flat_map(found).collect();
        all.sort_unstable_by_key(|(range, _)| (range.start, Reverse(range.end)));
        let mut read = 0;
        all.retain(|(range, _)| {
            let is_apart = range.start >= read;
            if is_apart {
                read = range.end;
            }
            is_apart
        });
        all
    }
}
