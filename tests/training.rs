//! The sparse trainer against scikit-learn, and a whole keyword model against
//! its own definition.

use plotlens::genre::Labels;
use plotlens::keywords::KeywordModel;
use plotlens::keywords::train::{Example, Fit, Settings, SparseRows, fit_logistic, train};
use plotlens::text::{Text, TextBudget};
use serde::Deserialize;

#[derive(Deserialize)]
struct Problem {
    columns: usize,
    c: f64,
    rows: Vec<Vec<(usize, f32)>>,
    positive: Vec<bool>,
    weights: Vec<f64>,
    bias: f64,
}

#[test]
fn the_optimum_is_scikit_learns() {
    let problem: Problem = serde_json::from_str(include_str!("reference/logistic.json")).unwrap();
    let mut rows = SparseRows::new(problem.columns);
    problem.rows.iter().for_each(|row| rows.push(row));
    let signs: Vec<f32> =
        problem.positive.iter().map(|&positive| if positive { 1.0 } else { -1.0 }).collect();
    let fit = fit_logistic(&rows, &signs, problem.c);
    assert!((fit.bias - problem.bias).abs() < 2e-3, "{} {}", fit.bias, problem.bias);
    for (actual, expected) in fit.weights.iter().zip(&problem.weights) {
        assert!((actual - expected).abs() < 2e-3, "{actual} {expected}");
    }
}

fn one_by_one(count: usize, fit: &(dyn Fn(usize) -> Fit + Sync)) -> Vec<Fit> {
    (0..count).map(fit).collect()
}

fn examples() -> Vec<Example> {
    let all: Labels = [0, 1].into_iter().collect();
    let example = |text: &str, genre: usize| Example {
        title: None,
        text: Text::read(text, TextBudget::default()).unwrap(),
        labels: [genre].into_iter().collect(),
        known: all,
    };
    (0..40)
        .map(|i| match i % 2 {
            0 => example(&format!("A haunted house and a ghost, number {i}"), 0),
            _ => example(&format!("A sheriff and an outlaw duel, number {i}"), 1),
        })
        .collect()
}

fn model() -> KeywordModel {
    let settings = Settings { features: 30, min_texts: 5, c: 10.0 };
    train(&examples(), 2, settings, one_by_one).unwrap()
}

#[test]
fn a_trained_model_tells_its_genres_apart_and_is_the_same_every_time() {
    let model = model();
    assert_eq!(model.write(), self::model().write());
    for (text, genre) in [("the ghost of a haunted sheriff", 0), ("An OUTLAW, a duel", 1)] {
        let text = Text::read(text, TextBudget::default()).unwrap();
        let logits = model.score(None, &text).logits;
        assert!(logits[genre] > logits[1 - genre], "{logits:?}");
    }
}

#[test]
fn shares_are_split_evenly_and_conserved_when_a_pair_occurs_twice() {
    let model = model();
    let text = "haunted house zzz haunted house";
    let text = Text::read(text, TextBudget::default()).unwrap();
    let reading = model.score(None, &text);
    let share = |word: usize| &reading.words[word * 2..][..2];
    // The same words in the same pair: the same shares.
    assert_eq!((share(0), share(1)), (share(3), share(4)));
    // Words without weight have none.
    assert_eq!(share(2), [0.0, 0.0]);
    for genre in 0..2 {
        let sum: f32 = (0..text.words().len()).map(|word| share(word)[genre]).sum();
        assert!((model.bias()[genre] + sum - reading.logits[genre]).abs() < 1e-5);
    }
}

#[test]
fn a_title_is_read_and_its_share_told() {
    let model = model();
    let text = Text::read("An outlaw, a duel", TextBudget::default()).unwrap();
    let title = Text::title("  The Haunted House ").unwrap();
    let (alone, titled) = (model.score(None, &text), model.score(Some(&title), &text));
    assert_eq!(alone.title, [0.0, 0.0]);
    assert!(titled.title[0] > 0.0 && titled.logits[0] > alone.logits[0]);
    assert_eq!(titled.words.len(), alone.words.len());
    for genre in 0..2 {
        let words: f32 = titled.words.iter().skip(genre).step_by(2).sum();
        let sum = model.bias()[genre] + titled.title[genre] + words;
        assert!((sum - titled.logits[genre]).abs() < 1e-5);
    }
    // No pair reaches from the title into the text.
    let split = model.score(
        Text::title("haunted").as_ref(),
        &Text::read("house ab", TextBudget::default()).unwrap(),
    );
    let whole = model.score(None, &Text::read("haunted house ab", TextBudget::default()).unwrap());
    assert_ne!(split.logits, whole.logits);
}

#[test]
fn too_little_text_is_an_error() {
    let error = train(&examples()[..2], 2, Settings::default(), one_by_one).unwrap_err();
    assert_eq!(error.kind(), plotlens::ErrorKind::TrainingData);
}
