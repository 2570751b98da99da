//! A labelled file as records, read a piece at a time: never more of it is held
//! than one record and one piece.

use std::io::Read;
use std::ops::Range;

use csv_core::ReadRecordResult;
use serde_json::Value;

use super::row::{RowProblem, RowResult};
use crate::error::{Error, ErrorKind, Result};

/// Bytes that are read at a time.
const PIECE: usize = 1 << 16;

/// A row longer than this, in bytes, is taken for a quotation or an object that
/// does not end.
pub(super) const MOST_BYTES: usize = 1 << 20;

/// The same of an object: a cell in a saved report may be written with escapes, six
/// bytes for one.
const MOST_OBJECT_BYTES: usize = 8 * MOST_BYTES;

/// So many such records are left one by one; looking for the end of more would
/// take for ever.
const MOST_ENDLESS: usize = 100;

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Cells between delimiters (RFC 4180), the first record naming them.
    Table {
        /// `,`, a tab, or `;`.
        delimiter: u8,
    },
    /// JSON objects, one a line or in one array.
    Json,
}

impl Format {
    /// What a file's name says, `.gz` left aside; none for other endings.
    pub fn of(name: &str) -> Option<Self> {
        let lower = name.to_ascii_lowercase();
        let stem = lower.strip_suffix(".gz").unwrap_or(&lower);
        match stem.rsplit_once('.')?.1 {
            "csv" => Some(Self::Table { delimiter: b',' }),
            "tsv" => Some(Self::Table { delimiter: b'\t' }),
            "jsonl" | "ndjson" | "json" => Some(Self::Json),
            _ => None,
        }
    }

    /// The same with the delimiter that a table's first bytes show: many
    /// programs write `.csv` with semicolons.
    pub fn refined(self, head: &[u8]) -> Self {
        let Self::Table { delimiter: b',' } = self else { return self };
        let first = head.split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default();
        let count = |mark: u8| first.iter().filter(|byte| **byte == mark).count();
        let delimiter = if count(b';') > count(b',') { b';' } else { b',' };
        Self::Table { delimiter }
    }

    fn reader(self) -> csv_core::Reader {
        let Self::Table { delimiter } = self else { return csv_core::Reader::new() };
        csv_core::ReaderBuilder::new().delimiter(delimiter).build()
    }
}

/// Where a record stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its first line, from 1.
    pub line: u64,
    /// Its bytes.
    pub bytes: Range<u64>,
}

/// One record as it is written.
#[derive(Clone, Debug, PartialEq)]
pub enum Record {
    /// A table's cells; they need not be UTF-8.
    Cells(Vec<Vec<u8>>),
    /// A JSON object.
    Object(serde_json::Map<String, Value>),
}

impl Record {
    /// One record again, from its own bytes; none where they hold none. `format` is
    /// that of the whole file, which some of it might not show.
    ///
    /// # Errors
    /// [`ErrorKind::Io`].
    pub fn read_again(bytes: &[u8], format: Format) -> Result<Option<RowResult<Self>>> {
        if format == Format::Json {
            return Ok(Some(object(bytes)));
        }
        let record = Records::written(bytes, format).next_record()?;
        Ok(record.map(|(_, record)| record))
    }
}

fn object(bytes: &[u8]) -> RowResult<Record> {
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(object)) => Ok(Record::Object(object)),
        Ok(_) => Err(RowProblem::NotAnObject),
        Err(_) => Err(RowProblem::NotJson),
    }
}

/// The records of a file, in order.
pub struct Records<R> {
    input: R,
    format: Format,
    /// What was read and is not done with.
    buffer: Vec<u8>,
    /// How far the buffer is done with.
    at: usize,
    /// The offset of the buffer's first byte in the file.
    base: u64,
    line: u64,
    ended: bool,
    /// Records so far that did not end.
    endless: usize,
    /// Within a JSON array.
    array: Option<bool>,
    table: csv_core::Reader,
}

impl<R: Read> Records<R> {
    /// Nothing is read yet. The format is refined by the first bytes.
    ///
    /// # Errors
    /// [`ErrorKind::Io`].
    pub fn new(input: R, format: Format) -> Result<Self> {
        let mut records = Self::written(input, format);
        records.fill()?;
        if records.buffer.starts_with("\u{feff}".as_bytes()) {
            records.at = 3;
        }
        records.format = format.refined(&records.buffer[records.at..]);
        records.table = records.format.reader();
        Ok(records)
    }

    /// The same of a file that is known to be written so.
    fn written(input: R, format: Format) -> Self {
        let (buffer, at, base, line, ended) = (Vec::new(), 0, 0, 1, false);
        let (endless, array, table) = (0, None, format.reader());
        Self { input, format, buffer, at, base, line, ended, endless, array, table }
    }

    /// How the file is written.
    pub fn format(&self) -> Format {
        self.format
    }

    /// The next record, where there is one: its place, and what is wrong with it.
    ///
    /// # Errors
    /// [`ErrorKind::Io`].
    pub fn next_record(&mut self) -> Result<Option<(Place, RowResult<Record>)>> {
        match self.format {
            Format::Table { .. } => self.next_cells(),
            Format::Json => self.next_object(),
        }
    }

    fn next_cells(&mut self) -> Result<Option<(Place, RowResult<Record>)>> {
        self.skip(|byte| matches!(byte, b'\n' | b'\r'))?;
        let (line, start) = (self.line, self.offset());
        self.table.reset();
        let (mut fields, mut ends) = (vec![0; 1024], vec![0; 32]);
        let (mut length, mut count) = (0, 0);
        let mut ahead = 0; // bytes of the buffer, beyond `at`, that the reader has seen
        let ended = loop {
            let at_end = self.at + ahead == self.buffer.len() && !self.fill()?;
            if at_end && ahead == 0 {
                return Ok(None);
            }
            // One line break more ends the last record, but for a quotation that goes on.
            let input = if at_end { b"\n" } else { &self.buffer[self.at + ahead..] };
            let (result, seen, written, cells) =
                self.table.read_record(input, &mut fields[length..], &mut ends[count..]);
            (length, count) = (length + written, count + cells);
            if !at_end {
                ahead += seen;
            }
            match result {
                ReadRecordResult::InputEmpty if at_end || ahead > MOST_BYTES => break false,
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => fields.resize(2 * fields.len(), 0),
                ReadRecordResult::OutputEndsFull => ends.resize(2 * ends.len(), 0),
                ReadRecordResult::Record => break true,
                ReadRecordResult::End => return Ok(None),
            }
        };
        if !ended {
            return Ok(Some(self.give_up(line, start)));
        }
        self.pass(ahead);
        let starts = std::iter::once(0).chain(ends[..count].iter().copied());
        let cells = starts.zip(&ends[..count]).map(|(from, &to)| fields[from..to].to_vec());
        let place = Place { line, bytes: start..self.offset() };
        Ok(Some((place, Ok(Record::Cells(cells.collect())))))
    }

    fn next_object(&mut self) -> Result<Option<(Place, RowResult<Record>)>> {
        let array = match self.array {
            Some(array) => array,
            None => {
                self.skip(|byte| byte.is_ascii_whitespace())?;
                let array = self.buffer.get(self.at) == Some(&b'[');
                self.pass(usize::from(array));
                *self.array.insert(array)
            }
        };
        // A bracket between elements is the array's last one, or that of one that broke.
        let between = |byte| array && matches!(byte, b',' | b']');
        self.skip(|byte| byte.is_ascii_whitespace() || between(byte))?;
        let (line, start) = (self.line, self.offset());
        let mut end = JsonEnd::new(array);
        let mut ahead = 0;
        loop {
            if self.at + ahead == self.buffer.len() && !self.fill()? {
                if end.is_open() {
                    return Ok(Some(self.give_up(line, start)));
                }
                break;
            }
            if end.is_before(self.buffer[self.at + ahead]) {
                break;
            }
            ahead += 1;
            if end.is_broken || ahead > MOST_OBJECT_BYTES {
                return Ok(Some(self.give_up(line, start)));
            }
        }
        let bytes = &self.buffer[self.at..][..ahead];
        if bytes.trim_ascii().is_empty() {
            return Ok(None);
        }
        let record = object(bytes);
        self.pass(ahead);
        Ok(Some((Place { line, bytes: start..self.offset() }, record)))
    }

    /// Leaves a record that does not end at the end of its first line, or what is
    /// left of the file after too many of them.
    fn give_up(&mut self, line: u64, start: u64) -> (Place, RowResult<Record>) {
        self.endless += 1;
        let rest = &self.buffer[self.at..];
        if self.endless > MOST_ENDLESS {
            self.ended = true;
            self.pass(rest.len());
            return (Place { line, bytes: start..self.offset() }, Err(RowProblem::Broken));
        }
        let first = rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |at| at + 1);
        self.pass(first);
        (Place { line, bytes: start..self.offset() }, Err(RowProblem::Endless))
    }

    /// The offset of the next byte in the file.
    fn offset(&self) -> u64 {
        self.base + self.at as u64
    }

    fn skip(&mut self, passes: impl Fn(u8) -> bool) -> Result<()> {
        loop {
            let rest = &self.buffer[self.at..];
            let count = rest.iter().take_while(|byte| passes(**byte)).count();
            let all = count == rest.len();
            self.pass(count);
            if !all || !self.fill()? {
                return Ok(());
            }
        }
    }

    fn pass(&mut self, count: usize) {
        let passed = &self.buffer[self.at..][..count];
        self.line += passed.iter().filter(|byte| **byte == b'\n').count() as u64;
        self.at += count;
    }

    /// Reads the next piece; false at the end of the file.
    fn fill(&mut self) -> Result<bool> {
        if self.ended {
            return Ok(false);
        }
        self.buffer.drain(..self.at);
        self.base += self.at as u64;
        self.at = 0;
        let before = self.buffer.len();
        let piece = (&mut self.input).take(PIECE as u64).read_to_end(&mut self.buffer);
        let message = "The file cannot be read to its end.";
        piece.map_err(|cause| Error::new(ErrorKind::Io, message).caused_by(cause))?;
        self.ended = self.buffer.len() == before;
        Ok(!self.ended)
    }
}

/// Finds the end of one JSON value: of a line, or of an element of an array.
struct JsonEnd {
    array: bool,
    /// What closes the brackets that are open.
    closing: Vec<u8>,
    quoted: bool,
    escaped: bool,
    /// A bracket was closed by one of another kind.
    is_broken: bool,
}

impl JsonEnd {
    fn new(array: bool) -> Self {
        let closing = Vec::new();
        Self { array, closing, quoted: false, escaped: false, is_broken: false }
    }

    /// Whether the value goes on.
    fn is_open(&self) -> bool {
        self.quoted || !self.closing.is_empty()
    }

    /// Whether the value has ended before this byte.
    fn is_before(&mut self, byte: u8) -> bool {
        if !self.array {
            return byte == b'\n';
        }
        if self.quoted {
            let closes = byte == b'"' && !self.escaped;
            self.escaped = byte == b'\\' && !self.escaped;
            self.quoted = !closes;
            return false;
        }
        match byte {
            b'"' => self.quoted = true,
            b'{' => self.closing.push(b'}'),
            b'[' => self.closing.push(b']'),
            b',' | b']' if self.closing.is_empty() => return true,
            b'}' | b']' => self.is_broken |= self.closing.pop().is_some_and(|own| own != byte),
            _ => {}
        }
        false
    }
}
