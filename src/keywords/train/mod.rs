//! Training: choose terms by chi², weigh them by tf-idf, and find for each
//! genre the optimum of an L2-regularised logistic regression.

mod features;
mod lbfgs;
mod logistic;

use std::collections::HashMap;

pub use logistic::{Fit, SparseRows, fit_logistic};

use super::{KeywordModel, Vocabulary, tf_idf};
use crate::error::{Error, ErrorKind, Result};
use crate::genre::Labels;
use crate::text::Text;

/// What is trained, and how strongly it is held back.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// How many terms are kept.
    pub features: usize,
    /// The fewest texts that a term occurs in.
    pub min_texts: u32,
    /// The inverse of the L2 penalty's strength, as in scikit-learn's `C`.
    pub c: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { features: 30_000, min_texts: 15, c: 1.5 }
    }
}

/// A text with its labels.
#[derive(Clone, Debug)]
pub struct Example {
    /// The film's title, where it is read.
    pub title: Option<Text>,
    /// The description.
    pub text: Text,
    /// The genres that it has.
    pub labels: Labels,
    /// The genres of which it is known whether it has them.
    pub known: Labels,
}

/// Trains on all examples. `map` calls the function it is given with every
/// number below the first argument and returns the results in that order: on
/// several threads, where the caller has them.
///
/// # Errors
/// [`ErrorKind::TrainingData`] where no term is frequent enough.
pub fn train(
    examples: &[Example],
    genres: usize,
    settings: Settings,
    map: impl FnOnce(usize, &(dyn Fn(usize) -> Fit + Sync)) -> Vec<Fit>,
) -> Result<KeywordModel> {
    let terms = features::choose(examples, genres, settings);
    if terms.is_empty() {
        return Err(Error::new(
            ErrorKind::TrainingData,
            "No term occurs in enough texts; give more training data.",
        ));
    }
    let vocabulary: Vocabulary = terms.iter().map(|term| &term.name).collect();
    let n = examples.len() as f64;
    let idf: Vec<f32> = terms
        .iter()
        .map(|term| (((1.0 + n) / (1.0 + f64::from(term.texts))).ln() + 1.0) as f32)
        .collect();
    let rows = tf_idf_rows(examples, &vocabulary, &idf);

    let fits = map(genres, &|genre| fit_logistic(&rows, &signs(examples, genre), settings.c));
    let mut bias = Vec::with_capacity(genres);
    let mut scales = Vec::with_capacity(genres);
    let mut weights = vec![0i8; terms.len() * genres];
    for (genre, fit) in fits.iter().enumerate() {
        let largest = fit.weights.iter().fold(0f64, |max, weight| max.max(weight.abs()));
        let scale = if largest > 0.0 { largest / 127.0 } else { 1.0 };
        for (feature, weight) in fit.weights.iter().enumerate() {
            weights[feature * genres + genre] = (weight / scale).round_ties_even() as i8;
        }
        bias.push(fit.bias as f32);
        scales.push(scale as f32);
    }
    Ok(KeywordModel { vocabulary, idf, bias, scales, weights })
}

/// Every example's known features, scaled to length 1.
fn tf_idf_rows(examples: &[Example], vocabulary: &Vocabulary, idf: &[f32]) -> SparseRows {
    let mut rows = SparseRows::new(idf.len());
    for example in examples {
        let mut counts: HashMap<usize, usize> = HashMap::new();
        for (name, _) in super::titled_terms(example.title.as_ref(), &example.text) {
            if let Some(feature) = vocabulary.find(&name) {
                *counts.entry(feature).or_default() += 1;
            }
        }
        let mut counts: Vec<(usize, usize)> = counts.into_iter().collect();
        counts.sort_unstable_by_key(|&(feature, _)| feature);
        rows.push(&tf_idf(counts.into_iter(), idf));
    }
    rows
}

/// 1 where an example has the genre, -1 where it has not, 0 where that is not
/// known.
fn signs(examples: &[Example], genre: usize) -> Vec<f32> {
    let sign =
        |example: &Example| match (example.known.contains(genre), example.labels.contains(genre)) {
            (false, _) => 0.0,
            (true, true) => 1.0,
            (true, false) => -1.0,
        };
    examples.iter().map(sign).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::TextBudget;

    fn example(text: &str, genre: usize) -> Example {
        Example {
            title: None,
            text: Text::read(text, TextBudget::default()).unwrap(),
            labels: [genre].into_iter().collect(),
            known: [0, 1].into_iter().collect(),
        }
    }

    #[test]
    fn a_row_is_tf_idf_of_length_1() {
        let vocabulary: Vocabulary = ["door", "ghost", "night"].into_iter().collect();
        let rows =
            tf_idf_rows(&[example("a door, a door at night", 0)], &vocabulary, &[1.0, 9.0, 2.0]);
        let door = 1.0 + 2f32.ln();
        let length = (door * door + 2.0 * 2.0).sqrt();
        let mut expected = SparseRows::new(3);
        expected.push(&[(0, door / length), (2, 2.0 / length)]);
        assert_eq!(rows, expected);
    }

    #[test]
    fn a_model_has_smooth_idf_and_weights_that_use_every_step() {
        let texts = ["a ghost in a house", "a ghost", "an outlaw", "an outlaw in a duel"];
        let examples: Vec<Example> =
            (0..40).map(|i| example(texts[i % 4], usize::from(i % 4 > 1))).collect();
        let settings = Settings { features: 30, min_texts: 5, c: 10.0 };
        let one_by_one = |count, fit: &(dyn Fn(usize) -> Fit + Sync)| (0..count).map(fit).collect();
        let model = train(&examples, 2, settings, one_by_one).unwrap();
        for (term, texts) in [("ghost", 20.0), ("duel", 10.0), ("a", 30.0)] {
            let idf = model.idf[model.vocabulary.find(term).unwrap()];
            // As scikit-learn's TfidfTransformer has it: ln((1 + n) / (1 + df)) + 1.
            let expected = (41.0f32 / (1.0 + texts)).ln() + 1.0;
            assert!((idf - expected).abs() < 1e-6, "{term}: {idf} is not {expected}");
        }
        let rows = tf_idf_rows(&examples, &model.vocabulary, &model.idf);
        for genre in 0..2 {
            let exact = fit_logistic(&rows, &signs(&examples, genre), settings.c).weights;
            let steps = || (0..exact.len()).map(|feature| model.weights[feature * 2 + genre]);
            assert_eq!(steps().map(i8::unsigned_abs).max(), Some(127));
            for (step, exact) in steps().zip(&exact) {
                let weight = f64::from(step) * f64::from(model.scales[genre]);
                assert!((weight - exact).abs() <= 0.51 * f64::from(model.scales[genre]));
            }
        }
    }
}
