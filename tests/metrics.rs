//! Every metric against scikit-learn's.

use plotlens::genre::{DecisionRule, Labels, Probability};
use plotlens::metrics::Sample;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Reference {
    thresholds: Vec<f32>,
    scores: Vec<Vec<f32>>,
    truth: Vec<Vec<usize>>,
    expected: Value,
}

fn reference() -> (Reference, Sample, DecisionRule) {
    let reference: Reference =
        serde_json::from_str(include_str!("reference/metrics.json")).unwrap();
    let genres = reference.thresholds.len();
    let all: Labels = (0..genres).collect();
    let probabilities = |row: &[f32]| row.iter().map(|&p| Probability(p)).collect::<Vec<_>>();
    let mut sample = Sample::new(genres);
    for (scores, truth) in reference.scores.iter().zip(&reference.truth) {
        sample.push(&probabilities(scores), truth.iter().copied().collect(), all);
    }
    let rule = DecisionRule::new(probabilities(&reference.thresholds));
    (reference, sample, rule)
}

/// Every number in `expected` is in `actual` at the same place.
fn check(actual: &Value, expected: &Value, path: &str) {
    match expected {
        Value::Object(fields) => {
            for (name, expected) in fields {
                check(&actual[name], expected, &format!("{path}.{name}"));
            }
        }
        Value::Array(items) => {
            for (i, expected) in items.iter().enumerate() {
                check(&actual[i], expected, &format!("{path}[{i}]"));
            }
        }
        expected => {
            let (actual, expected) = (actual.as_f64().unwrap(), expected.as_f64().unwrap());
            assert!((actual - expected).abs() < 1e-9, "{path}: {actual} is not {expected}");
        }
    }
}

#[test]
fn all_metrics_are_scikit_learns() {
    let (reference, sample, rule) = reference();
    let metrics = serde_json::to_value(sample.measure(&rule)).unwrap();
    check(&metrics, &reference.expected, "metrics");
}

#[test]
fn intervals_hold_their_metric_and_repeat() {
    let (_, sample, rule) = reference();
    let metrics = sample.measure(&rule);
    let intervals = sample.intervals(&rule, 200, 7);
    let of = |name| *intervals.iter().find(|interval| interval.metric == name).unwrap();
    for (name, value) in [
        ("samples.jaccard", metrics.samples.jaccard),
        ("macro.f1", metrics.macro_.f1),
        ("map", metrics.map),
    ] {
        let interval = of(name);
        assert!(interval.low < value && value < interval.high, "{interval:?} {value}");
        assert!(interval.high - interval.low < 0.2);
    }
    assert_eq!(intervals, sample.intervals(&rule, 200, 7));
    assert_ne!(intervals, sample.intervals(&rule, 200, 8));
}

#[test]
fn genres_of_unknown_truth_do_not_count() {
    let rule = DecisionRule::new(vec![Probability(0.5); 2]);
    let row = [Probability(0.9), Probability(0.9)];
    let (first, both): (Labels, Labels) = ([0].into_iter().collect(), [0, 1].into_iter().collect());
    let mut sample = Sample::new(2);
    sample.push(&row, first, both);
    assert_eq!(sample.measure(&rule).samples.jaccard, 0.5);
    let mut sample = Sample::new(2);
    sample.push(&row, first, first);
    let metrics = sample.measure(&rule);
    assert_eq!((metrics.samples.jaccard, metrics.hamming), (1.0, 0.0));
}

#[test]
fn calibration_error_is_the_gap_between_confidence_and_accuracy() {
    let rule = DecisionRule::new(vec![Probability(0.5)]);
    let known: Labels = [0].into_iter().collect();
    let mut sample = Sample::new(1);
    // Says 0.9 ten times, is right eight times; says 0.1 ten times, once true.
    for i in 0..10 {
        let truth = |yes: bool| if yes { known } else { Labels::default() };
        sample.push(&[Probability(0.9)], truth(i < 8), known);
        sample.push(&[Probability(0.1)], truth(i < 1), known);
    }
    assert!((sample.measure(&rule).ece - 0.05).abs() < 1e-6);
}
