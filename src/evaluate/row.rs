//! One record as a labelled row.

use std::collections::HashMap;
use std::fmt;

use serde_json::Value;

use super::columns::Columns;
use super::names::{self, Named};
use super::records::Record;
use crate::genre::{GenreSet, Labels};

/// A text with what is known of its genres.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LabelledRow {
    /// Where it stands in the file, from 1.
    pub line: u64,
    /// What the file calls it, where it has such a column.
    pub id: Option<String>,
    /// The film's title, where the file has one.
    pub title: Option<String>,
    /// The description.
    pub text: String,
    /// Genres it has.
    pub labels: Labels,
    /// Genres it has by a second source too; equal to `labels` where the file
    /// has no such column.
    pub augmented: Labels,
    /// Genres whose absence proves nothing.
    pub maybe_missing: Labels,
    /// Names among its genres that mean none of ours.
    pub unknown: Vec<String>,
    /// One for each numeric column; not a number where the cell holds none.
    pub numbers: Vec<f32>,
    /// Where the row came from, if the file says so.
    pub source: Option<String>,
    /// Its list of genres was cut at a fixed length.
    pub capped: bool,
}

impl LabelledRow {
    /// The genres of which it is known whether the text has them: all but those
    /// that may be missing and are not among `labels`.
    pub fn known(&self, labels: Labels, genres: &GenreSet) -> Labels {
        let all: Labels = (0..genres.len()).collect();
        all.difference(self.maybe_missing.difference(labels))
    }
}

/// A text to be classified, labelled or not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlotRow {
    /// What the file calls it, where it has such a column.
    pub id: Option<String>,
    /// The film's title, where the file has one.
    pub title: Option<String>,
    /// The description.
    pub text: String,
}

/// Why a record cannot be used.
#[derive(Clone, Debug, PartialEq)]
pub enum RowProblem {
    /// Not JSON.
    NotJson,
    /// JSON, but no object.
    NotAnObject,
    /// It is longer than any record.
    Endless,
    /// So many before it were longer that nothing from here on is read.
    Broken,
    /// A cell is not UTF-8.
    NotUtf8(String),
    /// A table's record with other cells than the first.
    Cells {
        /// How many it has.
        found: usize,
        /// How many the first has.
        expected: usize,
    },
    /// No text.
    NoText,
    /// No genres.
    NoGenres,
    /// None of its genres is known; the first of them.
    UnknownGenre(String),
    /// A cell of another type than its column's.
    Unusable(String),
}

/// What can go wrong with one record.
pub type RowResult<T> = std::result::Result<T, RowProblem>;

impl fmt::Display for RowProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotJson => write!(f, "This line is not JSON."),
            Self::NotAnObject => write!(f, "This line is not an object."),
            Self::Endless => write!(f, "What starts on this line does not end."),
            Self::Broken => {
                write!(f, "Too much of this file does not end; from this line on it is not read.")
            }
            Self::NotUtf8(column) => write!(f, "The {column} of this line is not UTF-8."),
            Self::Cells { found, expected } => {
                write!(f, "This line has {found} cells, not {expected}.")
            }
            Self::NoText => write!(f, "This line has no text."),
            Self::NoGenres => write!(f, "This line has no genres."),
            Self::UnknownGenre(name) => write!(f, "'{name}' is not one of the genres."),
            Self::Unusable(column) => write!(f, "The {column} of this line cannot be used."),
        }
    }
}

/// The content of a column in one record.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Nothing.
    Absent,
    /// Text, or a number as text.
    Text(String),
    /// A list of names.
    List(Vec<String>),
    /// True or false.
    Flag(bool),
}

impl Cell {
    /// Its text, where it is one and not empty.
    pub fn text(self) -> Option<String> {
        match self {
            Self::Text(text) if !text.trim().is_empty() => Some(text),
            _ => None,
        }
    }

    /// Its number, where it is one.
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Text(text) => text.trim().parse().ok().filter(|number: &f64| number.is_finite()),
            _ => None,
        }
    }
}

/// Reads records whose columns have names.
#[derive(Clone, Debug, Default)]
pub struct Header {
    names: Vec<String>,
    /// Where each of them stands first.
    places: HashMap<String, usize>,
}

impl Header {
    /// Columns in the order of a table's; a JSON object has its own.
    pub fn new(names: impl IntoIterator<Item = String>) -> Self {
        let names: Vec<String> = names.into_iter().collect();
        let last_first = names.iter().enumerate().rev();
        let places = last_first.map(|(place, name)| (name.clone(), place)).collect();
        Self { names, places }
    }

    /// The names of the columns.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The cell of a column, by its name.
    ///
    /// # Errors
    /// [`RowProblem::NotUtf8`], [`RowProblem::Unusable`].
    pub fn cell(&self, record: &Record, column: &str) -> RowResult<Cell> {
        match record {
            Record::Cells(cells) => {
                let Some(cell) = self.places.get(column).and_then(|&at| cells.get(at)) else {
                    return Ok(Cell::Absent);
                };
                let cell = std::str::from_utf8(cell);
                let cell = cell.map_err(|_| RowProblem::NotUtf8(column.to_string()))?;
                Ok(Cell::Text(cell.to_string()))
            }
            Record::Object(object) => json_cell(object.get(column), column),
        }
    }

    /// The text that a record holds.
    ///
    /// # Errors
    /// Why it holds none.
    pub fn plot(&self, record: &Record, columns: &Columns) -> RowResult<PlotRow> {
        if let Record::Cells(cells) = record
            && cells.len() != self.names.len()
        {
            return Err(RowProblem::Cells { found: cells.len(), expected: self.names.len() });
        }
        let text = |column: &Option<String>| self.cell_of(record, column).map(Cell::text);
        Ok(PlotRow {
            // A row without a usable id or title is still a row.
            id: text(&columns.id).ok().flatten(),
            title: text(&columns.title).ok().flatten(),
            text: text(&columns.text)?.ok_or(RowProblem::NoText)?,
        })
    }

    fn cell_of(&self, record: &Record, column: &Option<String>) -> RowResult<Cell> {
        column.as_ref().map_or(Ok(Cell::Absent), |name| self.cell(record, name))
    }

    /// The labelled row that a record holds.
    ///
    /// # Errors
    /// Why it holds none.
    pub fn row(
        &self,
        line: u64,
        record: &Record,
        columns: &Columns,
        genres: &GenreSet,
    ) -> RowResult<LabelledRow> {
        let PlotRow { id, title, text } = self.plot(record, columns)?;
        let cell = |column: &Option<String>| self.cell_of(record, column);
        let named = |column: &Option<String>| -> RowResult<Named> {
            let names = match cell(column)? {
                Cell::Absent => Vec::new(),
                Cell::List(names) => names,
                Cell::Text(joined) => names::split(&joined),
                Cell::Flag(_) => {
                    return Err(RowProblem::Unusable(column.clone().unwrap_or_default()));
                }
            };
            Ok(Named::new(genres, names.iter().map(String::as_str)))
        };
        let own = named(&columns.genres)?;
        if own.labels.is_empty() {
            let first = own.unknown.into_iter().next();
            return Err(first.map_or(RowProblem::NoGenres, RowProblem::UnknownGenre));
        }
        let augmented = match &columns.augmented {
            Some(_) => Some(named(&columns.augmented)?.labels).filter(|labels| !labels.is_empty()),
            None => None,
        };
        let number = |column: &String| {
            let number = self.cell(record, column).ok().and_then(|cell| cell.number());
            let number = number.map(|number| number as f32).filter(|number| number.is_finite());
            number.unwrap_or(f32::NAN)
        };
        Ok(LabelledRow {
            line,
            id,
            title,
            text,
            labels: own.labels,
            augmented: augmented.unwrap_or(own.labels),
            maybe_missing: named(&columns.maybe_missing)?.labels,
            unknown: own.unknown,
            numbers: columns.numbers.iter().map(number).collect(),
            source: cell(&columns.source)?.text(),
            capped: flag(cell(&columns.capped)?)
                .ok_or_else(|| RowProblem::Unusable(columns.capped.clone().unwrap_or_default()))?,
        })
    }
}

fn flag(cell: Cell) -> Option<bool> {
    match cell {
        Cell::Absent => Some(false),
        Cell::Flag(flag) => Some(flag),
        Cell::Text(text) => match text.trim().to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" => Some(true),
            "false" | "0" | "no" | "" => Some(false),
            _ => None,
        },
        Cell::List(_) => None,
    }
}

fn json_cell(value: Option<&Value>, column: &str) -> RowResult<Cell> {
    let name = |value: &Value| match value {
        Value::String(name) => Some(name.clone()),
        Value::Number(id) => Some(id.to_string()),
        // As The Movie Database has it: {"id": 18, "name": "Drama"}.
        Value::Object(object) => object.get("name")?.as_str().map(String::from),
        _ => None,
    };
    match value {
        None | Some(Value::Null) => Ok(Cell::Absent),
        Some(Value::String(text)) => Ok(Cell::Text(text.clone())),
        Some(Value::Bool(flag)) => Ok(Cell::Flag(*flag)),
        Some(Value::Number(number)) => Ok(Cell::Text(number.to_string())),
        Some(Value::Array(list)) => {
            let names: Option<Vec<String>> = list.iter().map(name).collect();
            names.map(Cell::List).ok_or_else(|| RowProblem::Unusable(column.to_string()))
        }
        Some(Value::Object(_)) => Err(RowProblem::Unusable(column.to_string())),
    }
}
