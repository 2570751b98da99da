//! The keyword model's file, little endian:
//!
//! | bytes | what |
//! |---|---|
//! | 4 | `PLKW` |
//! | 4, 4, 4 | `u32`: version 1, features F, genres G |
//! | 4 G, 4 G | `f32`: bias, weight scale, by genre |
//! | 4 F | `f32`: inverse document frequency, by feature |
//! | F G | `i8`: weights, by feature, then genre |
//! | the rest | F terms in UTF-8, ascending, each ended by a line feed |

use super::{KeywordModel, Vocabulary};
use crate::error::{Error, ErrorKind, Result};
use crate::genre::LARGEST;

const MAGIC: [u8; 4] = *b"PLKW";
const VERSION: u32 = 1;

pub fn write(model: &KeywordModel) -> Vec<u8> {
    let mut out = MAGIC.to_vec();
    for number in [VERSION, model.idf.len() as u32, model.bias.len() as u32] {
        out.extend(number.to_le_bytes());
    }
    for floats in [&model.bias, &model.scales, &model.idf] {
        out.extend(floats.iter().flat_map(|value| value.to_le_bytes()));
    }
    out.extend(model.weights.iter().map(|&weight| weight as u8));
    out.extend(model.vocabulary.lines().bytes());
    out
}

pub fn read(bytes: &[u8]) -> Result<KeywordModel> {
    let mut rest = Reader(bytes);
    if rest.take(4)? != MAGIC || rest.number()? != VERSION as usize {
        return Err(invalid("The keyword model has another format; reload the page."));
    }
    let (features, genres) = (rest.number()?, rest.number()?);
    let (bias, scales) = (rest.floats(genres)?, rest.floats(genres)?);
    let idf = rest.floats(features)?;
    let count = features.checked_mul(genres).ok_or_else(damaged)?;
    let weights = rest.take(count)?.iter().map(|&weight| weight as i8).collect();
    let terms = std::str::from_utf8(rest.0).map_err(|_| damaged())?;
    let vocabulary = Vocabulary::new(terms.into()).ok_or_else(damaged)?;
    if genres == 0 || vocabulary.len() != features || idf.iter().any(|&idf| idf < 1.0 / LARGEST) {
        return Err(damaged());
    }
    Ok(KeywordModel { vocabulary, idf, bias, scales, weights })
}

/// What is left to read; every read checks the length before it allocates.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(count).ok_or_else(damaged)?;
        self.0 = rest;
        Ok(head)
    }

    fn number(&mut self) -> Result<usize> {
        let bytes = self.take(4)?.first_chunk().ok_or_else(damaged)?;
        Ok(u32::from_le_bytes(*bytes) as usize)
    }

    fn floats(&mut self, count: usize) -> Result<Vec<f32>> {
        let bytes = self.take(count.checked_mul(4).ok_or_else(damaged)?)?;
        let floats: Vec<f32> =
            bytes.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
        if floats.iter().all(|value| value.abs() <= LARGEST) { Ok(floats) } else { Err(damaged()) }
    }
}

fn damaged() -> Error {
    invalid("The keyword model's file is damaged; load it again.")
}

fn invalid(message: &str) -> Error {
    Error::new(ErrorKind::KeywordsInvalid, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model() -> KeywordModel {
        KeywordModel {
            vocabulary: ["door", "a door"].into_iter().collect(),
            idf: vec![2.0, 1.5],
            bias: vec![-1.0, 0.5, 0.0],
            scales: vec![0.1, 0.2, 0.3],
            weights: vec![1, -2, 3, -4, 5, -6],
        }
    }

    #[test]
    fn a_model_survives_writing_and_reading() {
        assert_eq!(read(&model().write()).unwrap(), model());
    }

    #[test]
    fn numbers_that_would_overflow_a_sum_are_an_error() {
        for bad in [f32::NAN, f32::INFINITY, f32::MAX, -1e7] {
            for at in [16, 28, 40] {
                let mut bytes = model().write();
                bytes[at..at + 4].copy_from_slice(&bad.to_le_bytes());
                assert_eq!(read(&bytes).unwrap_err().kind(), ErrorKind::KeywordsInvalid);
            }
        }
        let mut bytes = model().write();
        bytes[40..44].copy_from_slice(&1e-30f32.to_le_bytes()); // its square is 0
        assert_eq!(read(&bytes).unwrap_err().kind(), ErrorKind::KeywordsInvalid);
    }

    #[test]
    fn terms_out_of_order_are_an_error() {
        let mut bytes = model().write();
        let terms = bytes.len() - "a door\ndoor\n".len();
        bytes.truncate(terms);
        bytes.extend(b"b\na\n");
        assert_eq!(read(&bytes).unwrap_err().kind(), ErrorKind::KeywordsInvalid);
    }

    #[test]
    fn every_cut_and_every_flipped_header_byte_is_an_error() {
        let bytes = model().write();
        for end in 0..bytes.len() {
            assert_eq!(read(&bytes[..end]).unwrap_err().kind(), ErrorKind::KeywordsInvalid);
        }
        for at in 0..16 {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0x80;
            assert_eq!(read(&damaged).unwrap_err().kind(), ErrorKind::KeywordsInvalid);
        }
    }
}
