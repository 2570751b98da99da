//! Metrics of the order of probabilities.

use serde::Serialize;

use super::{Sample, ratio};

/// What the order of a sample's probabilities gives, whatever the thresholds.
#[derive(Clone, Debug)]
pub struct Ranked {
    orders: Vec<Vec<u32>>,
    /// The ranking precision of each row.
    rows: Vec<f64>,
}

/// A point of a precision-recall curve.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct CurvePoint {
    /// Share of the true that are at or above the threshold.
    pub recall: f64,
    /// Share of those at or above the threshold that are true.
    pub precision: f64,
    /// A probability that occurs.
    pub threshold: f32,
}

impl Ranked {
    /// Sorts a sample once.
    pub fn new(sample: &Sample) -> Self {
        let rows = (0..sample.len()).map(|row| row_ranking_precision(sample, row)).collect();
        Self { orders: orders(sample), rows }
    }

    /// The known rows of a genre, from the highest probability down.
    pub fn order(&self, genre: usize) -> &[u32] {
        &self.orders[genre]
    }

    /// For each row, the mean over its true genres of the share of true ones among
    /// those ranked as high; 1 for rows without a true or without a false genre.
    pub fn label_ranking_average_precision(&self, weights: &[u32]) -> f64 {
        let total: f64 = weights.iter().map(|&weight| f64::from(weight)).sum();
        let weighted = self.rows.iter().zip(weights);
        ratio(weighted.map(|(precision, &weight)| f64::from(weight) * precision).sum(), total)
    }

    /// Precision and recall at every probability of a genre that occurs, from
    /// the highest down; of more than `most` points those are kept that lie
    /// furthest apart in order, the last one always.
    pub fn curve(&self, sample: &Sample, genre: usize, most: usize) -> Vec<CurvePoint> {
        let of = |row: u32| sample.probabilities(row as usize)[genre].0;
        let order = self.order(genre);
        let has = |row: &&u32| sample.truth[**row as usize].contains(genre);
        let support = order.iter().filter(has).count() as f64;
        let (mut chosen, mut hits) = (0.0, 0.0);
        let mut points = Vec::new();
        for tied in order.chunk_by(|&a, &b| of(a) == of(b)) {
            chosen += tied.len() as f64;
            hits += tied.iter().filter(has).count() as f64;
            let (recall, precision) = (ratio(hits, support), ratio(hits, chosen));
            points.push(CurvePoint { recall, precision, threshold: of(tied[0]) });
            if hits == support {
                break; // from here on precision only falls
            }
        }
        let step = points.len().div_ceil(most.max(1)).max(1);
        let last = points.len().saturating_sub(1);
        let kept = points.into_iter().enumerate().filter(|(i, _)| i % step == 0 || *i == last);
        kept.map(|(_, point)| point).collect()
    }
}

/// For each genre, its known rows from the highest probability down.
pub fn orders(sample: &Sample) -> Vec<Vec<u32>> {
    let by_probability = |genre: usize| {
        let mut rows: Vec<u32> = (0..sample.len() as u32)
            .filter(|&row| sample.known[row as usize].contains(genre))
            .collect();
        let of = |row: u32| sample.probabilities(row as usize)[genre].0;
        rows.sort_by(|&a, &b| of(b).total_cmp(&of(a)));
        rows
    };
    (0..sample.genres).map(by_probability).collect()
}

/// Σ (Rₙ − Rₙ₋₁) Pₙ over distinct probabilities, rows counted by weight.
pub fn average_precision(sample: &Sample, genre: usize, order: &[u32], weights: &[u32]) -> f64 {
    let (mut chosen, mut hits, mut sum) = (0u64, 0u64, 0.0);
    let of = |row: u32| sample.probabilities(row as usize)[genre].0;
    for tied in order.chunk_by(|&a, &b| of(a) == of(b)) {
        let before = hits;
        for &row in tied {
            let weight = u64::from(weights[row as usize]);
            chosen += weight;
            hits += if sample.truth[row as usize].contains(genre) { weight } else { 0 };
        }
        sum += (hits - before) as f64 * ratio(hits as f64, chosen as f64);
    }
    ratio(sum, hits as f64)
}

fn row_ranking_precision(sample: &Sample, row: usize) -> f64 {
    let (truth, known) = (sample.truth[row], sample.known[row]);
    if truth.is_empty() || truth == known {
        return 1.0;
    }
    let probabilities = sample.probabilities(row);
    let precision = |genre: usize| {
        let as_high = (0..sample.genres)
            .filter(|&other| known.contains(other) && probabilities[other] >= probabilities[genre]);
        let (mut rank, mut hits) = (0.0, 0.0);
        for other in as_high {
            rank += 1.0;
            hits += f64::from(u8::from(truth.contains(other)));
        }
        hits / rank
    };
    let sum: f64 = (0..sample.genres).filter(|&genre| truth.contains(genre)).map(precision).sum();
    sum / f64::from(truth.count())
}
