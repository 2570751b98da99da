//! Who said so: what each word of the text adds to each logit.

pub mod faithfulness;
pub mod occlusion;
mod parts;
pub mod regression;
#[cfg(test)]
mod tests;

use std::ops::Range;

use crate::encoder::Reading;
use crate::genre::Calibration;
use crate::keywords::KeywordReading;
use crate::text::Word;
pub use parts::Parts;

/// Contributions that add up: for each genre,
/// `bias + title + Σ words + other = logit`.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// `[genres]`: where every text starts.
    pub bias: Vec<f32>,
    /// `[genres]`: what the title adds; 0 without one.
    pub title: Vec<f32>,
    /// `[words, genres]`.
    pub words: Vec<f32>,
    /// `[genres]`: what belongs to no word: punctuation and sentence marks.
    pub other: Vec<f32>,
    /// `[genres]`.
    pub logits: Vec<f32>,
}

impl Explanation {
    /// The keyword model's: every share belongs to a word.
    pub fn of_keywords(reading: KeywordReading, bias: &[f32], words: &[Word]) -> Self {
        let genres = bias.len();
        let mut sums = vec![0.0; words.len() * genres];
        for (word, sum) in words.iter().zip(sums.chunks_exact_mut(genres)) {
            let Range { start, end } = word.segments;
            for shares in reading.words[start * genres..end * genres].chunks_exact(genres) {
                sum.iter_mut().zip(shares).for_each(|(sum, share)| *sum += share);
            }
        }
        Self {
            other: vec![0.0; genres],
            bias: bias.to_vec(),
            title: reading.title,
            words: sums,
            logits: reading.logits,
        }
    }

    /// DistilBERT's: the shares of a word's pieces are summed. None where the
    /// model's head or engine does not tell them.
    pub fn of_distilbert(reading: &Reading, words: &[Word]) -> Option<Self> {
        let contributions = reading.contributions()?;
        let genres = contributions.bias.len();
        let mut sums = vec![0.0; words.len() * genres];
        let mut other = contributions.special.clone();
        let mut word = 0;
        let pieces = contributions.pieces.chunks_exact(genres);
        for (bytes, shares) in reading.pieces().bytes.iter().zip(pieces) {
            while words.get(word).is_some_and(|word| word.bytes.end <= bytes.start) {
                word += 1;
            }
            let inside = words.get(word).is_some_and(|word| overlap(&word.bytes, bytes));
            let sums = if inside { &mut sums[word * genres..][..genres] } else { &mut other };
            sums.iter_mut().zip(shares).for_each(|(sum, share)| *sum += share);
        }
        Some(Self {
            bias: contributions.bias.clone(),
            title: contributions.title.clone(),
            words: sums,
            other,
            logits: reading.logits().to_vec(),
        })
    }

    /// What adds up to the calibrated logits: every part is stretched by the
    /// slope, and the bias takes the intercept.
    #[must_use]
    pub fn calibrated(mut self, calibration: &Calibration) -> Self {
        let genres = self.bias.len();
        for part in
            [&mut self.bias, &mut self.title, &mut self.words, &mut self.other, &mut self.logits]
        {
            for row in part.chunks_exact_mut(genres) {
                row.iter_mut().zip(&calibration.slopes).for_each(|(value, slope)| *value *= slope);
            }
        }
        for part in [&mut self.bias, &mut self.logits] {
            let pairs = part.iter_mut().zip(&calibration.intercepts);
            pairs.for_each(|(value, intercept)| *value += intercept);
        }
        self
    }

    /// What adds up to `weight × self + (1 − weight) × other` over logits.
    pub fn mixed(&self, other: &Self, weight: f32) -> Self {
        let mix = |a: &[f32], b: &[f32]| {
            a.iter().zip(b).map(|(a, b)| weight * a + (1.0 - weight) * b).collect()
        };
        Self {
            bias: mix(&self.bias, &other.bias),
            title: mix(&self.title, &other.title),
            words: mix(&self.words, &other.words),
            other: mix(&self.other, &other.other),
            logits: mix(&self.logits, &other.logits),
        }
    }

    /// How far the parts are from the logit, at most over the genres; NaN where
    /// a part is.
    pub fn error(&self) -> f32 {
        let genres = self.bias.len();
        let sum = |genre: usize| {
            let words = self.words.iter().skip(genre).step_by(genres);
            let parts = words.chain([&self.bias[genre], &self.title[genre], &self.other[genre]]);
            parts.map(|&part| f64::from(part)).sum::<f64>()
        };
        (0..genres)
            .map(|genre| (sum(genre) - f64::from(self.logits[genre])).abs() as f32)
            .fold(0.0, |most, error| if error > most || error.is_nan() { error } else { most })
    }
}

fn overlap(a: &Range<usize>, b: &Range<usize>) -> bool {
    a.start < b.end && b.start < a.end
}
