//! Overlapping windows over texts that are longer than one.

use std::ops::Range;

use crate::error::{Error, ErrorKind, Result};

/// How a long text is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Windows {
    pieces: usize,
    overlap: usize,
    limit: usize,
}

/// The largest number that any part of [`Windows`] may be: 32 bits hold the
/// product of two.
const MAX: usize = (1 << 16) - 1;

impl Windows {
    /// Windows of `pieces` word pieces, special ones not counted, of which
    /// neighbours share at least `overlap`; what is after the first `limit`
    /// windows of a text is not read.
    ///
    /// # Errors
    /// [`ErrorKind::ManifestInvalid`] for numbers that make no windows.
    pub fn new(pieces: usize, overlap: usize, limit: usize) -> Result<Self> {
        if overlap < pieces && pieces <= MAX && (1..=MAX).contains(&limit) {
            return Ok(Self { pieces, overlap, limit });
        }
        let message = "The windows in manifest.json cannot be used.";
        Err(Error::new(ErrorKind::ManifestInvalid, message))
    }

    /// The same where `pieces` places of every window are taken by something
    /// else: half of them at most.
    pub fn beside(&self, pieces: usize) -> Self {
        let left = self.pieces - pieces.min(self.pieces / 2);
        Self { pieces: left, overlap: self.overlap.min(left - 1), limit: self.limit }
    }

    /// The most word pieces of a window.
    pub fn pieces(&self) -> usize {
        self.pieces
    }

    /// How many of `pieces` are read.
    pub fn read(&self, pieces: usize) -> usize {
        pieces.min(self.pieces + (self.limit - 1) * self.stride())
    }

    /// Ranges over the first `pieces` pieces: one where they fit, else as few
    /// as overlap enough, all of full size, spread evenly to the last piece.
    pub fn cut(&self, pieces: usize) -> Vec<Range<usize>> {
        let pieces = self.read(pieces);
        let size = pieces.min(self.pieces);
        let last = pieces - size;
        let steps = last.div_ceil(self.stride());
        (0..=steps)
            .map(|step| step * last / steps.max(1))
            .map(|start| start..start + size)
            .collect()
    }

    fn stride(&self) -> usize {
        self.pieces - self.overlap
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_cover_every_piece_and_overlap_enough() {
        let windows = Windows::new(10, 3, 100).unwrap();
        assert_eq!(windows.cut(10).as_slice(), std::slice::from_ref(&(0..10)));
        for pieces in 11..200 {
            let cut = windows.cut(pieces);
            assert_eq!((cut[0].start, cut[cut.len() - 1].end), (0, pieces));
            assert!(cut.iter().all(|window| window.len() == 10));
            assert!(cut.windows(2).all(|pair| pair[1].start + 3 <= pair[0].end));
            assert!(cut.windows(2).all(|pair| pair[1].start > pair[0].start));
        }
    }

    #[test]
    fn windows_beside_a_title_still_cover_every_piece() {
        for (pieces, overlap) in [(1, 0), (2, 1), (3, 2), (10, 9), (126, 32)] {
            for title in [0, 1, 2, 24, 1000] {
                let windows = Windows::new(pieces, overlap, 500).unwrap().beside(title);
                assert!(windows.pieces() + title.min(pieces / 2) <= pieces);
                let cut = windows.cut(300);
                assert_eq!((cut[0].start, cut[cut.len() - 1].end), (0, 300));
                assert!(cut.windows(2).all(|pair| pair[1].start <= pair[0].end));
            }
        }
    }

    #[test]
    fn numbers_that_make_no_windows_are_refused() {
        for (pieces, overlap, limit) in [(0, 0, 1), (5, 5, 1), (5, 1, 0), (usize::MAX, 0, 1)] {
            assert!(Windows::new(pieces, overlap, limit).is_err());
        }
    }

    #[test]
    fn a_text_over_the_limit_is_read_up_to_it() {
        let windows = Windows::new(10, 2, 3).unwrap();
        assert_eq!(windows.read(1000), 26);
        assert_eq!(windows.cut(1000), [0..10, 8..18, 16..26]);
    }
}
