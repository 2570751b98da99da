//! The user's text: what of it is read, as words with UTF-16 spans.
//!
//! Byte offsets become UTF-16 offsets here and nowhere else.

use std::ops::Range;

use unicode_segmentation::{GraphemeCursor, UnicodeSegmentation};

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

/// A word as people see it: a segment by the word boundaries of Unicode
/// Annex 29, several that hyphens join, or a picture such as an emoji.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// Where it stands, in UTF-8 bytes of the text.
    pub bytes: Range<usize>,
    /// The same place in UTF-16 code units.
    pub utf16: Utf16Span,
    /// Which of [`Text::segments`] it holds; none of them for a picture.
    pub segments: Range<usize>,
}

/// A text that has something to read, and its words.
#[derive(Clone, Debug)]
pub struct Text {
    source: String,
    read_bytes: usize,
    segments: Vec<Range<usize>>,
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
        let text = Self::up_to(source, read_bytes);
        text.check_readable()?;
        Ok(text)
    }

    fn up_to(source: String, read_bytes: usize) -> Self {
        let segments = find_segments(&source[..read_bytes]);
        let words = find_words(&source[..read_bytes], &segments);
        Self { source, read_bytes, segments, words }
    }

    /// The words of a film's title; none where there is nothing but white space.
    ///
    /// Titles are short: only the first 200 bytes are read.
    pub fn title(source: &str) -> Option<Self> {
        let source = source.trim().to_string();
        let read_bytes = readable_bytes(&source, TextBudget { bytes: 200 });
        (!source.is_empty()).then(|| Self::up_to(source, read_bytes))
    }

    /// The part of this text that is read, with white space in the place of every
    /// word that `gone` holds, by its index: the one way in which a word is taken
    /// away. Neighbours never join, and every other word stays what it was. What
    /// is left may be unreadable.
    pub fn without(&self, gone: impl Fn(usize) -> bool) -> Self {
        let mut left = String::with_capacity(self.read_bytes);
        let mut kept_to = 0;
        for (index, word) in self.words.iter().enumerate().filter(|&(index, _)| gone(index)) {
            left.push_str(&self.source[kept_to..word.bytes.start]);
            // A mark may stand on a space, as a word: another space would join it.
            let next = self.words.get(index + 1);
            let on_space =
                next.is_some_and(|next| self.word(next).starts_with(char::is_whitespace));
            left.push(if on_space { '\n' } else { ' ' });
            kept_to = word.bytes.end;
        }
        left.push_str(&self.source[kept_to..self.read_bytes]);
        let read_bytes = left.len();
        Self::up_to(left, read_bytes)
    }

    /// The part of the text that is read.
    pub fn as_str(&self) -> &str {
        &self.source[..self.read_bytes]
    }

    /// What is read, by the word boundaries of Unicode Annex 29, in UTF-8 bytes:
    /// what the keyword model counts.
    pub fn segments(&self) -> &[Range<usize>] {
        &self.segments
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
        if self.segments.is_empty() {
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
        let is_latin =
            |segment: &&Range<usize>| self.source[(*segment).clone()].chars().any(is_latin);
        if self.segments.iter().filter(is_latin).count() * 2 < self.segments.len() {
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

fn find_segments(text: &str) -> Vec<Range<usize>> {
    text.unicode_word_indices().map(|(start, word)| start..start + word.len()).collect()
}

fn find_words(text: &str, segments: &[Range<usize>]) -> Vec<Word> {
    let mut words = Words { text, found: Vec::new(), bytes: 0, utf16: 0 };
    let whole: Vec<_> = segments.iter().map(|segment| whole_graphemes(text, segment)).collect();
    let mut next = 0;
    while let Some(first) = whole.get(next) {
        words.add_pictures(first.start);
        let joined = |pair: &&[Range<usize>]| {
            // Nothing lies between two that share a grapheme: they overlap.
            let between = text.get(pair[0].end..pair[1].start);
            between.is_none_or(is_hyphen)
        };
        let last = next + whole[next..].windows(2).take_while(joined).count();
        words.add(first.start..whole[last].end, next..last + 1);
        next = last + 1;
    }
    words.add_pictures(text.len());
    words.found
}

/// A segment with the graphemes that it begins and ends in: a few signs, such as
/// U+0600, are one with whatever letter or picture comes after them.
fn whole_graphemes(text: &str, segment: &Range<usize>) -> Range<usize> {
    let cursor = |at| GraphemeCursor::new(at, text.len(), true);
    let is_edge = |at: usize| {
        let letters = text.as_bytes().get(at.saturating_sub(1)..=at);
        letters.is_some_and(<[u8]>::is_ascii) || cursor(at).is_boundary(text, 0) != Ok(false)
    };
    let Range { mut start, mut end } = *segment;
    if !is_edge(start) {
        start = cursor(start).prev_boundary(text, 0).ok().flatten().unwrap_or(start);
    }
    if !is_edge(end) {
        end = cursor(end).next_boundary(text, 0).ok().flatten().unwrap_or(end);
    }
    start..end
}

/// Words on their way out of a text, and how far it has been read.
struct Words<'t> {
    text: &'t str,
    found: Vec<Word>,
    bytes: usize,
    utf16: u32,
}

impl Words<'_> {
    fn add(&mut self, bytes: Range<usize>, segments: Range<usize>) {
        let start = self.utf16 + utf16_len(&self.text[self.bytes..bytes.start]);
        let end = start + utf16_len(&self.text[bytes.clone()]);
        (self.bytes, self.utf16) = (bytes.end, end);
        let utf16 = Utf16Span { start: Utf16Offset(start), end: Utf16Offset(end) };
        self.found.push(Word { bytes, utf16, segments });
    }

    /// The pictures between the last word and the byte offset `end`.
    fn add_pictures(&mut self, end: usize) {
        let from = self.bytes;
        let next = self.found.last().map_or(0, |word| word.segments.end);
        for (start, grapheme) in self.text[from..end].grapheme_indices(true) {
            if grapheme.chars().any(is_picture) {
                self.add(from + start..from + start + grapheme.len(), next..next);
            }
        }
    }
}

fn is_hyphen(between: &str) -> bool {
    matches!(between, "-" | "\u{2010}" | "\u{2011}")
}

/// Arrows to dingbats, and the planes' emoji and symbols: what stands in a text
/// for a word of its own.
fn is_picture(c: char) -> bool {
    matches!(c, '\u{2190}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}')
}
