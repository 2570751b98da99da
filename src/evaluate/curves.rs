//! What is said of a view's probabilities and labels, whatever the thresholds.

use serde::Serialize;

use super::decisions::together;
use super::evaluation::View;
use super::order::{Order, spectral_order};
use crate::classify::Predictor;
use crate::genre::Labels;
use crate::metrics::{CurvePoint, ReliabilityBin, Sample, reliability};

/// Points of a curve, at most.
const POINTS: usize = 80;
/// Bins of a reliability diagram.
const BINS: usize = 10;

/// Curves of every model, and what the labels alone tell.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Curves {
    /// `[genres, genres]`: rows that have both.
    pub together: Vec<Vec<u64>>,
    /// How `together` is best read.
    pub together_order: Order,
    /// The words of the text, then the file's columns of numbers.
    pub columns: Vec<String>,
    /// `[columns, columns]`: Pearson's correlation; none where a column does not
    /// vary.
    pub correlations: Vec<Vec<Option<f64>>>,
    /// By model.
    pub models: Vec<ModelCurves>,
}

/// One model's.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ModelCurves {
    /// Which.
    pub model: Predictor,
    /// Over all genres.
    pub reliability: Vec<ReliabilityBin>,
    /// By genre.
    pub reliability_of: Vec<Vec<ReliabilityBin>>,
    /// By genre, recall rising.
    pub precision_recall: Vec<Vec<CurvePoint>>,
    /// `[columns, genres]`: Pearson's correlation with the genre's probability.
    pub correlations: Vec<Vec<Option<f64>>>,
}

impl View {
    /// Everything that does not follow from thresholds.
    pub fn curves(&self) -> Curves {
        let genres = self.genres.len();
        let width = self.columns.len();
        let column = |column: usize| -> Vec<f64> {
            (0..self.len()).map(|row| f64::from(self.numbers[row * width + column])).collect()
        };
        let columns: Vec<Vec<f64>> = (0..width).map(column).collect();
        let against = |others: &[Vec<f64>]| -> Vec<Vec<Option<f64>>> {
            let row = |own: &Vec<f64>| others.iter().map(|other| correlation(own, other)).collect();
            columns.iter().map(row).collect()
        };
        let model = |predictor: usize| {
            let scored = &self.scored[predictor];
            let (sample, ranked) = (&scored.sample, &scored.ranked);
            let probabilities = |genre: usize| -> Vec<f64> {
                let of = |row: usize| f64::from(sample.probabilities(row)[genre].0);
                (0..sample.len()).map(of).collect()
            };
            let probabilities: Vec<Vec<f64>> = (0..genres).map(probabilities).collect();
            ModelCurves {
                model: self.predictors[predictor],
                reliability: reliability(sample, 0..genres, BINS),
                reliability_of: (0..genres)
                    .map(|genre| reliability(sample, genre..genre + 1, BINS))
                    .collect(),
                precision_recall: (0..genres)
                    .map(|genre| ranked.curve(sample, genre, POINTS))
                    .collect(),
                correlations: against(&probabilities),
            }
        };
        let truth = self.scored.first().map_or(Vec::new(), |scored| truths(&scored.sample));
        let together = together(&truth, genres);
        Curves {
            together_order: spectral_order(&together),
            together,
            correlations: against(&columns),
            columns: self.columns.clone(),
            models: (0..self.predictors.len()).map(model).collect(),
        }
    }
}

fn truths(sample: &Sample) -> Vec<Labels> {
    (0..sample.len()).map(|row| sample.truth(row)).collect()
}

/// Pearson's, over the rows where both are numbers; none where one of them does
/// not vary.
fn correlation(a: &[f64], b: &[f64]) -> Option<f64> {
    let pairs = || a.iter().zip(b).filter(|(a, b)| a.is_finite() && b.is_finite());
    let n = pairs().count() as f64;
    let mean = |of: fn((&f64, &f64)) -> f64| pairs().map(of).sum::<f64>() / n;
    let (mean_a, mean_b) = (mean(|(a, _)| *a), mean(|(_, b)| *b));
    let sum = |of: &dyn Fn(f64, f64) -> f64| -> f64 {
        pairs().map(|(a, b)| of(a - mean_a, b - mean_b)).sum()
    };
    let spread = (sum(&|a, _| a * a) * sum(&|_, b| b * b)).sqrt();
    let correlation = sum(&|a, b| a * b) / spread;
    (spread > 0.0 && correlation.is_finite()).then_some(correlation)
}
