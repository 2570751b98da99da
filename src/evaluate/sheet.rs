//! One file as it was read, labelled or saved: its rows, where each stands, and what
//! of it cannot be used.

use std::collections::BTreeMap;
use std::io::Read;

use super::columns::Columns;
use super::evaluation::{Evaluation, Thresholds};
use super::read::{RowBudget, SkippedRow, Table};
use super::records::Place;
use super::row::{LabelledRow, RowProblem};
use super::saved::{Head, Said, SavedLine, SavedLines, Setting};
use crate::error::Result;

/// A file that is being read into a [`Sheet`].
pub struct Reading<R> {
    table: Table<R>,
    lines: Lines,
}

/// What the records of a file are.
enum Lines {
    /// A labelled file's, under some columns.
    Labelled(Box<Columns>),
    /// A saved report's.
    Saved(Box<SavedLines>),
}

impl<R: Read> Reading<R> {
    /// A labelled file under some columns.
    pub fn labelled(table: Table<R>, columns: Columns) -> Self {
        Self { table, lines: Lines::Labelled(Box::new(columns)) }
    }

    /// What follows the head of a saved report.
    ///
    /// # Errors
    /// As [`SavedLines::new`].
    pub fn saved(head: Head, table: Table<R>) -> Result<Self> {
        // Besides as many rows as a labelled file may have it holds what was left out.
        let records = 2 * RowBudget::default().records;
        let mut table = table.within(RowBudget { records });
        let lines = Lines::Saved(Box::new(SavedLines::new(head, &mut table)?));
        Ok(Self { table, lines })
    }
}

/// The rows of a file with their places, and the rest of its lines.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// What is known and said of the usable rows.
    pub rows: Evaluation,
    /// Where each of them stands.
    pub places: Vec<Place>,
    /// Lines that are no rows.
    skipped: Vec<SkippedRow>,
    /// Names that mean no genre, and in how many rows each stands.
    pub unknown: BTreeMap<String, usize>,
    /// Rows whose text no model reads, and why.
    refused: BTreeMap<usize, String>,
}

impl Sheet {
    /// Nothing is read yet.
    pub fn new(rows: Evaluation) -> Self {
        let (places, skipped) = (Vec::new(), Vec::new());
        Self { rows, places, skipped, unknown: BTreeMap::new(), refused: BTreeMap::new() }
    }

    /// Reads one record; false when none is left.
    ///
    /// # Errors
    /// Those of [`Table::next_row`], and of [`SavedLines::next`].
    pub fn advance<R: Read>(&mut self, reading: &mut Reading<R>) -> Result<bool> {
        let Reading { table, lines } = reading;
        match lines {
            Lines::Labelled(columns) => {
                let next = table.next_row(columns, self.rows.genres())?;
                let Some((place, row)) = next else { return Ok(false) };
                match row {
                    Ok(row) => self.push(place, &row),
                    Err(problem) => {
                        if let RowProblem::UnknownGenre(name) = &problem {
                            self.note_unknown(name, 1);
                        }
                        self.skipped
                            .push(SkippedRow { line: place.line, why: problem.to_string() });
                    }
                }
            }
            Lines::Saved(lines) => {
                let next = lines.next(table, self.rows.genres())?;
                let Some((place, line)) = next else { return Ok(false) };
                match line {
                    SavedLine::Row(row, said) => {
                        let at = self.rows.len();
                        self.push(Place { line: row.line, ..place }, &row);
                        match said {
                            Said::Nothing => {}
                            Said::Scores(scores) => self.rows.set(at, &scores),
                            Said::Refused(why) => self.refuse(at, why),
                        }
                    }
                    SavedLine::LeftOut(skipped) => self.skipped.push(skipped),
                    SavedLine::Unknown(name, rows) => self.note_unknown(&name, rows),
                }
            }
        }
        Ok(true)
    }

    fn push(&mut self, place: Place, row: &LabelledRow) {
        self.rows.push(row, row.known(row.labels, self.rows.genres()));
        self.places.push(place);
        row.unknown.iter().for_each(|name| self.note_unknown(name, 1));
    }

    fn note_unknown(&mut self, name: &str, rows: usize) {
        let count = self.unknown.entry(name.to_string()).or_default();
        *count = count.saturating_add(rows);
    }

    /// Notes that a row's text cannot be read.
    pub fn refuse(&mut self, row: usize, why: String) {
        if row < self.rows.len() {
            self.refused.insert(row, why);
        }
    }

    /// Every line that is not measured, refused rows included, by line.
    pub fn left_out(&self) -> Vec<SkippedRow> {
        let refused = self.refused.iter();
        let refused =
            refused.map(|(&row, why)| SkippedRow { line: self.places[row].line, why: why.clone() });
        let mut all: Vec<SkippedRow> = self.skipped.iter().cloned().chain(refused).collect();
        all.sort_by_key(|skipped| skipped.line);
        all
    }

    /// Whether a row needs no scoring any more.
    pub fn is_settled(&self, row: usize) -> bool {
        self.rows.is_scored(row) || self.refused.contains_key(&row)
    }

    /// The head of this sheet as it is saved.
    pub fn head(
        &self,
        file: String,
        models: String,
        columns: Columns,
        own_thresholds: Thresholds,
        setting: Setting,
    ) -> Head {
        Head {
            file,
            models,
            predictors: self.rows.predictors().to_vec(),
            genres: self.rows.genres().names().to_vec(),
            own_thresholds,
            columns,
            setting,
            rows: self.rows.len(),
            left_out: self.skipped.len(),
            unknown: self.unknown.len(),
        }
    }

    /// What follows the head besides the rows.
    pub fn saved_others(&self) -> impl Iterator<Item = SavedLine> {
        let skipped = self.skipped.iter().cloned().map(SavedLine::LeftOut);
        let unknown = self.unknown.iter();
        skipped.chain(unknown.map(|(name, rows)| SavedLine::Unknown(name.clone(), *rows)))
    }

    /// A row that was read again from its file, as it is saved.
    pub fn saved_row(&self, row: usize, labelled: LabelledRow) -> SavedLine {
        let said = match (self.rows.scores(row), self.refused.get(&row)) {
            (Some(scores), _) => Said::Scores(scores),
            (None, Some(why)) => Said::Refused(why.clone()),
            (None, None) => Said::Nothing,
        };
        SavedLine::Row(Box::new(labelled), said)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::Predictor;
    use crate::genre::GenreSet;

    #[test]
    fn only_a_row_of_the_sheet_can_be_refused() {
        let genres = GenreSet::new(vec!["War".into()]).unwrap();
        let mut sheet = Sheet::new(Evaluation::new(genres, vec![Predictor::Keywords], &[]));
        let place = Place { line: 7, bytes: 0..9 };
        sheet.push(place, &LabelledRow { labels: [0].into_iter().collect(), ..Default::default() });
        sheet.refuse(1, "no row".into());
        assert!(sheet.left_out().is_empty() && !sheet.is_settled(0));
        sheet.refuse(0, "no words".into());
        assert_eq!(sheet.left_out(), [SkippedRow { line: 7, why: "no words".into() }]);
        assert!(sheet.is_settled(0));
    }
}
