//! Do probabilities mean what they say?

use super::{Sample, mean, ratio};

const BINS: usize = 15;

/// Mean over genres of Σ (share of a bin) |accuracy − confidence| over bins of
/// equal width (Naeini et al. 2015).
pub fn expected_calibration_error(sample: &Sample, weights: &[u32]) -> f64 {
    let errors: Vec<f64> =
        (0..sample.genres).map(|genre| of_genre(sample, genre, weights)).collect();
    mean(&errors)
}

fn of_genre(sample: &Sample, genre: usize, weights: &[u32]) -> f64 {
    let mut gap = [0.0; BINS]; // Σ (truth − probability)
    let mut total = 0.0;
    for (row, &weight) in weights.iter().enumerate() {
        if !sample.known[row].contains(genre) {
            continue;
        }
        let probability = f64::from(sample.probabilities(row)[genre].0);
        let bin = ((probability * BINS as f64) as usize).min(BINS - 1);
        let truth = if sample.truth[row].contains(genre) { 1.0 } else { 0.0 };
        gap[bin] += f64::from(weight) * (truth - probability);
        total += f64::from(weight);
    }
    ratio(gap.iter().map(|gap| gap.abs()).sum(), total)
}
