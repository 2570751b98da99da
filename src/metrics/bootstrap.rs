//! How far a metric could have been off with other rows of the same kind.

use serde::Serialize;

use super::{Metrics, Sample, ranking};
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

const HEADLINES: [Headline; 12] = [
    ("samples.jaccard", |m| m.samples.jaccard),
    ("samples.f1", |m| m.samples.rates.f1),
    ("micro.f1", |m| m.micro.f1),
    ("macro.f1", |m| m.macro_.f1),
    ("weighted.f1", |m| m.weighted.f1),
    ("hamming", |m| m.hamming),
    ("exact_match", |m| m.exact_match),
    ("at_least_one", |m| m.at_least_one),
    ("at_least_two", |m| m.at_least_two),
    ("map", |m| m.map),
    ("lrap", |m| m.lrap),
    ("ece", |m| m.ece),
];

/// Percentile intervals over `resamples` draws of as many rows, with
/// replacement; the same seed gives the same intervals.
pub fn intervals(
    sample: &Sample,
    rule: &DecisionRule,
    resamples: usize,
    seed: u64,
) -> Vec<Interval> {
    if sample.is_empty() || resamples == 0 {
        return Vec::new();
    }
    let decisions = sample.decide(rule);
    let orders = ranking::orders(sample);
    let mut draw = uniform(seed, sample.len());
    let mut values = vec![Vec::new(); HEADLINES.len()];
    for _ in 0..resamples {
        let mut weights = vec![0u32; sample.len()];
        (0..sample.len()).for_each(|_| weights[draw()] += 1);
        let metrics = sample.measure_weighted(rule, &decisions, &orders, &weights);
        values.iter_mut().zip(HEADLINES).for_each(|(values, (_, of))| values.push(of(&metrics)));
    }
    let interval = |(values, (metric, _)): (&mut Vec<f64>, Headline)| {
        values.sort_by(f64::total_cmp);
        let at = |share: f64| values[(share * (resamples - 1) as f64).round() as usize];
        Interval { metric, low: at(0.025), high: at(0.975) }
    };
    values.iter_mut().zip(HEADLINES).map(interval).collect()
}

/// SplitMix64 (Steele et al. 2014), reduced to `0..n`.
fn uniform(seed: u64, n: usize) -> impl FnMut() -> usize {
    let mut state = seed;
    move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((u128::from(z ^ (z >> 31)) * n as u128) >> 64) as usize
    }
}
