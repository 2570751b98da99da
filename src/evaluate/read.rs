//! Labelled files: `.jsonl`, `.csv`, `.tsv`, plain or gzipped.

use std::fmt;
use std::io::{BufRead, BufReader, Read};

use serde::Serialize;
use serde_json::Value;

use crate::error::{Error, ErrorKind, Result};
use crate::genre::{GenreSet, Labels};

/// A text with what is known of its genres.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LabelledRow {
    /// Where it stands in the file, from 1.
    pub line: u64,
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

/// A line that could not be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SkippedRow {
    /// Where it stands in the file, from 1.
    pub line: u64,
    /// One sentence.
    pub why: String,
}

/// What a file holds.
#[derive(Clone, Debug, Default)]
pub struct LabelledFile {
    /// Rows that can be used.
    pub rows: Vec<LabelledRow>,
    /// Lines that cannot.
    pub skipped: Vec<SkippedRow>,
}

/// The columns that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// Required.
    Text,
    /// Optional.
    Title,
    /// Required: a list, or names joined by `,`, `|` or `;`.
    Genres,
    /// Optional.
    AugmentedGenres,
    /// Optional.
    MaybeMissing,
    /// Optional.
    Source,
    /// Optional: true or false.
    Capped,
}

impl Column {
    /// Its name in the file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Title => "title",
            Self::Genres => "genres",
            Self::AugmentedGenres => "genres_aug",
            Self::MaybeMissing => "maybe_missing",
            Self::Source => "source",
            Self::Capped => "capped",
        }
    }
}

/// Reads a file by the ending of its name; broken lines are listed, not fatal.
///
/// # Errors
/// [`ErrorKind::FileInvalid`] for an unknown ending, a table without the
/// required columns, or a file without rows; [`ErrorKind::Io`].
pub fn read(name: &str, file: impl Read, genres: &GenreSet) -> Result<LabelledFile> {
    let lower = name.to_ascii_lowercase();
    let (stem, file): (&str, Box<dyn Read + '_>) = match lower.strip_suffix(".gz") {
        Some(stem) => (stem, Box::new(flate2::read::MultiGzDecoder::new(file))),
        None => (&lower, Box::new(file)),
    };
    let labelled = match stem.rsplit_once('.').map(|(_, ending)| ending) {
        Some("jsonl") => read_jsonl(file, genres),
        Some("csv") => read_table(file, b',', genres),
        Some("tsv") => read_table(file, b'\t', genres),
        _ => Err(Error::new(
            ErrorKind::FileInvalid,
            format!("{name} is not .jsonl, .csv or .tsv (or .gz of these)."),
        )),
    }?;
    if labelled.rows.is_empty() {
        let why = labelled.skipped.first().map_or(String::new(), |skipped| {
            format!(" The first problem, on line {}: {}", skipped.line, skipped.why)
        });
        let message = format!("{name} has no row that can be used.{why}");
        return Err(Error::new(ErrorKind::FileInvalid, message));
    }
    Ok(labelled)
}

const BYTE_ORDER_MARK: &str = "\u{feff}";

fn read_jsonl(file: impl Read, genres: &GenreSet) -> Result<LabelledFile> {
    let mut labelled = LabelledFile::default();
    let mut lines = BufReader::new(file);
    let mut bytes = Vec::new();
    for line in 1.. {
        bytes.clear();
        if lines.read_until(b'\n', &mut bytes).map_err(io)? == 0 {
            break;
        }
        if bytes.trim_ascii().is_empty() {
            continue;
        }
        let json = bytes.strip_prefix(BYTE_ORDER_MARK.as_bytes()).unwrap_or(&bytes);
        let row = serde_json::from_slice::<Value>(json)
            .map_err(|_| RowProblem::NotJson)
            .and_then(|json| if json.is_object() { Ok(json) } else { Err(RowProblem::NotAnObject) })
            .and_then(|json| parse(line, genres, |column| json_cell(&json, column)));
        labelled.add(line, row);
    }
    Ok(labelled)
}

fn read_table(mut file: impl Read, delimiter: u8, genres: &GenreSet) -> Result<LabelledFile> {
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(io)?;
    let mut table =
        csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(&bytes[..]);
    let headers = table.byte_headers().map_err(|cause| {
        Error::new(ErrorKind::FileInvalid, "The table's first line cannot be read.")
            .caused_by(cause)
    })?;
    let names: Vec<String> = headers
        .iter()
        .map(|name| {
            String::from_utf8_lossy(name)
                .trim_start_matches(BYTE_ORDER_MARK)
                .trim()
                .to_ascii_lowercase()
        })
        .collect();
    let position = |column: Column| names.iter().position(|name| name == column.name());
    for column in [Column::Text, Column::Genres] {
        if position(column).is_none() {
            let message = format!("The table has no column '{}'.", column.name());
            return Err(Error::new(ErrorKind::FileInvalid, message));
        }
    }
    let mut labelled = LabelledFile::default();
    let mut record = csv::ByteRecord::new();
    let mut lines = LineCounter::new(&bytes);
    while table.read_byte_record(&mut record).map_err(io)? {
        let line = record.position().map_or(0, |at| lines.line_at(at.byte()));
        let row = if record.len() == names.len() {
            parse(line, genres, |column| {
                let Some(cell) = position(column).and_then(|at| record.get(at)) else {
                    return Ok(Cell::Absent);
                };
                let cell = std::str::from_utf8(cell).map_err(|_| RowProblem::NotUtf8(column))?;
                Ok(Cell::Text(cell.to_string()))
            })
        } else {
            Err(RowProblem::Cells { found: record.len(), expected: names.len() })
        };
        labelled.add(line, row);
    }
    Ok(labelled)
}

/// Counts lines up to a record. The csv crate's own count is one behind where
/// lines end in CRLF: it leaves the LF to the next record.
struct LineCounter<'a> {
    rest: &'a [u8],
    seen: u64,
    line: u64,
}

impl<'a> LineCounter<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, seen: 0, line: 1 }
    }

    /// The line, from 1, of a record at a byte offset behind the last one's.
    fn line_at(&mut self, offset: u64) -> u64 {
        let ahead = (offset.saturating_sub(self.seen) as usize).min(self.rest.len());
        let breaks =
            self.rest[ahead..].iter().take_while(|byte| matches!(byte, b'\n' | b'\r')).count();
        let (passed, rest) = self.rest.split_at(ahead + breaks);
        self.line += passed.iter().filter(|byte| **byte == b'\n').count() as u64;
        self.seen += passed.len() as u64;
        self.rest = rest;
        self.line
    }
}

impl LabelledFile {
    fn add(&mut self, line: u64, row: RowResult<LabelledRow>) {
        match row {
            Ok(row) => self.rows.push(row),
            Err(problem) => self.skipped.push(SkippedRow { line, why: problem.to_string() }),
        }
    }
}

/// The content of a column in one row.
enum Cell {
    Absent,
    Text(String),
    List(Vec<String>),
    Flag(bool),
}

/// Why a line cannot be used.
#[derive(Debug)]
enum RowProblem {
    NotJson,
    NotAnObject,
    NotUtf8(Column),
    Cells { found: usize, expected: usize },
    NoText,
    NoGenres,
    UnknownGenre(String),
    Unusable(Column),
}

type RowResult<T> = std::result::Result<T, RowProblem>;

impl fmt::Display for RowProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotJson => write!(f, "This line is not JSON."),
            Self::NotAnObject => write!(f, "This line is not an object."),
            Self::NotUtf8(column) => write!(f, "The {} of this line is not UTF-8.", column.name()),
            Self::Cells { found, expected } => {
                write!(f, "This line has {found} cells, not {expected}.")
            }
            Self::NoText => write!(f, "This line has no text."),
            Self::NoGenres => write!(f, "This line has no genres."),
            Self::UnknownGenre(name) => write!(f, "'{name}' is not one of the genres."),
            Self::Unusable(column) => {
                write!(f, "The {} of this line cannot be used.", column.name())
            }
        }
    }
}

fn json_cell(row: &Value, column: Column) -> RowResult<Cell> {
    match row.get(column.name()) {
        None | Some(Value::Null) => Ok(Cell::Absent),
        Some(Value::String(text)) => Ok(Cell::Text(text.clone())),
        Some(Value::Bool(flag)) => Ok(Cell::Flag(*flag)),
        // A title may be a year.
        Some(Value::Number(number)) if matches!(column, Column::Capped | Column::Title) => {
            Ok(Cell::Text(number.to_string()))
        }
        Some(Value::Array(list)) => {
            let names = list.iter().map(|name| name.as_str().map(String::from));
            let names: Option<Vec<String>> = names.collect();
            names.map(Cell::List).ok_or(RowProblem::Unusable(column))
        }
        Some(_) => Err(RowProblem::Unusable(column)),
    }
}

fn parse(
    line: u64,
    genres: &GenreSet,
    cell: impl Fn(Column) -> RowResult<Cell>,
) -> RowResult<LabelledRow> {
    let labels = |column: Column| -> RowResult<Option<Labels>> {
        let names = match cell(column)? {
            Cell::Absent => return Ok(None),
            Cell::List(names) => names,
            Cell::Text(joined) => joined.split([',', '|', ';']).map(String::from).collect(),
            Cell::Flag(_) => return Err(RowProblem::Unusable(column)),
        };
        let known = names.iter().map(|name| name.trim()).filter(|name| !name.is_empty());
        let index = |name: &str| {
            genres.index_of(name).ok_or_else(|| RowProblem::UnknownGenre(name.to_string()))
        };
        known.map(index).collect::<RowResult<Labels>>().map(Some)
    };
    let text = match cell(Column::Text)? {
        Cell::Text(text) if !text.trim().is_empty() => text,
        _ => return Err(RowProblem::NoText),
    };
    let title = match cell(Column::Title) {
        Ok(Cell::Text(title)) if !title.trim().is_empty() => Some(title),
        _ => None, // a row without a usable title is still a row
    };
    let own = labels(Column::Genres)?.filter(|labels| !labels.is_empty());
    let own = own.ok_or(RowProblem::NoGenres)?;
    let augmented = labels(Column::AugmentedGenres)?.unwrap_or(own);
    let source = match cell(Column::Source)? {
        Cell::Text(source) => Some(source),
        _ => None,
    };
    let capped = match cell(Column::Capped)? {
        Cell::Absent => false,
        Cell::Flag(flag) => flag,
        Cell::Text(text) => match text.trim().to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" => true,
            "false" | "0" | "no" | "" => false,
            _ => return Err(RowProblem::Unusable(Column::Capped)),
        },
        Cell::List(_) => return Err(RowProblem::Unusable(Column::Capped)),
    };
    let maybe_missing = labels(Column::MaybeMissing)?.unwrap_or_default();
    Ok(LabelledRow { line, title, text, labels: own, augmented, maybe_missing, source, capped })
}

fn io(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::new(ErrorKind::Io, "The file cannot be read to its end.").caused_by(cause)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn genres() -> GenreSet {
        GenreSet::new(["Drama", "Sci-Fi", "War"].map(String::from).to_vec()).unwrap()
    }

    fn lines(skipped: &[SkippedRow]) -> Vec<u64> {
        skipped.iter().map(|row| row.line).collect()
    }

    #[test]
    fn broken_json_lines_are_listed_and_the_rest_is_read() {
        let file = concat!(
            r#"{"text": "a", "genres": ["War"], "capped": true, "source": "s"}"#,
            "\n",
            "{\n",
            "\n",
            r#"{"text": " ", "genres": ["War"]}"#,
            "\n",
            r#"{"text": "b", "genres": "sci-fi | War", "maybe_missing": ["Drama"]}"#,
            "\r\n",
            r#"{"text": "c", "genres": ["Wars"]}"#,
            "\n",
            r#"[1]"#,
            "\n",
            r#"{"text": "d", "genres": []}"#,
            "\n",
            r#"{"text": 4, "genres": ["War"]}"#,
        );
        let read = read("x.jsonl", file.as_bytes(), &genres()).unwrap();
        assert_eq!(lines(&read.skipped), [2, 4, 6, 7, 8, 9]);
        assert_eq!(read.skipped[2].why, "'Wars' is not one of the genres.");
        assert_eq!(read.rows.len(), 2);
        assert!(read.rows[0].capped && read.rows[0].source.as_deref() == Some("s"));
        assert_eq!(read.rows[1].labels, [1, 2].into_iter().collect());
        assert_eq!(read.rows[1].maybe_missing, [0].into_iter().collect());
    }

    #[test]
    fn tables_have_quotes_newlines_and_a_byte_order_mark() {
        let file = "\u{feff}genres,text\r\n\r\n\"Drama,War\",\"one, \"\"two\"\"\nthree\"\r\nWar,x,y\r\nWar,z\r\n";
        let read = read("X.CSV", file.as_bytes(), &genres()).unwrap();
        assert_eq!(read.rows[0].text, "one, \"two\"\nthree");
        assert_eq!(read.rows[0].labels, [0, 2].into_iter().collect());
        assert_eq!((read.rows.len(), lines(&read.skipped)), (2, vec![5]));
    }

    #[test]
    fn gzip_is_read_by_the_ending() {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), Default::default());
        std::io::Write::write_all(&mut packed, b"text\tgenres\nhello\tWar;Drama\n").unwrap();
        let bytes = packed.finish().unwrap();
        let read = read("a.tsv.gz", &bytes[..], &genres()).unwrap();
        assert_eq!((read.rows[0].text.as_str(), read.rows[0].line), ("hello", 2));
    }

    #[test]
    fn unusable_files_are_errors() {
        let kind = |name, file: &str| read(name, file.as_bytes(), &genres()).unwrap_err().kind();
        assert_eq!(kind("a.txt", "x"), ErrorKind::FileInvalid);
        assert_eq!(kind("a.csv", "title,genres\nx,War\n"), ErrorKind::FileInvalid);
        assert_eq!(kind("a.jsonl", ""), ErrorKind::FileInvalid);
        assert_eq!(kind("a.jsonl.gz", "not gzip"), ErrorKind::Io);
    }
}
