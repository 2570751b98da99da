//! Answers as rows of cells, for tables.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::Path;

use plotlens::genre::GenreSet;
use plotlens::{Error, ErrorKind, Result};
use serde_json::Value;

use super::folder;

/// What a column's cells hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A whole number.
    Whole,
    /// A number.
    Number,
    /// Yes or no.
    Flag,
    /// Text.
    Text,
    /// A list of names.
    Names,
    /// JSON.
    Json,
}

/// A column of the table of answers; any cell may be missing.
#[derive(Clone, Debug)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
}

/// The columns of every table of answers, a genre's probability under its name.
pub fn columns(genres: &GenreSet) -> Vec<Column> {
    let column = |(name, kind): (&str, Kind)| Column { name: name.into(), kind };
    let first = [
        ("line", Kind::Whole),
        ("id", Kind::Text),
        ("title", Kind::Text),
        ("model", Kind::Text),
        ("clear", Kind::Flag),
        ("genres", Kind::Names),
    ];
    let last = [
        ("words", Kind::Json),
        ("words_read", Kind::Whole),
        ("truncated_at", Kind::Whole),
        ("error", Kind::Text),
        ("code", Kind::Text),
    ];
    let own = genres.names().iter().map(|name| (name.as_str(), Kind::Number));
    first.into_iter().chain(own).chain(last).map(column).collect()
}

/// An answer's cell in a column; null where it has none.
pub fn cell(answer: &Value, column: &Column) -> Value {
    let genres = || answer["genres"].as_array().into_iter().flatten();
    match (column.name.as_str(), column.kind) {
        (_, Kind::Names) if answer["genres"].is_array() => genres()
            .filter(|genre| genre["chosen"] == true)
            .map(|genre| genre["genre"].clone())
            .collect(),
        (name, Kind::Number) => {
            let own = genres().find(|genre| genre["genre"] == name);
            own.map_or(Value::Null, |genre| genre["probability"].clone())
        }
        ("words_read", _) => answer["read"]["wordsRead"].clone(),
        ("truncated_at", _) => answer["read"]["truncatedAt"].clone(),
        (name, _) => answer[name].clone(),
    }
}

/// The answers of a file of JSON lines, some at a time.
pub fn answers(
    lines: &Path,
    together: usize,
    mut take: impl FnMut(&[Value]) -> Result<()>,
) -> Result<()> {
    let io = |cause| folder::io("read", lines, cause);
    let mut some = Vec::new();
    for line in BufReader::new(File::open(lines).map_err(io)?).lines() {
        let answer = serde_json::from_str(&line.map_err(io)?).map_err(|cause| {
            let message = format!("{} has been changed meanwhile.", lines.display());
            Error::new(ErrorKind::FileInvalid, message).caused_by(cause)
        })?;
        some.push(answer);
        if some.len() == together {
            take(&some)?;
            some.clear();
        }
    }
    if some.is_empty() { Ok(()) } else { take(&some) }
}

/// Writes a table of the answers as CSV (RFC 4180); what a spreadsheet would run is
/// kept from it by an apostrophe, as in the page.
pub fn write_csv(lines: &Path, genres: &GenreSet, file: &File, output: &Path) -> Result<()> {
    let columns = columns(genres);
    let mut out = BufWriter::new(file);
    let io = |cause| folder::io("write", output, cause);
    let names: Vec<_> = columns.iter().map(|column| quoted(&column.name)).collect();
    write!(out, "{}\r\n", names.join(",")).map_err(io)?;
    answers(lines, 1, |answers| {
        let cells: Vec<_> =
            columns.iter().map(|column| written(&cell(&answers[0], column), column.kind)).collect();
        write!(out, "{}\r\n", cells.join(",")).map_err(io)
    })?;
    out.flush().map_err(io)
}

fn written(cell: &Value, kind: Kind) -> String {
    match (cell, kind) {
        (Value::Null, _) => String::new(),
        (Value::String(text), _) if runs(text) => quoted(&format!("'{text}")),
        (Value::String(text), _) => quoted(text),
        (Value::Array(names), Kind::Names) => {
            let names: Vec<_> = names.iter().filter_map(Value::as_str).collect();
            quoted(&names.join("|"))
        }
        (other, _) => quoted(&other.to_string()),
    }
}

/// Whether a spreadsheet takes a text for a formula.
fn runs(text: &str) -> bool {
    text.starts_with(['\t', '\r']) || text.trim_start().starts_with(['=', '+', '-', '@'])
}

fn quoted(text: &str) -> String {
    match text.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_would_run_is_text() {
        for (text, cell) in [
            ("=1+1", "'=1+1"),
            (" @SUM(A1), x", "\"' @SUM(A1), x\""),
            ("-2", "'-2"),
            ("\tx", "'\tx"),
            ("Se7en = 7", "Se7en = 7"),
        ] {
            assert_eq!(written(&text.into(), Kind::Text), cell);
        }
        assert_eq!(written(&(-2).into(), Kind::Whole), "-2");
    }
}
