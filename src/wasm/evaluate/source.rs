//! A file in JavaScript's hands, read piece by piece.

use std::io::{self, Read};

use js_sys::{Function, Uint8Array};
use wasm_bindgen::JsValue;

/// Bytes asked of JavaScript at a time.
const PIECE: u64 = 1 << 18;

/// A file that JavaScript holds, read by `read(start, end)`.
pub struct Source {
    /// `read(start, end)` gives its bytes.
    pub read: Function,
    /// Where the next byte is.
    pub at: u64,
    /// All of its bytes.
    pub size: u64,
}

impl Source {
    /// Some of its bytes.
    pub fn slice(&self, start: u64, end: u64) -> io::Result<Vec<u8>> {
        let [start, end] = [start, end].map(|offset| JsValue::from(offset as f64));
        let bytes = self.read.call2(&JsValue::NULL, &start, &end);
        let bytes = bytes.map_err(|cause| io::Error::other(format!("{cause:?}")))?;
        Ok(Uint8Array::new(&bytes).to_vec())
    }
}

impl Read for Source {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let end = (self.at + PIECE.min(buffer.len() as u64)).min(self.size);
        if end == self.at {
            return Ok(0);
        }
        let bytes = self.slice(self.at, end)?;
        buffer[..bytes.len()].copy_from_slice(&bytes);
        self.at += bytes.len() as u64;
        Ok(bytes.len())
    }
}
