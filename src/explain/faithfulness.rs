//! Faithfulness: whether the words that an explanation calls the strongest are
//! those that the model's probability rests on (ERASER, `DeYoung` et al. 2020).
//! How variants of a text are scored is the caller's business.

use super::occlusion::{Gone, Random};
use crate::metrics::interval_of;
use serde::Serialize;

/// The shares of a text's words that are taken away, or kept.
pub const SHARES: [f64; 5] = [0.01, 0.05, 0.1, 0.2, 0.5];

/// How one text's probability follows its strongest words, at each of [`SHARES`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Faithfulness {
    /// By how much the probability falls without the strongest words: more is
    /// better.
    pub comprehensiveness: [f64; SHARES.len()],
    /// By how much it falls where nothing but the strongest words is left: less
    /// is better.
    pub sufficiency: [f64; SHARES.len()],
}

impl Faithfulness {
    /// Measures an explanation, one score a word, of a text whose probability is
    /// `whole`. `probability` is that of the text without some of its words.
    ///
    /// # Errors
    /// Those of `probability`.
    pub fn measure<E>(
        scores: &[f32],
        whole: f64,
        mut probability: impl FnMut(&Gone) -> Result<f64, E>,
    ) -> Result<Self, E> {
        let mut found =
            Self { comprehensiveness: [0.0; SHARES.len()], sufficiency: [0.0; SHARES.len()] };
        for (at, share) in SHARES.into_iter().enumerate() {
            let strongest = strongest(scores, share);
            let others: Gone = strongest.iter().map(|strong| !strong).collect();
            found.comprehensiveness[at] = whole - probability(&strongest)?;
            found.sufficiency[at] = whole - probability(&others)?;
        }
        Ok(found)
    }
}

/// The mean of a measure over texts.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Estimate {
    /// Of the area over the perturbation curve.
    pub area: f64,
    /// Its 95 % bootstrap interval over texts, where it was drawn.
    pub interval: Option<[f64; 2]>,
    /// At each of [`SHARES`].
    pub curve: [f64; SHARES.len()],
}

impl Estimate {
    /// Of one curve a text.
    pub fn of(curves: &[[f64; SHARES.len()]], resamples: usize) -> Self {
        let mean = |at: usize| mean(curves.iter().map(|curve| curve[at]));
        let curve = std::array::from_fn(mean);
        let areas: Vec<f64> = curves.iter().map(area).collect();
        let drawn = |weights: &[u32]| weighted(weights, &areas) / areas.len() as f64;
        let interval = interval_of(areas.len(), resamples, SEED, drawn);
        Self { area: area(&curve), interval, curve }
    }
}

/// One mean area as a share of another over the same texts.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Ratio {
    /// Texts.
    pub n: usize,
    /// The share.
    pub ratio: f64,
    /// Its 95 % bootstrap interval over texts, where it was drawn.
    pub interval: Option<[f64; 2]>,
}

impl Ratio {
    /// Of pairs of areas: ours, and the other's.
    pub fn of(pairs: &[(f64, f64)], resamples: usize) -> Self {
        let (own, other): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
        let of = |weights: &[u32]| weighted(weights, &own) / weighted(weights, &other);
        let n = pairs.len();
        Self { n, ratio: of(&vec![1; n]), interval: interval_of(n, resamples, SEED, of) }
    }
}

const SEED: u64 = 1;

fn weighted(weights: &[u32], values: &[f64]) -> f64 {
    weights.iter().zip(values).map(|(&weight, value)| f64::from(weight) * value).sum()
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let n = values.len();
    values.sum::<f64>() / n as f64
}

/// An explanation that knows nothing: a random score a word.
pub fn random(words: usize, seed: u64) -> Vec<f32> {
    let mut random = Random(seed);
    (0..words).map(|_| random.uniform() as f32).collect()
}

/// The area over the perturbation curve: the mean over [`SHARES`].
pub fn area(curve: &[f64; SHARES.len()]) -> f64 {
    curve.iter().sum::<f64>() / SHARES.len() as f64
}

/// A share of the words, rounded up, those with the largest scores; of equal
/// ones the earlier.
pub fn strongest(scores: &[f32], share: f64) -> Gone {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
    // 20 % of 5 words is one, be it written in binary or not.
    let count = (share * scores.len() as f64 - 1e-9).ceil() as usize;
    let mut strong = vec![false; scores.len()];
    order.into_iter().take(count).for_each(|word| strong[word] = true);
    strong
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    /// The model's probability is .9 less what is gone: .4, .2 and .1 for three
    /// of ten words.
    fn without(gone: &Gone) -> Result<f64, Infallible> {
        let worth = [(2, 0.4), (5, 0.2), (9, 0.1)];
        Ok(0.9 - worth.iter().filter(|(word, _)| gone[*word]).map(|(_, worth)| worth).sum::<f64>())
    }

    fn close(curve: &[f64; 5], expected: [f64; 5]) {
        let near = curve.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12);
        assert!(near, "{curve:?} is not {expected:?}");
    }

    #[test]
    fn curves_are_those_computed_by_hand() {
        let mut scores = [0.0; 10];
        (scores[2], scores[5], scores[9]) = (3.0, 2.0, 1.0);
        // Of ten words 1, 5 and 10 % are one word, 20 % two and 50 % five.
        let right = Faithfulness::measure(&scores, 0.9, without).unwrap();
        close(&right.comprehensiveness, [0.4, 0.4, 0.4, 0.6, 0.7]);
        close(&right.sufficiency, [0.3, 0.3, 0.3, 0.1, 0.0]);
        assert!((area(&right.comprehensiveness) - 0.5).abs() < 1e-12);
        assert!((area(&right.sufficiency) - 0.2).abs() < 1e-12);

        let wrong = scores.map(|score| -score);
        let wrong = Faithfulness::measure(&wrong, 0.9, without).unwrap();
        close(&wrong.comprehensiveness, [0.0; 5]);
        close(&wrong.sufficiency, [0.7; 5]);
    }

    #[test]
    fn the_strongest_are_rounded_up_and_the_earlier_of_equals() {
        assert_eq!(strongest(&[1.0, 2.0, 2.0], 0.01), [false, true, false]);
        assert_eq!(strongest(&[1.0, 2.0, 2.0], 0.5), [false, true, true]);
        assert_eq!(
            strongest(&[-1.0, -3.0, 0.0, -2.0, -5.0], 0.2),
            [false, false, true, false, false]
        );
        assert!(strongest(&[], 0.5).is_empty());
    }

    #[test]
    fn means_over_texts_have_intervals() {
        let texts = [[0.0, 0.1, 0.2, 0.3, 0.4], [0.4, 0.5, 0.6, 0.7, 0.8]];
        let estimate = Estimate::of(&texts, 1000);
        close(&estimate.curve, [0.2, 0.3, 0.4, 0.5, 0.6]);
        assert!((estimate.area - 0.4).abs() < 1e-12);
        // Either text is all that is drawn a quarter of the time.
        let [low, high] = estimate.interval.unwrap();
        assert!((low - 0.2).abs() < 1e-12 && (high - 0.6).abs() < 1e-12);
        assert_eq!(Estimate::of(&texts, 0).interval, None);

        let ratio = Ratio::of(&[(0.1, 0.2), (0.3, 0.6)], 100);
        assert!((ratio.ratio - 0.5).abs() < 1e-12);
        assert!(ratio.interval.unwrap().iter().all(|bound| (bound - 0.5).abs() < 1e-12));
    }

    #[test]
    fn an_error_of_the_model_is_told() {
        assert_eq!(Faithfulness::measure(&[1.0], 0.5, |_| Err("lost")), Err("lost"));
    }
}
