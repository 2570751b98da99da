//! Words and their UTF-16 spans, over generated Unicode.

use plotlens::ErrorKind;
use plotlens::text::{Text, TextBudget};
use proptest::prelude::*;
use unicode_segmentation::UnicodeSegmentation;

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

/// Pieces of texts that are easily got wrong, and any character at all.
const AWKWARD: &str = "(plot|é|e\u{301}|🎬|👩‍👩‍👧|🇫🇷|👍🏽|1️⃣|字|かな|한국|שלום|ß|İ|\r\n|\u{a0}|\
                       \u{200d}|\u{fe0f}|'|’|-|\u{2011}|—|\\.|,|_| |[0-9]{1,3}|[a-z]{1,9}|\\PC){0,60}";

proptest! {
    #[test]
    fn words_never_split_a_grapheme_and_hold_every_letter(text in AWKWARD) {
        if let Ok(read) = Text::read(text.clone(), TextBudget::default()) {
            let mut edges: Vec<usize> = text.grapheme_indices(true).map(|(at, _)| at).collect();
            edges.push(text.len());
            for word in read.words() {
                prop_assert!(edges.binary_search(&word.bytes.start).is_ok(), "{:?}", word);
                prop_assert!(edges.binary_search(&word.bytes.end).is_ok(), "{:?}", word);
            }
            let inside = |at: usize| read.words().iter().any(|word| word.bytes.contains(&at));
            let letters = text.char_indices().filter(|(_, c)| c.is_alphanumeric());
            prop_assert!(letters.map(|(at, _)| at).all(inside));
            let segments: Vec<usize> = read.words().iter().flat_map(|word| word.segments.clone()).collect();
            prop_assert!(segments.iter().copied().eq(0..read.segments().len()));
        }
    }

    #[test]
    fn taking_words_away_leaves_the_others_as_they_were(text in AWKWARD, gone in any::<u64>()) {
        if let Ok(read) = Text::read(text.clone(), TextBudget::default()) {
            let gone = |word: usize| gone >> (word % 64) & 1 == 1;
            let left = read.without(gone);
            let kept = read.words().iter().enumerate().filter(|&(index, _)| !gone(index));
            let kept: Vec<&str> = kept.map(|(_, word)| read.word(word)).collect();
            let found: Vec<&str> = left.words().iter().map(|word| left.word(word)).collect();
            prop_assert_eq!(found, kept);
            let unchanged = read.without(|_| false);
            prop_assert_eq!(unchanged.as_str(), read.as_str());
        }
    }

    #[test]
    fn every_span_cuts_out_its_word(text in AWKWARD) {
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

/// Unicode Annex 29 has a few signs that are one grapheme with what comes after
/// them, though a word may end between the two.
#[test]
fn a_sign_before_a_picture_or_a_letter_stays_with_it() {
    for (text, words) in [
        ("plot\u{1193f}🎬 end", vec!["plot\u{1193f}🎬", "end"]),
        ("plot \u{600}か end", vec!["plot", "\u{600}か", "end"]),
        ("plot\u{1193f}か end", vec!["plot\u{1193f}か", "end"]),
    ] {
        let text = read(text);
        let found: Vec<&str> = text.words().iter().map(|word| text.word(word)).collect();
        assert_eq!(found, words);
    }
}

/// U+11347, a vowel sign, is alphabetic and stands on whatever is before it.
#[test]
fn a_mark_on_a_space_stays_what_it_was() {
    let text = read("plot twist 0 \u{11347} end");
    let without_0 = text.without(|word| word == 2);
    let words: Vec<&str> = without_0.words().iter().map(|word| without_0.word(word)).collect();
    assert_eq!(words, ["plot", "twist", " \u{11347}", "end"]);
}

#[test]
fn known_places() {
    let text = "🎬 hero's café—naïve déjà-vu";
    let read = read(text);
    let words: Vec<(u32, &str)> =
        read.words().iter().map(|word| (word.utf16.start.0, read.word(word))).collect();
    let expected = [(0, "🎬"), (3, "hero's"), (10, "café"), (15, "naïve"), (21, "déjà-vu")];
    assert_eq!(words, expected);
}

#[test]
fn words_are_what_people_see() {
    for (text, words) in [
        ("Don’t tell the boss's son", &["Don’t", "tell", "the", "boss's", "son"][..]),
        ("her father-in-law, well\u{2011}known", &["her", "father-in-law", "well\u{2011}known"]),
        ("rock'n'roll -- semi—auto - end", &["rock'n'roll", "semi", "auto", "end"]),
        ("3.5 of 1,000 in the 1990s", &["3.5", "of", "1,000", "in", "the", "1990s"]),
        ("love 👩‍👩‍👧 in 🇫🇷 ❤️!", &["love", "👩‍👩‍👧", "in", "🇫🇷", "❤️"]),
        ("the hero 主人公 wins", &["the", "hero", "主", "人", "公", "wins"]),
        ("-a- b", &["a", "b"]),
    ] {
        let read = read(text);
        let found: Vec<&str> = read.words().iter().map(|word| read.word(word)).collect();
        assert_eq!(found, words, "{text}");
    }
}

#[test]
fn pictures_alone_are_no_words_to_read() {
    assert_eq!(kind("🎬 👍🏽 ❤️"), ErrorKind::TextNoWords);
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
fn reading_stops_before_the_word_that_the_budget_cuts() {
    let read =
        |text: &str, bytes| Text::read(text, TextBudget { bytes }).unwrap().as_str().to_string();
    assert_eq!(read("alpha beta gamma", 13), "alpha beta ");
    assert_eq!(read("alpha beta", 10), "alpha beta");
    // A word alone, whatever stands before it, is cut before a letter that may go on.
    assert_eq!(read("“incomprehensibilities", 13), "“incompreh");
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
