//! A file that lies in JavaScript's memory and is read from there piece by
//! piece: this module never holds a copy of the whole.

use std::ops::Range;

use bytes::{Buf, Bytes};
use js_sys::Uint8Array;

use crate::artefact::Contents;

/// Bytes that are copied over at a time.
const WINDOW: usize = 16 << 10;

/// A file's bytes and, where the browser has computed it, their SHA-256.
pub struct JsContents {
    /// All of the file.
    pub bytes: Uint8Array,
    /// What `crypto.subtle.digest` gave.
    pub digest: Option<[u8; 32]>,
}

impl Contents for JsContents {
    fn len(&self) -> usize {
        self.bytes.length() as usize
    }

    fn reader(&self) -> impl Buf {
        let bytes = &self.bytes;
        let mut reader = Reader { bytes, len: self.len(), next: 0, window: Vec::new(), at: 0 };
        reader.fill();
        reader
    }

    fn piece(&self, at: Range<usize>) -> Bytes {
        assert!(at.end <= self.len(), "a file gives no more than it has");
        self.bytes.subarray(at.start as u32, at.end as u32).to_vec().into()
    }

    fn digest(&self) -> Option<[u8; 32]> {
        self.digest
    }
}

struct Reader<'a> {
    bytes: &'a Uint8Array,
    /// Of the file; asking JavaScript each time would take longer than the reading.
    len: usize,
    /// Where in the file the window ends.
    next: usize,
    window: Vec<u8>,
    /// How much of the window has been read.
    at: usize,
}

impl Reader<'_> {
    fn left(&self) -> usize {
        self.len - self.next
    }

    /// Takes the next window, once this one has been read.
    fn fill(&mut self) {
        let from = self.next;
        self.next += WINDOW.min(self.left());
        self.window.resize(self.next - from, 0);
        self.bytes.subarray(from as u32, self.next as u32).copy_to(&mut self.window);
        self.at = 0;
    }
}

impl Buf for Reader<'_> {
    fn remaining(&self) -> usize {
        self.left() + self.window.len() - self.at
    }

    fn chunk(&self) -> &[u8] {
        &self.window[self.at..]
    }

    fn advance(&mut self, count: usize) {
        let ready = self.chunk().len();
        if count < ready {
            self.at += count;
        } else {
            self.next += count - ready;
            self.fill();
        }
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn pieces_of_every_size_are_what_the_file_has() {
        let all: Vec<u8> = (0..300_000u32).map(|i| (i * i >> 7) as u8).collect();
        let contents = JsContents { bytes: Uint8Array::from(all.as_slice()), digest: None };
        let mut reader = contents.reader();
        let mut at = 0;
        for size in [1, 100, WINDOW - 101, 1, WINDOW, 7, 2 * WINDOW + 3, 0, 30_000] {
            assert_eq!(reader.remaining(), all.len() - at);
            assert_eq!(reader.copy_to_bytes(size), all[at..at + size]);
            assert_eq!(contents.piece(at..at + size), all[at..at + size]);
            at += size;
            if reader.has_remaining() {
                assert_eq!(reader.get_u8(), all[at]);
                at += 1;
            }
        }
        while reader.has_remaining() {
            let chunk = reader.chunk().len();
            assert_eq!(reader.chunk(), &all[at..at + chunk]);
            reader.advance(chunk);
            at += chunk;
        }
        assert_eq!(at, all.len());
    }
}
