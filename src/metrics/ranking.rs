//! Metrics of the order of probabilities.

use super::{Sample, ratio};

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

/// For each row, the mean over its true genres of the share of true ones among
/// those ranked as high; 1 for rows without a true or without a false genre.
pub fn label_ranking_average_precision(sample: &Sample, weights: &[u32]) -> f64 {
    let total: f64 = weights.iter().map(|&weight| f64::from(weight)).sum();
    let sum: f64 = weights
        .iter()
        .enumerate()
        .filter(|(_, weight)| **weight > 0)
        .map(|(row, &weight)| f64::from(weight) * row_ranking_precision(sample, row))
        .sum();
    ratio(sum, total)
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
