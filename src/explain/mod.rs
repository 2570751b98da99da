//! Who said so: what each word of the text adds to each logit.

use std::ops::Range;

use crate::encoder::Reading;
use crate::keywords::KeywordReading;
use crate::text::Word;

/// Contributions that add up: for each genre,
/// `bias + Σ words + other = logit`.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// `[genres]`: where every text starts.
    pub bias: Vec<f32>,
    /// `[words, genres]`.
    pub words: Vec<f32>,
    /// `[genres]`: what belongs to no word: punctuation and sentence marks.
    pub other: Vec<f32>,
    /// `[genres]`.
    pub logits: Vec<f32>,
}

impl Explanation {
    /// The keyword model's: every share already belongs to a word.
    pub fn of_keywords(reading: KeywordReading, bias: &[f32]) -> Self {
        Self {
            other: vec![0.0; bias.len()],
            bias: bias.to_vec(),
            words: reading.words,
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
        let bias = contributions.bias.clone();
        Some(Self { bias, words: sums, other, logits: reading.logits().to_vec() })
    }

    /// How far the parts are from the logit, at most over the genres; NaN where
    /// a part is.
    pub fn error(&self) -> f32 {
        let genres = self.bias.len();
        let sum = |genre: usize| {
            let words = self.words.iter().skip(genre).step_by(genres);
            let parts = words.chain([&self.bias[genre], &self.other[genre]]);
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
