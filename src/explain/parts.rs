//! Sentences and phrases, as ranges over the words of a text.

use std::ops::Range;

use crate::text::Text;

/// A phrase of more words than this is cut evenly.
const LONGEST_PHRASE: usize = 8;

/// The parts of a text, from coarse to fine; each level covers every word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parts {
    /// What full stops, question and exclamation marks and line breaks part.
    pub sentences: Vec<Range<usize>>,
    /// What any mark parts, and no more than a few words.
    pub phrases: Vec<Range<usize>>,
}

impl Parts {
    /// Finds the parts of a text by the marks between its words.
    pub fn of(text: &Text) -> Self {
        let ends = |c: char| matches!(c, '.' | '!' | '?' | '…' | '\n');
        let parts = |c: char| ends(c) || !(c.is_alphanumeric() || c.is_whitespace());
        let phrases = split(text, parts).into_iter().flat_map(cut).collect();
        Self { sentences: split(text, ends), phrases }
    }
}

/// The words between gaps that hold a mark.
fn split(text: &Text, is_mark: impl Fn(char) -> bool) -> Vec<Range<usize>> {
    let words = text.words();
    let gap = |index: &usize| {
        let gap = &text.as_str()[words[index - 1].bytes.end..words[*index].bytes.start];
        gap.contains(&is_mark)
    };
    let mut edges: Vec<usize> = (1..words.len()).filter(gap).collect();
    edges.insert(0, 0);
    edges.push(words.len());
    edges.windows(2).map(|pair| pair[0]..pair[1]).filter(|part| !part.is_empty()).collect()
}

fn cut(phrase: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let (start, words) = (phrase.start, phrase.len());
    let pieces = words.div_ceil(LONGEST_PHRASE);
    (0..pieces)
        .map(move |piece| start + piece * words / pieces..start + (piece + 1) * words / pieces)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::TextBudget;

    #[test]
    fn parts_follow_the_marks() {
        let text = "A widow, and her son. A door! Nothing more than one two three four five six seven eight";
        let parts = Parts::of(&Text::read(text, TextBudget::default()).unwrap());
        assert_eq!(parts.sentences, [0..5, 5..7, 7..18]);
        assert_eq!(parts.phrases, [0..2, 2..5, 5..7, 7..12, 12..18]);
    }
}
