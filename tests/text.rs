//! Words and their UTF-16 spans, over generated Unicode.

use plotlens::ErrorKind;
use plotlens::text::{Text, TextBudget};
use proptest::prelude::*;

fn read(text: &str) -> Text {
    Text::read(text, TextBudget::default()).unwrap()
}

fn kind(text: &str) -> ErrorKind {
    Text::read(text, TextBudget::default()).unwrap_err().kind()
}

/// The characters between UTF-16 offsets, as JavaScript's `slice` gives them.
fn slice(text: &str, start: u32, end: u32) -> String {
    let units: Vec<u16> = text.encode_utf16().collect();
    String::from_utf16(&units[start as usize..end as usize]).unwrap()
}

proptest! {
    #[test]
    fn every_span_cuts_out_its_word(text in "(plot|é|e\u{301}|🎬|👩‍👩‍👧|字|שלום|ß|İ|\r\n|\u{a0}|'|-|[a-z]{1,9}|\\PC){0,60}") {
        if let Ok(read) = Text::read(text.clone(), TextBudget::default()) {
            for word in read.words() {
                prop_assert_eq!(slice(&text, word.utf16.start.0, word.utf16.end.0), read.word(word));
            }
            let ordered = read.words().windows(2).all(|pair| pair[0].utf16.end <= pair[1].utf16.start);
            prop_assert!(ordered);
        }
    }

    #[test]
    fn what_is_read_is_a_prefix_within_the_budget(text in "([a-z]{1,12}|🎬| |é|字){1,60}", bytes in 1usize..80) {
        if let Ok(read) = Text::read(text.clone(), TextBudget { bytes }) {
            prop_assert!(text.starts_with(read.as_str()));
            prop_assert!(read.as_str().trim_start().len() <= bytes);
            let unread = &text[read.as_str().len()..];
            prop_assert_eq!(read.truncated_at().is_some(), !unread.trim().is_empty());
        }
    }
}

#[test]
fn known_places() {
    let text = "🎬 hero's café—naïve déjà-vu";
    let read = read(text);
    let words: Vec<(u32, &str)> =
        read.words().iter().map(|word| (word.utf16.start.0, read.word(word))).collect();
    assert_eq!(words, [(3, "hero's"), (10, "café"), (15, "naïve"), (21, "déjà"), (26, "vu")]);
}

#[test]
fn unreadable_texts_have_their_own_kinds() {
    assert_eq!(kind(""), ErrorKind::TextEmpty);
    assert_eq!(kind(" \n\t\u{a0}"), ErrorKind::TextEmpty);
    assert_eq!(kind("x"), ErrorKind::TextTooShort);
    assert_eq!(kind("🎬🔥 !!!"), ErrorKind::TextNoWords);
    assert_eq!(kind("Два друга идут на войну"), ErrorKind::TextUnreadable);
    assert_eq!(kind("二人の友人が戦争に行く"), ErrorKind::TextUnreadable);
    assert_eq!(kind("\u{fffd}\u{fffd}"), ErrorKind::TextNoWords);
}

#[test]
fn a_huge_text_is_read_up_to_a_word() {
    let text = "word ".repeat(200_000);
    let read = read(&text);
    let end = read.truncated_at().unwrap();
    assert!(end <= TextBudget::default().bytes && read.as_str().trim_end().ends_with("word"));
}

#[test]
fn white_space_before_the_text_costs_nothing() {
    let text = format!("{}a widow and her door", " ".repeat(100_000));
    assert_eq!(read(&text).words().len(), 5);
}

#[test]
fn a_huge_word_is_read_up_to_a_grapheme() {
    let read = read(&"e\u{301}".repeat(300_000));
    assert_eq!(read.words().len(), 1);
    assert!(read.as_str().ends_with('\u{301}'));
    assert!(read.truncated_at().is_some());
}
