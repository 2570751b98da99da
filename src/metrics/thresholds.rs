//! Thresholds that make a sample's decisions as good as they can be.

use super::{Sample, averages::Averages};
use crate::genre::{DecisionRule, Labels, Probability};

/// One threshold for each genre, by coordinate ascent on a mixture of samples
/// Jaccard, which alone starves rare genres, and macro-F1: `jaccard_share`, in
/// `0.0..=1.0`, is the weight of the first. Row i counts `weights[i]` times.
///
/// Candidates are hundredths from 0.05 to 0.95; the start is the best common
/// threshold. The at-least-one rule takes part as it does in use.
pub fn tune_thresholds(sample: &Sample, weights: &[u32], jaccard_share: f64) -> Vec<Probability> {
    let candidates: Vec<Probability> = (5..=95).map(|i| Probability(i as f32 / 100.0)).collect();
    let value_at = |thresholds: &[Probability]| {
        let decisions = sample.decide(&DecisionRule::new(thresholds.to_vec()));
        let averages = Averages::new(sample, &decisions, weights);
        objective(&averages, jaccard_share)
    };
    let common = candidates.iter().map(|&candidate| vec![candidate; sample.genres]);
    let mut best = (f64::NEG_INFINITY, vec![Probability(0.5); sample.genres]);
    for thresholds in common {
        let value = value_at(&thresholds);
        if value > best.0 {
            best = (value, thresholds);
        }
    }
    for _ in 0..4 {
        let before = best.0;
        for genre in 0..sample.genres {
            let search = GenreSearch::new(sample, weights, &best.1, genre, jaccard_share);
            let found = search.best(&candidates);
            best.1[genre] = found.1;
            best.0 = found.0;
        }
        if best.0 <= before + 1e-9 {
            break;
        }
    }
    best.1
}

fn objective(averages: &Averages, jaccard_share: f64) -> f64 {
    jaccard_share * averages.samples.jaccard + (1.0 - jaccard_share) * averages.macro_f1()
}

/// The search along one genre's threshold: everything else stands still, so
/// each candidate costs one pass over bit sets.
struct GenreSearch<'a> {
    sample: &'a Sample,
    genre: usize,
    jaccard_share: f64,
    current: Probability,
    /// Chosen genres of each row, this one left out, before the fallback.
    others: Vec<Labels>,
    /// The most probable genre of each row.
    fallback: Vec<Labels>,
    weights: &'a [u32],
}

impl<'a> GenreSearch<'a> {
    fn new(
        sample: &'a Sample,
        weights: &'a [u32],
        thresholds: &[Probability],
        genre: usize,
        jaccard_share: f64,
    ) -> Self {
        let never = DecisionRule::new(vec![Probability(f32::INFINITY); sample.genres]);
        let rows = 0..sample.len();
        let others = rows.clone().map(|row| {
            let probabilities = sample.probabilities(row);
            (0..sample.genres)
                .filter(|&g| g != genre && probabilities[g] >= thresholds[g])
                .collect()
        });
        let fallback = rows.map(|row| never.choose(sample.probabilities(row)).labels);
        Self {
            others: others.collect(),
            fallback: fallback.collect(),
            current: thresholds[genre],
            weights,
            sample,
            genre,
            jaccard_share,
        }
    }

    /// The best candidate and its objective; the current one wins ties.
    fn best(&self, candidates: &[Probability]) -> (f64, Probability) {
        let mut best = (self.objective(self.current), self.current);
        for &candidate in candidates {
            let value = self.objective(candidate);
            if value > best.0 {
                best = (value, candidate);
            }
        }
        best
    }

    fn objective(&self, threshold: Probability) -> f64 {
        let decide = |row: usize| {
            let mut labels = self.others[row];
            if self.sample.probabilities(row)[self.genre] >= threshold {
                labels.insert(self.genre);
            }
            let labels = if labels.is_empty() { self.fallback[row] } else { labels };
            labels.intersection(self.sample.known[row])
        };
        let decisions: Vec<Labels> = (0..self.sample.len()).map(decide).collect();
        let averages = Averages::new(self.sample, &decisions, self.weights);
        objective(&averages, self.jaccard_share)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn perfectly_separable_genres_are_separated() {
        let mut sample = Sample::new(2);
        let known: Labels = [0, 1].into_iter().collect();
        for i in 0..20 {
            let (a, b) = (i % 2 == 0, i % 5 == 0 || i % 2 == 1);
            let probability = |has, high, low| Probability(if has { high } else { low });
            let truth = [(0, a), (1, b)].into_iter().filter(|(_, has)| *has).map(|(g, _)| g);
            sample.push(
                &[probability(a, 0.3, 0.2), probability(b, 0.9, 0.7)],
                truth.collect(),
                known,
            );
        }
        let metrics = sample.measure(&DecisionRule::new(tune_thresholds(&sample, &[1; 20], 0.5)));
        assert_eq!((metrics.samples.jaccard, metrics.macro_.f1), (1.0, 1.0));
    }
}
