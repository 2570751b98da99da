//! WordPiece (Wu et al. 2016, <https://arxiv.org/abs/1609.08144>) over a vocabulary that is
//! read in one pass: the first text waits for it, in code that a browser has yet to compile
//! well, so nothing is allocated for a single piece.

use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, Visitor};
use tokenizers::Token;

/// The model of a `tokenizer.json`.
#[derive(Deserialize)]
#[serde(try_from = "Fields")]
pub struct WordPiece {
    vocabulary: Vocabulary,
    /// Before a piece that does not start its word.
    prefix: String,
    /// What a word becomes that cannot be made of pieces.
    unknown: u32,
    /// Characters of the longest word that is taken apart.
    longest_word: usize,
}

#[derive(Deserialize)]
struct Fields {
    r#type: Option<String>,
    unk_token: String,
    continuing_subword_prefix: String,
    max_input_chars_per_word: usize,
    vocab: Vocabulary,
}

impl TryFrom<Fields> for WordPiece {
    type Error = &'static str;

    fn try_from(fields: Fields) -> Result<Self, Self::Error> {
        if fields.r#type.is_some_and(|name| name != "WordPiece") {
            return Err("the model is not WordPiece");
        }
        Ok(Self {
            unknown: fields.vocab.id("", &fields.unk_token).ok_or("unk_token is not in vocab")?,
            vocabulary: fields.vocab,
            prefix: fields.continuing_subword_prefix,
            longest_word: fields.max_input_chars_per_word,
        })
    }
}

impl WordPiece {
    /// The id of a piece.
    pub fn id(&self, piece: &str) -> Option<u32> {
        self.vocabulary.id("", piece)
    }

    /// How many pieces there are.
    pub fn len(&self) -> usize {
        self.vocabulary.count
    }

    /// Takes a word apart, the longest piece first; offsets are bytes of the word, and no
    /// piece is spelt out.
    pub fn split(&self, word: &str) -> Vec<Token> {
        let token = |id, start, end| Token::new(id, String::new(), (start, end));
        let unknown = || vec![token(self.unknown, 0, word.len())];
        if word.chars().count() > self.longest_word {
            return unknown();
        }
        let mut tokens = Vec::new();
        let mut start = 0;
        while start < word.len() {
            let prefix = if start == 0 { "" } else { self.prefix.as_str() };
            let chars = word[start..].char_indices().rev();
            let mut ends = chars.map(|(at, char)| start + at + char.len_utf8());
            let longest = |end| Some((self.vocabulary.id(prefix, &word[start..end])?, end));
            let Some((id, end)) = ends.find_map(longest) else { return unknown() };
            tokens.push(token(id, start, end));
            start = end;
        }
        tokens
    }
}

/// Pieces and their ids.
#[derive(Default)]
struct Vocabulary {
    /// All pieces, one after the other.
    text: String,
    /// Where each piece ends in that, and its id.
    pieces: Vec<(usize, u32)>,
    /// A hash table with linear probing: one more than the place of a piece, or 0. Half of
    /// it is free.
    slots: Vec<u32>,
    /// How many different pieces there are.
    count: usize,
}

/// Slots that are looked at for one piece: random ones take a tenth of them.
const MOST_PROBES: usize = 512;

impl Vocabulary {
    /// The id of a piece that is written in two parts.
    fn id(&self, prefix: &str, rest: &str) -> Option<u32> {
        let is_it = |piece: &str| piece.strip_prefix(prefix) == Some(rest);
        let slot = self.slot(hash(hash(START, prefix), rest), is_it)?;
        let place = (self.slots[slot] as usize).checked_sub(1)?;
        Some(self.pieces[place].1)
    }

    fn piece(&self, place: usize) -> &str {
        let start = place.checked_sub(1).map_or(0, |before| self.pieces[before].0);
        &self.text[start..self.pieces[place].0]
    }

    /// The slot of the piece with a hash that is looked for, or a free one; none where too
    /// many others are in its way.
    fn slot(&self, hash: u32, is_it: impl Fn(&str) -> bool) -> Option<usize> {
        let mut slot = hash as usize & (self.slots.len() - 1);
        for _ in 0..MOST_PROBES {
            match (self.slots[slot] as usize).checked_sub(1) {
                Some(place) if !is_it(self.piece(place)) => {
                    slot = (slot + 1) & (self.slots.len() - 1);
                }
                _ => return Some(slot),
            }
        }
        None
    }

    /// Fills the table, where it can be. The last of equal pieces is found, as in any JSON
    /// object.
    fn index(&mut self) -> Option<()> {
        self.slots = vec![0; (2 * self.pieces.len() + 1).next_power_of_two()];
        for place in 0..self.pieces.len() {
            let piece = self.piece(place);
            let slot = self.slot(hash(START, piece), |other| other == piece)?;
            self.count += usize::from(self.slots[slot] == 0);
            self.slots[slot] = place as u32 + 1;
        }
        Some(())
    }
}

/// The hash of nothing.
const START: u32 = 0x811c_9dc5;

/// FNV-1a of 32 bits (<http://www.isthe.com/chongo/tech/comp/fnv/>), from the hash of what
/// stands before.
fn hash(before: u32, text: &str) -> u32 {
    text.bytes().fold(before, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

impl<'de> Deserialize<'de> for Vocabulary {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Entries)
    }
}

struct Entries;

impl<'de> Visitor<'de> for Entries {
    type Value = Vocabulary;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("pieces and their ids")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Vocabulary, A::Error> {
        let mut vocabulary = Vocabulary::default();
        while entries.next_key_seed(Append(&mut vocabulary.text))?.is_some() {
            vocabulary.pieces.push((vocabulary.text.len(), entries.next_value()?));
        }
        // Nobody's pieces do, but for who wants to keep a page busy.
        vocabulary.index().ok_or_else(|| A::Error::custom("the pieces' hashes collide"))?;
        Ok(vocabulary)
    }
}

/// Reads a string to the end of another.
struct Append<'a>(&'a mut String);

impl<'de> DeserializeSeed<'de> for Append<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Append<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a piece")
    }

    fn visit_str<E: Error>(self, piece: &str) -> Result<(), E> {
        self.0.push_str(piece);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use std::collections::HashMap;

    use tokenizers::Model;

    use super::*;

    fn read<M: for<'de> Deserialize<'de>>(fields: &str) -> serde_json::Result<M> {
        let rest = r###""continuing_subword_prefix":"##","max_input_chars_per_word":5"###;
        serde_json::from_str(&format!("{{{fields},{rest}}}"))
    }

    fn model() -> WordPiece {
        let vocab = r###"{"[UNK]":9,"a":1,"ab":2,"##c":3,"##cd":4,"\u00fc":5,"a":6,"":7}"###;
        read(&format!(r#""type":"WordPiece","unk_token":"[UNK]","vocab":{vocab}"#)).unwrap()
    }

    fn split(word: &str) -> Vec<(u32, usize, usize)> {
        let tokens = model().split(word).into_iter();
        tokens.map(|token| (token.id, token.offsets.0, token.offsets.1)).collect()
    }

    #[test]
    fn the_longest_piece_comes_first() {
        assert_eq!(split("abcdc"), [(2, 0, 2), (4, 2, 4), (3, 4, 5)]);
        assert_eq!(split("ü"), [(5, 0, 2)]);
        assert_eq!(split(""), []);
    }

    #[test]
    fn a_word_that_is_too_long_or_not_made_of_pieces_is_unknown() {
        assert_eq!(split("abcdcc"), [(9, 0, 6)]);
        assert_eq!(split("abx"), [(9, 0, 3)]);
        assert_eq!(split("c"), [(9, 0, 1)]);
    }

    #[test]
    fn a_piece_that_is_there_twice_has_its_last_id() {
        assert_eq!((model().id("a"), model().id("##c"), model().id("b")), (Some(6), Some(3), None));
        assert_eq!(model().len(), 7);
    }

    #[test]
    fn words_are_split_as_the_library_splits_them() {
        // All pieces of up to three letters, some left out.
        let letters = ["x", "y", "ü"];
        let mut pieces = vec![String::new()];
        for length in 0..3 {
            let longest =
                pieces.clone().into_iter().filter(|piece| piece.chars().count() == length);
            pieces.extend(longest.flat_map(|piece| letters.map(|letter| piece.clone() + letter)));
        }
        let all = pieces[1..].iter().flat_map(|piece| [piece.clone(), format!("##{piece}")]);
        let some = all.enumerate().filter(|(i, _)| i % 7 != 3 && i % 5 != 1);
        let vocab: HashMap<_, _> = some.map(|(i, piece)| (piece, i)).collect();
        let json = serde_json::to_string(&vocab).unwrap();
        let json = format!(r#""type":"WordPiece","unk_token":"x","vocab":{json}"#);
        let ours: WordPiece = read(&json).unwrap();
        let theirs: tokenizers::models::wordpiece::WordPiece = read(&json).unwrap();
        let places = |tokens: Vec<Token>| {
            tokens.into_iter().map(|token| (token.id, token.offsets)).collect::<Vec<_>>()
        };
        let mut unknown = 0;
        for i in 0..3usize.pow(6) {
            let word: String = (0..6).map(|at| letters[i / 3usize.pow(at) % 3]).collect();
            for end in (1..=word.len()).filter(|&end| word.is_char_boundary(end)) {
                let expected = places(theirs.tokenize(&word[..end]).unwrap());
                unknown += usize::from(expected == [(0, (0, end))]);
                assert_eq!(places(ours.split(&word[..end])), expected, "{}", &word[..end]);
            }
        }
        assert!(unknown > 0);
    }

    #[test]
    fn pieces_that_are_made_to_collide_are_refused() {
        let collides = |piece: &String| hash(START, piece) & 2047 == 0;
        let colliding: Vec<_> = (0..).map(|i| i.to_string()).filter(collides).take(600).collect();
        for (count, is_read) in [(200, true), (600, false)] {
            let vocab: HashMap<_, _> = colliding.iter().take(count).zip(0..).collect();
            let json = serde_json::to_string(&vocab).unwrap();
            let read =
                read::<WordPiece>(&format!(r#""unk_token":"{}","vocab":{json}"#, colliding[0]));
            assert_eq!(read.is_ok(), is_read, "{count}");
        }
    }

    #[test]
    fn other_models_are_refused() {
        for fields in [
            r#""type":"BPE","unk_token":"a","vocab":{"a":1}"#,
            r#""type":"WordPiece","unk_token":"b","vocab":{"a":1}"#,
            r#""type":"WordPiece","unk_token":"b","vocab":{}"#,
            r#""type":"WordPiece","unk_token":"a","vocab":{"a":-1}"#,
            r#""type":"WordPiece","unk_token":"a","vocab":["a"]"#,
            r#""type":"WordPiece","unk_token":"a","vocab":{"a":1,"b"}"#,
        ] {
            assert!(read::<WordPiece>(fields).is_err(), "{fields}");
        }
    }
}
