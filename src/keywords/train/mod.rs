//! Training: choose terms by chi², weigh them by tf-idf, and find for each
//! genre the optimum of an L2-regularised logistic regression.

mod features;
mod lbfgs;
mod logistic;

use std::collections::HashMap;

pub use logistic::{Fit, SparseRows, fit_logistic};

use super::{KeywordModel, sublinear};
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
        Self { features: 30_000, min_texts: 15, c: 3.0 }
    }
}

/// A text with its labels.
#[derive(Clone, Debug)]
pub struct Example {
    /// The description.
    pub text: Text,
    /// The genres that it has.
    pub labels: Labels,
    /// The genres of which it is known whether it has them.
    pub known: Labels,
}

/// Trains on all examples; `progress` is told each genre that is done.
///
/// # Errors
/// [`ErrorKind::TrainingData`] where no term is frequent enough.
pub fn train(
    examples: &[Example],
    genres: usize,
    settings: Settings,
    progress: impl Fn(usize) + Sync,
) -> Result<KeywordModel> {
    let terms = features::choose(examples, genres, settings);
    if terms.is_empty() {
        return Err(Error::new(
            ErrorKind::TrainingData,
            "No term occurs in enough texts; give more training data.",
        ));
    }
    let vocabulary: HashMap<Box<str>, u32> =
        terms.iter().zip(0..).map(|(term, feature)| (term.name.clone(), feature)).collect();
    let n = examples.len() as f64;
    let idf: Vec<f32> = terms
        .iter()
        .map(|term| (((1.0 + n) / (1.0 + f64::from(term.texts))).ln() + 1.0) as f32)
        .collect();
    let rows = tf_idf_rows(examples, &vocabulary, &idf);

    let fits = fit_genres(examples, &rows, genres, settings, progress);
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
fn tf_idf_rows(
    examples: &[Example],
    vocabulary: &HashMap<Box<str>, u32>,
    idf: &[f32],
) -> SparseRows {
    let mut rows = SparseRows::new(idf.len());
    for example in examples {
        let mut counts: HashMap<u32, usize> = HashMap::new();
        for (name, _) in super::terms(&example.text) {
            if let Some(&feature) = vocabulary.get(name.as_str()) {
                *counts.entry(feature).or_default() += 1;
            }
        }
        let mut row: Vec<(u32, f32)> = counts
            .into_iter()
            .map(|(feature, count)| (feature, sublinear(count) * idf[feature as usize]))
            .collect();
        row.sort_unstable_by_key(|&(feature, _)| feature);
        let norm = row.iter().map(|(_, value)| value * value).sum::<f32>().sqrt();
        row.iter_mut().for_each(|(_, value)| *value /= norm);
        rows.push(&row);
    }
    rows
}

/// One fit for each genre, on as many threads as there are processors.
fn fit_genres(
    examples: &[Example],
    rows: &SparseRows,
    genres: usize,
    settings: Settings,
    progress: impl Fn(usize) + Sync,
) -> Vec<Fit> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let next = std::sync::atomic::AtomicUsize::new(0);
    let fit = |genre: usize| {
        let signs: Vec<f32> = examples
            .iter()
            .map(|example| match (example.known.contains(genre), example.labels.contains(genre)) {
                (false, _) => 0.0,
                (true, true) => 1.0,
                (true, false) => -1.0,
            })
            .collect();
        let fit = fit_logistic(rows, &signs, settings.c);
        progress(genre);
        fit
    };
    let work = || {
        let mut done = Vec::new();
        loop {
            let genre = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            if genre >= genres {
                return done;
            }
            done.push((genre, fit(genre)));
        }
    };
    let mut fits: Vec<(usize, Fit)> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap_or_default()).collect()
    });
    fits.sort_unstable_by_key(|&(genre, _)| genre);
    fits.into_iter().map(|(_, fit)| fit).collect()
}
