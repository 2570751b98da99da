//! Multi-label metrics over probabilities and labels: numbers in, numbers out.
//!
//! Names and definitions are scikit-learn's. Genres whose truth is not known
//! for a row are left out of that row everywhere.

mod averages;
mod bootstrap;
mod calibration;
mod ranking;
mod thresholds;

use serde::Serialize;

pub use averages::{Counts, PrecisionRecallF1};
pub use bootstrap::{Bootstrap, Interval, interval_of, resampled_weights};
pub use calibration::{ReliabilityBin, fit_calibration, reliability};
pub use ranking::{CurvePoint, Ranked};
pub use thresholds::tune_thresholds;

use crate::genre::{Calibration, DecisionRule, Labels, Probability};

/// What is measured: rows of probabilities with their truth.
#[derive(Clone, Debug)]
pub struct Sample {
    genres: usize,
    /// `[rows, genres]`.
    probabilities: Vec<Probability>,
    truth: Vec<Labels>,
    known: Vec<Labels>,
}

/// Everything that is reported of a sample at given thresholds.
#[derive(Clone, Debug, Serialize)]
pub struct Metrics {
    /// Rows.
    pub n: usize,
    /// Means over rows.
    pub samples: SampleAverages,
    /// Over all decisions.
    pub micro: PrecisionRecallF1,
    /// Means over genres.
    #[serde(rename = "macro")]
    pub macro_: PrecisionRecallF1,
    /// Means over genres, weighted by support.
    pub weighted: PrecisionRecallF1,
    /// Share of wrong decisions.
    pub hamming: f64,
    /// Share of rows with every decision right.
    pub exact_match: f64,
    /// Share of rows with a true genre of which at least one is chosen.
    pub at_least_one: f64,
    /// Share of rows with two true genres of which at least two are chosen.
    pub at_least_two: f64,
    /// Mean of the average precision over the genres that some row has.
    pub map: f64,
    /// Label ranking average precision.
    pub lrap: f64,
    /// Mean over genres of the expected calibration error, 15 bins.
    pub ece: f64,
    /// By genre, in order.
    pub per_genre: Vec<GenreMetrics>,
}

/// Means over rows.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct SampleAverages {
    /// |chosen ∩ true| / |chosen ∪ true|.
    pub jaccard: f64,
    /// Precision, recall and F1.
    #[serde(flatten)]
    pub rates: PrecisionRecallF1,
}

/// One genre's figures.
#[derive(Clone, Debug, Serialize)]
pub struct GenreMetrics {
    /// Precision, recall and F1.
    #[serde(flatten)]
    pub rates: PrecisionRecallF1,
    /// Average precision; 0 where no row has the genre.
    pub ap: f64,
    /// Rows that have the genre.
    pub support: u64,
    /// Chosen at or above this.
    pub threshold: f32,
    /// Decisions.
    #[serde(flatten)]
    pub counts: Counts,
}

impl Sample {
    /// No rows yet.
    pub fn new(genres: usize) -> Self {
        Self { genres, probabilities: Vec::new(), truth: Vec::new(), known: Vec::new() }
    }

    /// Adds a row; `probabilities` has one for each genre.
    pub fn push(&mut self, probabilities: &[Probability], truth: Labels, known: Labels) {
        debug_assert_eq!(probabilities.len(), self.genres);
        self.probabilities.extend(probabilities);
        self.truth.push(truth.intersection(known));
        self.known.push(known);
    }

    /// Adds all rows of another sample of the same genres.
    pub fn append(&mut self, mut other: Self) {
        self.probabilities.append(&mut other.probabilities);
        self.truth.append(&mut other.truth);
        self.known.append(&mut other.known);
    }

    /// The same rows with calibrated probabilities.
    pub fn calibrated(&self, calibration: &Calibration) -> Self {
        let calibrate = |(at, p): (usize, &Probability)| {
            calibration.apply(at % self.genres, p.logit()).probability()
        };
        let probabilities = self.probabilities.iter().enumerate().map(calibrate).collect();
        Self { probabilities, ..self.clone() }
    }

    /// The same rows with `weight × own + (1 − weight) × other` over logits.
    pub fn mixed(&self, other: &Self, weight: f32) -> Self {
        let pairs = self.probabilities.iter().zip(&other.probabilities);
        let mix =
            |(a, b): (&Probability, &Probability)| a.logit().mixed(b.logit(), weight).probability();
        Self { probabilities: pairs.map(mix).collect(), ..self.clone() }
    }

    /// The first `rows` rows, or all where there are fewer.
    pub fn first(&self, rows: usize) -> Self {
        let rows = rows.min(self.len());
        Self {
            genres: self.genres,
            probabilities: self.probabilities[..rows * self.genres].to_vec(),
            truth: self.truth[..rows].to_vec(),
            known: self.known[..rows].to_vec(),
        }
    }

    /// Macro average precision over the genres that some row has.
    pub fn mean_average_precision(&self) -> f64 {
        let weights = vec![1; self.len()];
        let orders = ranking::orders(self);
        let present =
            (0..self.genres).filter(|&genre| self.truth.iter().any(|t| t.contains(genre)));
        let precisions: Vec<f64> = present
            .map(|genre| ranking::average_precision(self, genre, &orders[genre], &weights))
            .collect();
        mean(&precisions)
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.truth.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.truth.is_empty()
    }

    /// The probabilities of a row.
    pub fn probabilities(&self, row: usize) -> &[Probability] {
        &self.probabilities[row * self.genres..][..self.genres]
    }

    /// The genres that a row has, as far as that is known.
    pub fn truth(&self, row: usize) -> Labels {
        self.truth[row]
    }

    /// The genres of which it is known whether a row has them.
    pub fn known(&self, row: usize) -> Labels {
        self.known[row]
    }

    /// All metrics under a decision rule.
    pub fn measure(&self, rule: &DecisionRule) -> Metrics {
        self.measure_ranked(rule, &Ranked::new(self))
    }

    /// The same of a sample that is ranked already.
    pub fn measure_ranked(&self, rule: &DecisionRule, ranked: &Ranked) -> Metrics {
        self.measure_weighted(rule, &self.decide(rule), ranked, &vec![1; self.len()])
    }

    /// 95 % bootstrap intervals over rows of the headline metrics.
    pub fn intervals(&self, rule: &DecisionRule, resamples: usize, seed: u64) -> Vec<Interval> {
        bootstrap::intervals(self, rule, resamples, seed)
    }

    /// 95 % bootstrap intervals of the difference of each metric to that of
    /// `other`, a sample of the same rows, each under its own rule.
    pub fn intervals_of_difference(
        &self,
        rule: &DecisionRule,
        other: (&Self, &DecisionRule),
        resamples: usize,
        seed: u64,
    ) -> Vec<Interval> {
        bootstrap::intervals_of_difference((self, rule), other, resamples, seed)
    }

    /// What the rule chooses for every row, unknown genres left out.
    pub fn decide(&self, rule: &DecisionRule) -> Vec<Labels> {
        let chosen = |row| rule.choose(self.probabilities(row)).labels;
        (0..self.len()).map(|row| chosen(row).intersection(self.known[row])).collect()
    }

    /// The same with row i counted `weights[i]` times.
    fn measure_weighted(
        &self,
        rule: &DecisionRule,
        decisions: &[Labels],
        ranked: &Ranked,
        weights: &[u32],
    ) -> Metrics {
        let averages = averages::Averages::new(self, decisions, weights);
        let per_genre: Vec<GenreMetrics> = (0..self.genres)
            .map(|genre| GenreMetrics {
                rates: averages.by_genre[genre].rates(),
                ap: ranking::average_precision(self, genre, ranked.order(genre), weights),
                support: averages.by_genre[genre].support(),
                threshold: rule.thresholds()[genre].0,
                counts: averages.by_genre[genre],
            })
            .collect();
        let precisions: Vec<f64> =
            per_genre.iter().filter(|genre| genre.support > 0).map(|genre| genre.ap).collect();
        Metrics {
            n: weights.iter().map(|&weight| weight as usize).sum(),
            samples: averages.samples,
            micro: averages.micro(),
            macro_: averages.macro_(),
            weighted: averages.weighted(),
            hamming: averages.hamming(),
            exact_match: averages.exact_match,
            at_least_one: averages.at_least_one,
            at_least_two: averages.at_least_two,
            map: mean(&precisions),
            lrap: ranked.label_ranking_average_precision(weights),
            ece: calibration::expected_calibration_error(self, weights),
            per_genre,
        }
    }
}

fn mean(values: &[f64]) -> f64 {
    ratio(values.iter().sum(), values.len() as f64)
}

/// 0 where the denominator is 0, as scikit-learn has it.
fn ratio(numerator: f64, denominator: f64) -> f64 {
    if denominator > 0.0 { numerator / denominator } else { 0.0 }
}
