//! Sums by hand, over texts whose shares are made up.

use super::*;
use crate::encoder::{Pieces, Window};
use crate::text::{Text, TextBudget};

fn words(text: &str) -> Vec<Word> {
    Text::read(text, TextBudget::default()).unwrap().words().to_vec()
}

#[test]
fn a_hyphenated_word_has_the_shares_of_its_parts() {
    let reading = KeywordReading {
        logits: vec![7.5, 71.0],
        words: vec![1.0, 10.0, 2.0, 20.0, 4.0, 40.0],
        title: vec![0.25, 0.5],
    };
    let explanation = Explanation::of_keywords(reading, &[0.25, 0.5], &words("co-op films"));
    assert_eq!(explanation.words, [3.0, 30.0, 4.0, 40.0]);
    assert_eq!(explanation.other, [0.0, 0.0]);
    assert_eq!((explanation.title[1], explanation.bias[0]), (0.5, 0.25));
    assert_eq!(explanation.error(), 0.0);
}

#[test]
fn a_word_has_the_shares_of_its_pieces() {
    // `Sa`, `d`, `!`, `film` and `s`, with a title of one piece.
    let pieces = Pieces { ids: vec![1; 5], bytes: vec![0..2, 2..3, 3..4, 5..9, 9..10] };
    let shares = (0..8).flat_map(|token| [(1 << token) as f32, -1.0]);
    let window = Window::unpack([0.5, 0.0].into_iter().chain(shares).collect(), 8, 2).unwrap();
    let reading = Reading::of_window(vec![9], pieces, window);
    let explanation = Explanation::of_distilbert(&reading, &words("Sad! films")).unwrap();
    // [CLS] 1, the title 2, then 4, 8, 16, 32 and 64, [SEP] 128.
    assert_eq!(explanation.words, [12.0, -2.0, 96.0, -2.0]);
    assert_eq!(explanation.other, [1.0 + 16.0 + 128.0, -3.0]);
    assert_eq!(explanation.title, [2.0, -1.0]);
    assert_eq!(explanation.logits, [255.5, -8.0]);
    assert_eq!(explanation.error(), 0.0);
}

#[test]
fn what_touches_does_not_overlap() {
    assert!(overlap(&(2..5), &(4..6)) && overlap(&(4..6), &(2..5)) && overlap(&(2..9), &(3..4)));
    assert!(!overlap(&(2..5), &(5..6)) && !overlap(&(5..6), &(2..5)));
}

fn explanation(parts: [f32; 4], logit: f32) -> Explanation {
    let [bias, title, word, other] = parts.map(|part| vec![part, 0.0]);
    Explanation { bias, title, words: word, other, logits: vec![logit, 0.0] }
}

#[test]
fn calibrated_parts_add_up_to_the_calibrated_logit() {
    let calibration = Calibration { slopes: vec![2.0, 3.0], intercepts: vec![0.5, -1.0] };
    let calibrated = explanation([1.0, 2.0, 4.0, 8.0], 15.0).calibrated(&calibration);
    let mut expected = explanation([2.5, 4.0, 8.0, 16.0], 30.5);
    (expected.bias[1], expected.logits[1]) = (-1.0, -1.0);
    assert_eq!(calibrated, expected);
}

#[test]
fn mixed_parts_are_weighted() {
    let a = explanation([4.0, 8.0, 12.0, 16.0], 40.0);
    let b = explanation([8.0, 4.0, 0.0, -4.0], 8.0);
    assert_eq!(a.mixed(&b, 0.25), explanation([7.0, 5.0, 3.0, 1.0], 16.0));
}

#[test]
fn the_error_is_the_largest_over_the_genres() {
    assert_eq!(explanation([1.0, 2.0, 4.0, 8.0], 15.0).error(), 0.0);
    assert_eq!(explanation([1.0, 2.0, 4.0, 8.0], 15.5).error(), 0.5);
    assert_eq!(explanation([1.0, 2.0, 4.0, 8.0], 14.75).error(), 0.25);
    let mut both = explanation([1.0, 2.0, 4.0, 8.0], 15.5);
    both.logits[1] = 2.0;
    assert_eq!(both.error(), 2.0);
    both.logits[1] = 0.25;
    assert_eq!(both.error(), 0.5);
    both.logits[0] = f32::NAN;
    assert!(both.error().is_nan());
}
