//! A line on standard error that says how far a long job is.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use super::note;

/// Counts what is done; prints where someone is watching.
pub struct Progress {
    what: &'static str,
    total: usize,
    done: AtomicUsize,
    start: Instant,
    watched: bool,
}

impl Progress {
    /// Nothing of `total` is done yet.
    pub fn new(what: &'static str, total: usize) -> Self {
        let watched = std::io::stderr().is_terminal();
        Self { what, total, done: AtomicUsize::new(0), start: Instant::now(), watched }
    }

    /// One more is done.
    pub fn tick(&self) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        let every = (self.total / 200).max(1);
        if !self.watched || (done != self.total && !done.is_multiple_of(every)) {
            return;
        }
        let elapsed = self.start.elapsed().as_secs_f64();
        let left = elapsed / done as f64 * (self.total - done) as f64;
        let end = if done == self.total { "\n" } else { "" };
        note(&format!("\r{}: {done} of {}, {left:.0} s left   {end}", self.what, self.total));
    }
}
