//! Overlapping windows over texts that are longer than one.

use std::ops::Range;

/// How a long text is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Windows {
    /// The most word pieces of a window, special ones not counted.
    pub pieces: usize,
    /// How many pieces neighbours share, at least.
    pub overlap: usize,
    /// The most windows of a text; what is after them is not read.
    pub limit: usize,
}

impl Windows {
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
        (self.pieces - self.overlap).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_cover_every_piece_and_overlap_enough() {
        let windows = Windows { pieces: 10, overlap: 3, limit: 100 };
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
    fn a_text_over_the_limit_is_read_up_to_it() {
        let windows = Windows { pieces: 10, overlap: 2, limit: 3 };
        assert_eq!(windows.read(1000), 26);
        assert_eq!(windows.cut(1000), [0..10, 8..18, 16..26]);
    }
}
