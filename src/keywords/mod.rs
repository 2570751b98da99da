//! The keyword model: tf-idf over words and word pairs, one logistic
//! regression for each genre. Its weights are its explanation.

mod format;
mod terms;
#[cfg(test)]
mod tests;
pub mod train;
mod vocabulary;

use std::collections::HashMap;

use crate::error::Result;
use crate::text::Text;
pub use terms::{Term, terms};
use vocabulary::Vocabulary;

/// A trained model: `logit = bias + Σ weight × tf-idf`.
#[derive(Clone, Debug, PartialEq)]
pub struct KeywordModel {
    vocabulary: Vocabulary,
    /// `[features]`: the inverse document frequency.
    idf: Vec<f32>,
    /// `[genres]`.
    bias: Vec<f32>,
    /// `[genres]`: the size of one step of a genre's weights.
    scales: Vec<f32>,
    /// `[features, genres]`.
    weights: Vec<i8>,
}

/// What the model says of one text.
#[derive(Clone, Debug)]
pub struct KeywordReading {
    /// `[genres]`.
    pub logits: Vec<f32>,
    /// `[segments, genres]`: what each of [`Text::segments`] adds to each logit. A
    /// pair's share is split evenly over its two words; a term's over its
    /// occurrences.
    pub words: Vec<f32>,
    /// `[genres]`: what the words of the title add.
    pub title: Vec<f32>,
}

impl KeywordModel {
    /// Reads a model file.
    ///
    /// # Errors
    /// [`crate::ErrorKind::KeywordsInvalid`].
    pub fn read(bytes: &[u8]) -> Result<Self> {
        format::read(bytes)
    }

    /// The bytes of a model file: the same model, the same bytes.
    pub fn write(&self) -> Vec<u8> {
        format::write(self)
    }

    /// `[genres]`: the logits of a text with no known word.
    pub fn bias(&self) -> &[f32] {
        &self.bias
    }

    /// How many words and word pairs have weights.
    pub fn features(&self) -> usize {
        self.idf.len()
    }

    /// Every term with its weight for a genre, at a tf-idf of 1: the heaviest for
    /// it first, the heaviest against it last.
    pub fn weights_of(&self, genre: usize) -> Vec<(&str, f32)> {
        let genres = self.bias.len();
        let weight =
            |feature: usize| f32::from(self.weights[feature * genres + genre]) * self.scales[genre];
        let mut weights: Vec<(&str, f32)> =
            self.vocabulary.iter().enumerate().map(|(i, term)| (term, weight(i))).collect();
        weights.sort_by(|(a, x), (b, y)| y.total_cmp(x).then_with(|| a.cmp(b)));
        weights
    }

    /// Scores a text, with its title where there is one, and says what each word
    /// adds.
    pub fn score(&self, title: Option<&Text>, text: &Text) -> KeywordReading {
        let genres = self.bias.len();
        let title_words = title.map_or(0, |title| title.segments().len());
        let mut found: HashMap<usize, Vec<Term>> = HashMap::new();
        for (name, term) in titled_terms(title, text) {
            if let Some(feature) = self.vocabulary.find(&name) {
                found.entry(feature).or_default().push(term);
            }
        }
        // In feature order, so that sums round the same way every time.
        let mut found: Vec<(usize, Vec<Term>)> = found.into_iter().collect();
        found.sort_unstable_by_key(|&(feature, _)| feature);

        let counts = found.iter().map(|(feature, terms)| (*feature, terms.len()));
        let values = tf_idf(counts, &self.idf);
        let mut words = vec![0.0; (title_words + text.segments().len()) * genres];
        for ((feature, terms), (_, value)) in found.iter().zip(values) {
            let weights = &self.weights[*feature * genres..][..genres];
            for term in terms {
                let share = value / (terms.len() * term.words.len()) as f32;
                for word in words[term.words.start * genres..term.words.end * genres]
                    .chunks_exact_mut(genres)
                {
                    for ((sum, &weight), scale) in word.iter_mut().zip(weights).zip(&self.scales) {
                        *sum += f32::from(weight) * scale * share;
                    }
                }
            }
        }
        let mut logits = self.bias.clone();
        for word in words.chunks_exact(genres) {
            logits.iter_mut().zip(word).for_each(|(logit, share)| *logit += share);
        }
        let mut title = vec![0.0; genres];
        let text_words = words.split_off(title_words * genres);
        for word in words.chunks_exact(genres) {
            title.iter_mut().zip(word).for_each(|(sum, share)| *sum += share);
        }
        KeywordReading { logits, words: text_words, title }
    }
}

/// The terms of a title and of its text; no pair reaches from one to the other.
/// Words are counted from the first of the title.
fn titled_terms(title: Option<&Text>, text: &Text) -> impl Iterator<Item = (String, Term)> {
    let before = title.map_or(0, |title| title.segments().len());
    let of_text = terms(text).map(move |(name, Term { words })| {
        (name, Term { words: words.start + before..words.end + before })
    });
    title.into_iter().flat_map(terms).chain(of_text)
}

/// Counts by feature as values of a vector of length 1: a feature that occurs n
/// times counts 1 + ln n times its inverse document frequency.
fn tf_idf(counts: impl Iterator<Item = (usize, usize)>, idf: &[f32]) -> Vec<(usize, f32)> {
    let value = |(feature, count): (usize, usize)| {
        // Systems differ in the last bit of a logarithm: of 64 it is rounded away.
        let frequency = (1.0 + (count as f64).ln()) as f32;
        (feature, frequency * idf[feature])
    };
    let mut row: Vec<(usize, f32)> = counts.map(value).collect();
    let norm = row.iter().map(|(_, value)| value * value).sum::<f32>().sqrt();
    row.iter_mut().for_each(|(_, value)| *value /= norm);
    row
}
