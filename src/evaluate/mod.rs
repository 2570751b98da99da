//! A labelled file in, a report out.

mod read;
mod report;
mod score;

pub use read::{Column, LabelledFile, LabelledRow, SkippedRow, read};
pub use report::{Protocol, Report, Selection, select};
pub use score::{Scores, score};
