//! A model folder: its manifest, and files checked against it.

mod manifest;

pub use manifest::{
    BlendEntry, DistilBertEntry, FileEntry, KeywordsEntry, Manifest, ModelKind, Predictor,
    decision_rule,
};

use sha2::{Digest, Sha256};

use crate::error::{Error, ErrorKind, Result};

/// The SHA-256 of some bytes in lower-case hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The contents of a file that are exactly what the manifest names.
#[derive(Clone, Debug)]
pub struct Verified<B>(B);

impl<B: AsRef<[u8]>> Verified<B> {
    /// Compares size and SHA-256.
    ///
    /// # Errors
    /// [`ErrorKind::ModelDamaged`].
    pub fn check(entry: &FileEntry, bytes: B) -> Result<Self> {
        if bytes.as_ref().len() as u64 != entry.bytes || sha256(bytes.as_ref()) != entry.sha256 {
            return Err(Error::new(
                ErrorKind::ModelDamaged,
                format!("The model file {} arrived damaged; load it again.", entry.path),
            ));
        }
        Ok(Self(bytes))
    }

    /// The checked bytes.
    pub fn into_inner(self) -> B {
        self.0
    }
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

    #[test]
    fn any_changed_byte_or_size_is_noticed() {
        let entry = FileEntry {
            path: "x".into(),
            bytes: 3,
            sha256: sha256(b"abc"),
            model: ModelKind::Keywords,
        };
        assert_eq!(Verified::check(&entry, b"abc").unwrap().into_inner(), b"abc");
        for damaged in [&b"abd"[..], b"ab", b"abcd", b""] {
            let error = Verified::check(&entry, damaged).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ModelDamaged);
        }
    }
}
