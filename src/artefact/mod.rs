//! A model folder: its manifest, and files checked against it.

mod manifest;

pub use manifest::{
    BlendEntry, DistilBertEntry, EngineKind, FileEntry, KeywordsEntry, Manifest, ModelBudget,
    ModelKind, Predictor, decision_rule,
};

use std::ops::Range;

use bytes::{Buf, Bytes};
use sha2::{Digest, Sha256};

use crate::error::{Error, ErrorKind, Result};

/// A file's contents, wherever they lie.
pub trait Contents {
    /// In bytes.
    fn len(&self) -> usize;

    /// Reads them from the start.
    fn reader(&self) -> impl Buf;

    /// A copy of some of them.
    ///
    /// # Panics
    /// Where they do not reach so far.
    fn piece(&self, at: Range<usize>) -> Bytes;

    /// Their SHA-256, where the platform has computed it already.
    fn digest(&self) -> Option<[u8; 32]> {
        None
    }

    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<B: AsRef<[u8]>> Contents for B {
    fn len(&self) -> usize {
        self.as_ref().len()
    }

    fn reader(&self) -> impl Buf {
        self.as_ref()
    }

    fn piece(&self, at: Range<usize>) -> Bytes {
        Bytes::copy_from_slice(&self.as_ref()[at])
    }
}

/// The SHA-256 of some bytes in lower-case hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Contents that are exactly what the manifest names.
#[derive(Clone, Debug)]
pub struct Verified<C>(C);

impl<C: Contents> Verified<C> {
    /// Compares size and SHA-256.
    ///
    /// # Errors
    /// [`ErrorKind::ModelDamaged`].
    pub fn check(entry: &FileEntry, contents: C) -> Result<Self> {
        if contents.len() as u64 == entry.bytes && digest(&contents) == entry.sha256 {
            return Ok(Self(contents));
        }
        Err(Error::new(
            ErrorKind::ModelDamaged,
            format!("The model file {} arrived damaged; load it again.", entry.path),
        ))
    }

    /// The checked contents.
    pub fn into_inner(self) -> C {
        self.0
    }

    /// The same, where they are.
    pub fn contents(&self) -> &C {
        &self.0
    }

    /// All of them in one piece.
    pub fn bytes(&self) -> Bytes {
        self.0.piece(0..self.0.len())
    }
}

fn digest(contents: &impl Contents) -> String {
    if let Some(digest) = contents.digest() {
        return hexadecimal(&digest);
    }
    let mut hasher = Sha256::new();
    let mut reader = contents.reader();
    while reader.has_remaining() {
        let chunk = reader.chunk();
        hasher.update(chunk);
        let read = chunk.len();
        reader.advance(read);
    }
    hexadecimal(&hasher.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sha256_is_the_published_value() {
        // FIPS 180-2, appendix B.1.
        assert_eq!(
            sha256(b"abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    /// Contents whose digest somebody else has computed.
    struct Digested(&'static [u8], [u8; 32]);

    impl Contents for Digested {
        fn len(&self) -> usize {
            self.0.len()
        }

        fn reader(&self) -> impl Buf {
            self.0
        }

        fn piece(&self, at: Range<usize>) -> Bytes {
            Bytes::from_static(&self.0[at])
        }

        fn digest(&self) -> Option<[u8; 32]> {
            Some(self.1)
        }
    }

    #[test]
    fn a_digest_that_is_there_is_compared() {
        let entry = entry();
        let digest: [u8; 32] = Sha256::digest(b"abc").into();
        assert!(Verified::check(&entry, Digested(b"abc", digest)).is_ok());
        assert!(Verified::check(&entry, Digested(b"abc", [0; 32])).is_err());
        assert!(Verified::check(&entry, Digested(b"abcd", digest)).is_err());
    }

    fn entry() -> FileEntry {
        FileEntry { path: "x".into(), bytes: 3, sha256: sha256(b"abc"), model: ModelKind::Keywords }
    }

    #[test]
    fn any_changed_byte_or_size_is_noticed() {
        let entry = entry();
        assert_eq!(Verified::check(&entry, b"abc").unwrap().contents(), &b"abc");
        for damaged in [&b"abd"[..], b"ab", b"abcd", b""] {
            let error = Verified::check(&entry, damaged).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ModelDamaged);
        }
    }
}
