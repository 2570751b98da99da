//! Words and word pairs of a text, as the model knows them.

use std::ops::Range;

use crate::text::Text;

/// An occurrence of a term: which words of its text it covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// One or two neighbouring words.
    pub words: Range<usize>,
}

/// Every word and every pair of neighbouring words, in lower case.
pub fn terms(text: &Text) -> impl Iterator<Item = (String, Term)> {
    let segments = text.segments().iter();
    let words: Vec<String> = segments.map(|at| normal(&text.as_str()[at.clone()])).collect();
    (0..words.len()).flat_map(move |i| {
        let single = (words[i].clone(), Term { words: i..i + 1 });
        let pair =
            words.get(i + 1).map(|next| (format!("{} {next}", words[i]), Term { words: i..i + 2 }));
        std::iter::once(single).chain(pair)
    })
}

/// Lower case, with the straight apostrophe.
fn normal(word: &str) -> String {
    word.to_lowercase().replace('\u{2019}', "'")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::TextBudget;

    #[test]
    fn terms_are_words_and_neighbours() {
        let text = Text::read("Don’t LOOK, don't look!", TextBudget::default()).unwrap();
        let names: Vec<String> = terms(&text).map(|(name, _)| name).collect();
        let expected = ["don't", "don't look", "look", "look don't", "don't", "don't look", "look"];
        assert_eq!(names, expected);
        assert_eq!(terms(&text).last().unwrap().1.words, 3..4);
    }
}
