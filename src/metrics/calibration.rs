//! Do probabilities mean what they say, and what would make them?

use serde::Serialize;

use super::{Sample, mean, ratio};
use crate::genre::Calibration;

const BINS: usize = 15;

/// Mean over genres of Σ (share of a bin) |accuracy − confidence| over bins of
/// equal width (Naeini et al. 2015).
pub fn expected_calibration_error(sample: &Sample, weights: &[u32]) -> f64 {
    let errors: Vec<f64> =
        (0..sample.genres).map(|genre| of_genre(sample, genre, weights)).collect();
    mean(&errors)
}

/// The rows whose probability of a genre lies in one bin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct ReliabilityBin {
    /// Mean probability.
    pub said: f64,
    /// Share that have the genre.
    pub found: f64,
    /// How many there are: above 0.
    pub n: u64,
}

/// Whether the probabilities of some genres, pooled, mean what they say: bins of
/// equal width, empty ones left out.
pub fn reliability(
    sample: &Sample,
    genres: impl Iterator<Item = usize> + Clone,
    bins: usize,
) -> Vec<ReliabilityBin> {
    let mut sums = vec![ReliabilityBin::default(); bins];
    for row in 0..sample.len() {
        for genre in genres.clone().filter(|&genre| sample.known[row].contains(genre)) {
            let probability = f64::from(sample.probabilities(row)[genre].0);
            let bin = &mut sums[((probability * bins as f64) as usize).min(bins - 1)];
            bin.said += probability;
            bin.found += if sample.truth[row].contains(genre) { 1.0 } else { 0.0 };
            bin.n += 1;
        }
    }
    let mean = |bin: ReliabilityBin| ReliabilityBin {
        said: bin.said / bin.n as f64,
        found: bin.found / bin.n as f64,
        n: bin.n,
    };
    sums.into_iter().filter(|bin| bin.n > 0).map(mean).collect()
}

/// For each genre the line that makes its probabilities mean what they say on a
/// sample whose row i counts `weights[i]` times: the maximum of the likelihood
/// (Platt 1999), held back towards a slope of 1 as by one observation. Genres
/// that cannot be fitted stay as they are.
pub fn fit_calibration(sample: &Sample, weights: &[u32]) -> Calibration {
    let line = |genre| fit_line(sample, genre, weights).unwrap_or((1.0, 0.0));
    let lines = (0..sample.genres).map(line);
    let (slopes, intercepts) = lines.map(|(a, b)| (a as f32, b as f32)).unzip();
    Calibration { slopes, intercepts }
}

/// Newton's method on Σ log(1 + exp(−y (a x + b))) + (a − 1)² / 2.
fn fit_line(sample: &Sample, genre: usize, weights: &[u32]) -> Option<(f64, f64)> {
    let rows: Vec<(f64, f64, f64)> = (0..sample.len())
        .filter(|&row| sample.known[row].contains(genre))
        .map(|row| {
            let truth = if sample.truth[row].contains(genre) { 1.0 } else { 0.0 };
            let x = f64::from(sample.probabilities(row)[genre].logit().0);
            (x, truth, f64::from(weights[row]))
        })
        .collect();
    let has = |truth: f64| rows.iter().any(|&(_, own, weight)| own == truth && weight > 0.0);
    if !has(0.0) || !has(1.0) {
        return None; // no finite intercept fits
    }
    let (mut slope, mut intercept) = (1.0, 0.0);
    for _ in 0..100 {
        let (mut ga, mut gb, mut haa, mut hab, mut hbb) = (slope - 1.0, 0.0, 1.0, 0.0, 1e-9);
        for &(x, truth, weight) in &rows {
            let p = 1.0 / (1.0 + (-(slope * x + intercept)).exp());
            let w = weight * p * (1.0 - p);
            ga += weight * (p - truth) * x;
            gb += weight * (p - truth);
            haa += w * x * x;
            hab += w * x;
            hbb += w;
        }
        let determinant = haa * hbb - hab * hab;
        let (da, db) = ((hbb * ga - hab * gb) / determinant, (haa * gb - hab * ga) / determinant);
        // A step of more than one unit may overshoot where the curve is flat.
        let shrink = 1.0 / da.abs().max(db.abs()).max(1.0);
        slope -= da * shrink;
        intercept -= db * shrink;
        if da.abs() < 1e-9 && db.abs() < 1e-9 {
            return (slope > 0.0).then_some((slope, intercept));
        }
    }
    None
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::genre::{Labels, Logit};

    #[test]
    fn a_line_that_was_bent_is_found_again() {
        // Outcomes in exact proportion to sigmoid(0.5 x - 1), told as sigmoid(x).
        let mut sample = Sample::new(1);
        let (has, has_not): (Labels, Labels) = ([0].into_iter().collect(), Labels::default());
        for step in -40..=40 {
            let x = step as f32 / 10.0;
            let told = Logit(x).probability();
            let positives = (Logit(0.5 * x - 1.0).probability().0 * 1000.0).round() as usize;
            (0..1000).for_each(|i| {
                sample.push(&[told], if i < positives { has } else { has_not }, has);
            });
        }
        let weights = vec![1; sample.len()];
        let fitted = fit_calibration(&sample, &weights);
        assert!((fitted.slopes[0] - 0.5).abs() < 0.005, "{fitted:?}");
        assert!((fitted.intercepts[0] + 1.0).abs() < 0.005, "{fitted:?}");
        let before = expected_calibration_error(&sample, &weights);
        let after = expected_calibration_error(&sample.calibrated(&fitted), &weights);
        assert!(before > 0.1 && after < 0.005, "{before} {after}");
    }

    #[test]
    fn a_genre_that_cannot_be_fitted_stays_as_it_is() {
        let known: Labels = [0].into_iter().collect();
        for truth in [Labels::default(), known] {
            let mut sample = Sample::new(1);
            (0..9).for_each(|i| sample.push(&[Logit(i as f32 - 4.0).probability()], truth, known));
            assert_eq!(fit_calibration(&sample, &[1; 9]), Calibration::identity(1));
        }
        // The more it is said, the less it is so: no slope above 0.
        let mut sample = Sample::new(1);
        for i in 0..40 {
            let truth = if i < 20 { known } else { Labels::default() };
            sample.push(&[Logit(i as f32 / 4.0 - 5.0).probability()], truth, known);
        }
        assert_eq!(fit_calibration(&sample, &[1; 40]), Calibration::identity(1));
    }
}
