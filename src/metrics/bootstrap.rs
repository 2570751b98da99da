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
    percentiles(sample.len(), resamples, seed, measurer(sample, rule))
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
    let (own_metrics, other_metrics) = (measurer(own.0, own.1), measurer(other.0, other.1));
    percentiles(own.0.len(), resamples, seed, |weights| {
        let (own, other) = (own_metrics(weights), other_metrics(weights));
        std::array::from_fn(|i| own[i] - other[i])
    })
}

type Headlines = [f64; HEADLINES.len()];

/// The headline metrics of a sample whose row i counts `weights[i]` times.
fn measurer(sample: &Sample, rule: &DecisionRule) -> impl Fn(&[u32]) -> Headlines {
    let decisions = sample.decide(rule);
    let orders = ranking::orders(sample);
    move |weights| {
        let metrics = sample.measure_weighted(rule, &decisions, &orders, weights);
        HEADLINES.map(|(_, of)| of(&metrics))
    }
}

fn percentiles(
    rows: usize,
    resamples: usize,
    seed: u64,
    measure: impl Fn(&[u32]) -> Headlines,
) -> Vec<Interval> {
    if rows == 0 || resamples == 0 {
        return Vec::new();
    }
    let mut draw = uniform(seed, rows);
    let mut values = vec![Vec::new(); HEADLINES.len()];
    for _ in 0..resamples {
        let mut weights = vec![0u32; rows];
        (0..rows).for_each(|_| weights[draw()] += 1);
        values.iter_mut().zip(measure(&weights)).for_each(|(values, value)| values.push(value));
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
