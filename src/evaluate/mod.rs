//! A labelled file in, a report out.
//!
//! [`Table`] reads the file row by row, [`Evaluation`] keeps what is known and
//! said of the rows, and a [`View`] of it is measured. A [`Sheet`] is all that is
//! kept of a file; it is saved as a [`Head`] and what follows that.

mod columns;
mod curves;
mod decisions;
mod evaluation;
pub mod html;
mod names;
mod order;
mod read;
mod records;
mod report;
mod row;
mod saved;
mod score;
mod sheet;

pub use columns::Columns;
pub use curves::{Curves, ModelCurves};
pub use decisions::{Decisions, Hit, LengthBin, ModelDecisions, Outcomes, Query, Summary};
pub use evaluation::{Evaluation, Intervals, Thresholds, View, WORDS};
pub use order::{Order, spectral_order};
pub use read::{
    LabelledFile, RowBudget, SkippedRow, Table, open, read, read_again, read_table, require,
};
pub use records::{Format, Place, Record, Records};
pub use report::{Protocol, Report, Selection, select};
pub use row::{Cell, Header, LabelledRow, PlotRow, RowProblem, RowResult};
pub use saved::{Head, Said, SavedLine, SavedLines, Setting, write_end};
pub use score::{Scores, score};
pub use sheet::{Reading, Sheet};
