//! The user's text: what of it is read, as words with UTF-16 spans.
//!
//! Byte offsets become UTF-16 offsets here and nowhere else.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use crate::error::{Error, ErrorKind, Result};

/// How much of a text is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextBudget {
    /// UTF-8 bytes, counted from the first that is not white space.
    pub bytes: usize,
}

impl Default for TextBudget {
    /// About 4,000 English words: several times the longest plot summaries.
    fn default() -> Self {
        Self { bytes: 24 * 1024 }
    }
}

/// An offset into the text in UTF-16 code units, as JavaScript counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Utf16Offset(pub u32);

/// A half-open range of UTF-16 code units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Utf16Span {
    /// The first code unit.
    pub start: Utf16Offset,
    /// One past the last code unit.
    pub end: Utf16Offset,
}

/// A word of the text, by the word boundaries of Unicode Annex 29.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// Where it stands, in UTF-8 bytes of the text.
    pub bytes: Range<usize>,
    /// The same place in UTF-16 code units.
    pub utf16: Utf16Span,
}

/// A text that has something to read, and its words.
#[derive(Clone, Debug)]
pub struct Text {
    source: String,
    read_bytes: usize,
    words: Vec<Word>,
}

impl Text {
    /// Finds the words of `source` within the budget.
    ///
    /// # Errors
    /// [`ErrorKind::TextEmpty`], [`ErrorKind::TextNoWords`],
    /// [`ErrorKind::TextTooShort`], or [`ErrorKind::TextUnreadable`] where most
    /// words are not in Latin script.
    pub fn read(source: impl Into<String>, budget: TextBudget) -> Result<Self> {
        let source = source.into();
        let read_bytes = readable_bytes(&source, budget);
        let words = find_words(&source[..read_bytes]);
        let text = Self { source, read_bytes, words };
        text.check_readable()?;
        Ok(text)
    }

    /// The words of a film's title; none where there is nothing but white space.
    ///
    /// Titles are short: only the first 200 bytes are read.
    pub fn title(source: &str) -> Option<Self> {
        let source = source.trim().to_string();
        let read_bytes = readable_bytes(&source, TextBudget { bytes: 200 });
        let words = find_words(&source[..read_bytes]);
        (!source.is_empty()).then_some(Self { source, read_bytes, words })
    }

    /// The part of the text that is read.
    pub fn as_str(&self) -> &str {
        &self.source[..self.read_bytes]
    }

    /// The words that are read, in order.
    pub fn words(&self) -> &[Word] {
        &self.words
    }

    /// The characters of a word.
    pub fn word(&self, word: &Word) -> &str {
        &self.source[word.bytes.clone()]
    }

    /// Where reading stopped, if anything after it is more than white space.
    pub fn truncated_at(&self) -> Option<usize> {
        let unread = &self.source[self.read_bytes..];
        (!unread.trim().is_empty()).then_some(self.read_bytes)
    }

    /// The UTF-16 offset of a byte offset on a character boundary.
    pub fn utf16_offset(&self, byte: usize) -> Utf16Offset {
        Utf16Offset(utf16_len(&self.source[..byte]))
    }

    fn check_readable(&self) -> Result<()> {
        let error = |kind, message: &str| Err(Error::new(kind, message));
        if self.source.trim().is_empty() {
            return error(ErrorKind::TextEmpty, "Type or paste the description of a plot.");
        }
        if self.words.is_empty() {
            return error(
                ErrorKind::TextNoWords,
                "There are no words in this text; describe the plot in a sentence or two.",
            );
        }
        let letters = self.as_str().chars().filter(|c| c.is_alphanumeric());
        if letters.take(2).count() < 2 {
            return error(
                ErrorKind::TextTooShort,
                "One letter is not enough; describe the plot in a sentence or two.",
            );
        }
        let latin = self.words.iter().filter(|word| self.word(word).chars().any(is_latin));
        if latin.count() * 2 < self.words.len() {
            return error(
                ErrorKind::TextUnreadable,
                "The models read English only; paste an English description.",
            );
        }
        Ok(())
    }
}

fn is_latin(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || (c.is_alphabetic() && matches!(c, '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}'))
}

fn utf16_len(text: &str) -> u32 {
    text.chars().map(|c| c.len_utf16() as u32).sum()
}

/// The end of the last whole word within the budget, or of the last whole
/// grapheme where the budget ends inside the very first word.
fn readable_bytes(source: &str, budget: TextBudget) -> usize {
    let blank = source.len() - source.trim_start().len();
    let end = blank.saturating_add(budget.bytes);
    if source.len() <= end {
        return source.len();
    }
    let head = &source[..source.floor_char_boundary(end)];
    let last_segment = head.split_word_bound_indices().next_back();
    let cut = last_segment.map_or(0, |(start, _)| start);
    if cut > 0 && head[..cut].unicode_words().next().is_some() {
        return cut;
    }
    head.grapheme_indices(true).next_back().map_or(0, |(start, _)| start)
}

fn find_words(text: &str) -> Vec<Word> {
    let mut utf16 = 0;
    let mut seen = 0;
    text.unicode_word_indices()
        .map(|(start, word)| {
            utf16 += utf16_len(&text[seen..start]);
            let from = Utf16Offset(utf16);
            utf16 += utf16_len(word);
            seen = start + word.len();
            Word { bytes: start..seen, utf16: Utf16Span { start: from, end: Utf16Offset(utf16) } }
        })
        .collect()
}
