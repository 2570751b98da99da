//! How far a metric could have been off with other rows of the same kind.

use serde::Serialize;

use super::{Metrics, Ranked, Sample};
use crate::genre::DecisionRule;

/// The middle 95 % of a metric over resampled rows.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Interval {
    /// Which metric, as in the JSON report: `samples.jaccard`, `macro.f1`.
    pub metric: &'static str,
    /// 2.5th percentile.
    pub low: f64,
    /// 97.5th percentile.
    pub high: f64,
}

type Headline = (&'static str, fn(&Metrics) -> f64);

const HEADLINES: [Headline; 20] = [
    ("samples.jaccard", |m| m.samples.jaccard),
    ("samples.precision", |m| m.samples.rates.precision),
    ("samples.recall", |m| m.samples.rates.recall),
    ("samples.f1", |m| m.samples.rates.f1),
    ("micro.precision", |m| m.micro.precision),
    ("micro.recall", |m| m.micro.recall),
    ("micro.f1", |m| m.micro.f1),
    ("macro.precision", |m| m.macro_.precision),
    ("macro.recall", |m| m.macro_.recall),
    ("macro.f1", |m| m.macro_.f1),
    ("weighted.precision", |m| m.weighted.precision),
    ("weighted.recall", |m| m.weighted.recall),
    ("weighted.f1", |m| m.weighted.f1),
    ("hamming", |m| m.hamming),
    ("exact_match", |m| m.exact_match),
    ("at_least_one", |m| m.at_least_one),
    ("at_least_two", |m| m.at_least_two),
    ("map", |m| m.map),
    ("lrap", |m| m.lrap),
    ("ece", |m| m.ece),
];

type Headlines = [f64; HEADLINES.len()];

/// A bootstrap under way: rows drawn with replacement, as many as there are. The
/// same seed draws the same rows.
#[derive(Clone, Debug)]
pub struct Bootstrap {
    state: u64,
    drawn: Vec<Headlines>,
}

impl Bootstrap {
    /// Nothing is drawn yet.
    pub fn new(seed: u64) -> Self {
        Self { state: seed, drawn: Vec::new() }
    }

    /// How many resamples were drawn.
    pub fn drawn(&self) -> usize {
        self.drawn.len()
    }

    /// Draws `resamples` more of a ranked sample.
    pub fn draw(
        &mut self,
        sample: &Sample,
        ranked: &Ranked,
        rule: &DecisionRule,
        resamples: usize,
    ) {
        self.draw_of(sample.len(), resamples, measurer(sample, ranked, rule));
    }

    fn draw_of(&mut self, rows: usize, resamples: usize, measure: impl Fn(&[u32]) -> Headlines) {
        if rows == 0 {
            return;
        }
        for _ in 0..resamples {
            let weights = self.weights(rows);
            self.drawn.push(measure(&weights));
        }
    }

    /// How often each row is drawn.
    fn weights(&mut self, rows: usize) -> Vec<u32> {
        let mut weights = vec![0u32; rows];
        (0..rows).for_each(|_| weights[self.next_below(rows)] += 1);
        weights
    }

    /// The middle 95 % of what was drawn.
    pub fn intervals(&self) -> Vec<Interval> {
        if self.drawn.is_empty() {
            return Vec::new();
        }
        let interval = |(index, (metric, _)): (usize, Headline)| {
            let [low, high] = middle(self.drawn.iter().map(|drawn| drawn[index]).collect());
            Interval { metric, low, high }
        };
        HEADLINES.into_iter().enumerate().map(interval).collect()
    }

    /// SplitMix64 (Steele et al. 2014), reduced to `0..n`.
    fn next_below(&mut self, n: usize) -> usize {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((u128::from(z ^ (z >> 31)) * n as u128) >> 64) as usize
    }
}

/// The 2.5th and the 97.5th percentile of values, of which there is one at least.
fn middle(mut values: Vec<f64>) -> [f64; 2] {
    values.sort_by(f64::total_cmp);
    [0.025, 0.975].map(|share| values[(share * (values.len() - 1) as f64).round() as usize])
}

/// The middle 95 % of any number over `resamples` draws of as many rows, with
/// replacement; `of` is told how often each row counts. None without rows or
/// draws.
pub fn interval_of(
    rows: usize,
    resamples: usize,
    seed: u64,
    of: impl Fn(&[u32]) -> f64,
) -> Option<[f64; 2]> {
    let mut bootstrap = Bootstrap::new(seed);
    let draws = (0..resamples).map(|_| of(&bootstrap.weights(rows)));
    (rows > 0 && resamples > 0).then(|| middle(draws.collect()))
}

/// The weights of rows under `resamples` draws, with replacement, of as many groups
/// as there are; rows of one group (a film's) are drawn together. `groups[i]` is the
/// group of row i, whose weight is `weights[i]` each time that it is drawn.
pub fn resampled_weights(
    weights: &[u32],
    groups: &[usize],
    resamples: usize,
    seed: u64,
) -> Vec<Vec<u32>> {
    let count = groups.iter().max().map_or(0, |last| last + 1);
    let mut bootstrap = Bootstrap::new(seed);
    let draw = |_| {
        let drawn = bootstrap.weights(count);
        weights.iter().zip(groups).map(|(weight, &group)| weight * drawn[group]).collect()
    };
    (0..resamples).map(draw).collect()
}

/// Percentile intervals over `resamples` draws of as many rows, with
/// replacement; the same seed gives the same intervals.
pub fn intervals(
    sample: &Sample,
    rule: &DecisionRule,
    resamples: usize,
    seed: u64,
) -> Vec<Interval> {
    let mut bootstrap = Bootstrap::new(seed);
    if resamples > 0 {
        bootstrap.draw(sample, &Ranked::new(sample), rule, resamples);
    }
    bootstrap.intervals()
}

/// The same of the difference between two samples' metrics, drawing the same
/// rows of both.
pub fn intervals_of_difference(
    own: (&Sample, &DecisionRule),
    other: (&Sample, &DecisionRule),
    resamples: usize,
    seed: u64,
) -> Vec<Interval> {
    debug_assert_eq!(own.0.len(), other.0.len());
    let ranked = [own, other].map(|(sample, _)| Ranked::new(sample));
    let own_metrics = measurer(own.0, &ranked[0], own.1);
    let other_metrics = measurer(other.0, &ranked[1], other.1);
    let mut bootstrap = Bootstrap::new(seed);
    bootstrap.draw_of(own.0.len(), resamples, |weights| {
        let (own, other) = (own_metrics(weights), other_metrics(weights));
        std::array::from_fn(|i| own[i] - other[i])
    });
    bootstrap.intervals()
}

/// The headline metrics of a sample whose row i counts `weights[i]` times.
fn measurer(sample: &Sample, ranked: &Ranked, rule: &DecisionRule) -> impl Fn(&[u32]) -> Headlines {
    let decisions = sample.decide(rule);
    move |weights| {
        let metrics = sample.measure_weighted(rule, &decisions, ranked, weights);
        HEADLINES.map(|(_, of)| of(&metrics))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_a_group_are_drawn_together_and_as_often_as_there_are_groups() {
        let groups = [0, 1, 0, 2, 2, 2, 3];
        let draws = resampled_weights(&[1; 7], &groups, 50, 7);
        assert_eq!(draws.len(), 50);
        for drawn in &draws {
            assert_eq!((drawn[0], drawn[3], drawn[3]), (drawn[2], drawn[4], drawn[5]));
            assert_eq!([0, 1, 3, 6].map(|first| drawn[first]).iter().sum::<u32>(), 4);
        }
        assert!(draws.iter().any(|drawn| drawn != &draws[0]));
        let thrice = resampled_weights(&[3; 7], &groups, 50, 7);
        assert!(draws.iter().flatten().zip(thrice.iter().flatten()).all(|(a, b)| 3 * a == *b));
    }
}
