//! A model small enough to be counted by hand: tf-idf with 1 + ln n, rows of
//! length 1.

use super::*;
use crate::text::TextBudget;

/// Weights `[features, genres]`: a door (.2, -.6), door (.4, 1), night (-.6, 1.4).
fn model() -> KeywordModel {
    KeywordModel {
        vocabulary: ["a door", "door", "night", "night door"].into_iter().collect(),
        idf: vec![1.5, 2.0, 1.0, 9.0],
        bias: vec![-1.0, 0.5],
        scales: vec![0.1, 0.2],
        weights: vec![2, -3, 4, 5, -6, 7, 100, 100],
    }
}

fn text() -> Text {
    Text::read("Door, a door at night.", TextBudget::default()).unwrap()
}

#[track_caller]
fn assert_near(found: &[f32], expected: &[f32]) {
    let near = |(a, b): (&f32, &f32)| (a - b).abs() < 1e-6;
    assert!(found.len() == expected.len() && found.iter().zip(expected).all(near), "{found:?}");
}

#[test]
fn logits_and_shares_are_those_of_tf_idf_by_hand() {
    let (a_door, door, night) = (0.391_004_5, 0.882_704_25, 0.260_669_67);
    let reading = model().score(None, &text());
    assert_near(&reading.logits, &[-0.725_119_2, 1.513_039_1]);
    assert_near(&reading.title, &[0.0, 0.0]);
    // The two doors share alike, and so do the two words of “a door”.
    let (half, pair) = (door / 2.0, a_door / 2.0);
    let expected = [
        [half * 0.4, half],
        [pair * 0.2, pair * -0.6],
        [half * 0.4 + pair * 0.2, half + pair * -0.6],
        [0.0, 0.0],
        [night * -0.6, night * 1.4],
    ];
    assert_near(&reading.words, expected.as_flattened());
}

#[test]
fn the_title_counts_with_the_text_but_makes_no_pair_with_it() {
    let title = Text::title("Night").unwrap();
    let reading = model().score(Some(&title), &text());
    assert_near(&reading.logits, &[-0.843_177_73, 1.692_614_6]);
    let night = 0.415_770_35 / 2.0;
    assert_near(&reading.title, &[night * -0.6, night * 1.4]);
    assert_near(&reading.words[8..], &[night * -0.6, night * 1.4]);
}

#[test]
fn weights_are_told_from_the_heaviest_for_a_genre_to_the_heaviest_against() {
    let model = model();
    let weights = model.weights_of(0);
    let names: Vec<&str> = weights.iter().map(|&(name, _)| name).collect();
    assert_eq!(names, ["night door", "door", "a door", "night"]);
    assert_near(
        &weights.iter().map(|&(_, weight)| weight).collect::<Vec<_>>(),
        &[10.0, 0.4, 0.2, -0.6],
    );
    assert_eq!(model.weights_of(1)[3], ("a door", -3.0 * 0.2));
    assert_eq!(model.features(), 4);
}
