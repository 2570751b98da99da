//! Labelled files: `.jsonl`, `.json`, `.csv`, `.tsv`, plain or gzipped.

use std::collections::{HashSet, VecDeque};
use std::io::Read;

use serde::Serialize;

use super::columns::Columns;
use super::records::{Format, MOST_BYTES, Place, Record, Records};
use super::row::{Header, LabelledRow, RowProblem, RowResult};
use crate::error::{Error, ErrorKind, Result};
use crate::genre::GenreSet;

/// Records that are looked at before columns are guessed.
const SAMPLE: usize = 50;

/// How much of a labelled file is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowBudget {
    /// Records, usable or not.
    pub records: u64,
}

impl Default for RowBudget {
    /// A million: all films that have a plot in print, and what a browser's
    /// 32-bit memory holds the scores of.
    fn default() -> Self {
        Self { records: 1_000_000 }
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
    /// The names of its columns of numbers.
    pub numbers: Vec<String>,
    /// Rows that can be used.
    pub rows: Vec<LabelledRow>,
    /// Lines that cannot.
    pub skipped: Vec<SkippedRow>,
}

/// A file whose columns have names, read record by record.
pub struct Table<R> {
    records: Records<R>,
    header: Header,
    budget: RowBudget,
    given: u64,
    /// Read already, to see what the file holds.
    ahead: VecDeque<(Place, RowResult<Record>)>,
}

impl<R: Read> Table<R> {
    /// Reads the names of the columns and a few records. More than the default
    /// [`RowBudget`] has are refused once they are come to.
    ///
    /// # Errors
    /// [`ErrorKind::FileInvalid`] for a table whose first line cannot be read,
    /// [`ErrorKind::Io`].
    pub fn open(input: R, format: Format) -> Result<Self> {
        let mut records = Records::new(input, format)?;
        let mut names = Vec::new();
        if matches!(records.format(), Format::Table { .. }) {
            match records.next_record()? {
                None => {}
                Some((_, Ok(Record::Cells(cells)))) => {
                    let name = |cell: &Vec<u8>| String::from_utf8_lossy(cell).trim().to_string();
                    names = cells.iter().map(name).collect();
                }
                Some(_) => {
                    let message = "The table's first line cannot be read.";
                    return Err(Error::new(ErrorKind::FileInvalid, message));
                }
            }
        }
        let (budget, given) = (RowBudget::default(), 0);
        let header = Header::new(names);
        let mut table = Self { records, header, budget, given, ahead: Default::default() };
        while table.ahead.len() < SAMPLE
            && let Some(record) = table.records.next_record()?
        {
            table.ahead.push_back(record);
        }
        if table.records.format() == Format::Json {
            let mut seen = HashSet::new();
            let objects = table.ahead.iter().filter_map(|(_, record)| match record {
                Ok(Record::Object(object)) => Some(object),
                _ => None,
            });
            let names = objects.flat_map(|object| object.keys());
            table.header = Header::new(names.filter(|name| seen.insert(*name)).cloned());
        }
        Ok(table)
    }

    /// The same with another budget.
    pub fn within(self, budget: RowBudget) -> Self {
        Self { budget, ..self }
    }

    /// How the file is written, the delimiter as it was found.
    pub fn format(&self) -> Format {
        self.records.format()
    }

    /// The names of the columns; of JSON, those of the first records.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The first record, while it was not taken.
    pub(super) fn first(&self) -> Option<&Record> {
        self.ahead.front().and_then(|(_, record)| record.as_ref().ok())
    }

    /// The first usable records.
    pub fn sample(&self) -> Vec<Record> {
        self.ahead.iter().filter_map(|(_, record)| record.clone().ok()).collect()
    }

    /// The next record, where there is one: its place, and what is wrong with it.
    ///
    /// # Errors
    /// [`ErrorKind::FileTooLong`], [`ErrorKind::Io`].
    pub fn next_record(&mut self) -> Result<Option<(Place, RowResult<Record>)>> {
        let next = match self.ahead.pop_front() {
            Some(record) => Some(record),
            None => self.records.next_record()?,
        };
        self.given += u64::from(next.is_some());
        if self.given > self.budget.records {
            let most = self.budget.records;
            let message = format!("The file has more than {most} rows; split it.");
            return Err(Error::new(ErrorKind::FileTooLong, message));
        }
        Ok(next)
    }

    /// The next row under such columns.
    ///
    /// # Errors
    /// [`ErrorKind::FileTooLong`], [`ErrorKind::Io`].
    pub fn next_row(
        &mut self,
        columns: &Columns,
        genres: &GenreSet,
    ) -> Result<Option<(Place, RowResult<LabelledRow>)>> {
        Ok(self.next_record()?.map(|(place, record)| {
            let length = place.bytes.end - place.bytes.start;
            let fits = |record| match length <= MOST_BYTES as u64 {
                true => Ok(record),
                false => Err(RowProblem::Endless),
            };
            let read = |record| self.header.row(place.line, &record, columns, genres);
            let row = record.and_then(fits).and_then(read);
            (place, row)
        }))
    }
}

/// One row again, from its own bytes; its line is not known from them.
///
/// # Errors
/// [`ErrorKind::FileInvalid`] where they hold none.
pub fn read_again(
    bytes: &[u8],
    format: Format,
    header: &Header,
    columns: &Columns,
    genres: &GenreSet,
) -> Result<LabelledRow> {
    let gone = || Error::new(ErrorKind::FileInvalid, "This row is not in the file any more.");
    let record = Record::read_again(bytes, format)?.ok_or_else(gone)?;
    record.and_then(|record| header.row(0, &record, columns, genres)).map_err(|_| gone())
}

/// Opens a file by the ending of its name.
///
/// # Errors
/// [`ErrorKind::FileInvalid`] for an unknown ending, and as [`Table::open`].
pub fn open<'a>(name: &str, file: impl Read + 'a) -> Result<Table<Box<dyn Read + 'a>>> {
    let format = Format::of(name).ok_or_else(|| {
        let message = format!("{name} is not .jsonl, .json, .csv or .tsv (or .gz of these).");
        Error::new(ErrorKind::FileInvalid, message)
    })?;
    let file: Box<dyn Read + 'a> = if name.to_ascii_lowercase().ends_with(".gz") {
        Box::new(flate2::read::MultiGzDecoder::new(file))
    } else {
        Box::new(file)
    };
    Table::open(file, format)
}

/// Reads a labelled file by the ending of its name; broken lines are listed, not
/// fatal.
///
/// # Errors
/// [`ErrorKind::FileInvalid`] for an unknown ending, a table without the
/// required columns, or a file without rows; [`ErrorKind::FileTooLong`];
/// [`ErrorKind::Io`].
pub fn read(name: &str, file: impl Read, genres: &GenreSet) -> Result<LabelledFile> {
    read_table(name, open(name, file)?, genres)
}

/// Reads a labelled file that is open already.
///
/// # Errors
/// As [`read`].
pub fn read_table<R: Read>(
    name: &str,
    mut table: Table<R>,
    genres: &GenreSet,
) -> Result<LabelledFile> {
    let columns = Columns::guess(table.header(), &table.sample(), genres);
    if matches!(table.format(), Format::Table { .. }) {
        require(&columns)?;
    }
    let mut labelled = LabelledFile { numbers: columns.numbers.clone(), ..Default::default() };
    while let Some((place, row)) = table.next_row(&columns, genres)? {
        match row {
            Ok(row) => labelled.rows.push(row),
            Err(problem) => {
                labelled.skipped.push(SkippedRow { line: place.line, why: problem.to_string() });
            }
        }
    }
    if labelled.rows.is_empty() {
        let why = labelled.skipped.first().map_or(String::new(), |skipped| {
            format!(" The first problem, on line {}: {}", skipped.line, skipped.why)
        });
        let message = format!("{name} has no row that can be used.{why}");
        return Err(Error::new(ErrorKind::FileInvalid, message));
    }
    Ok(labelled)
}

/// # Errors
/// [`ErrorKind::FileInvalid`] where a file has no text or no genres.
pub fn require(columns: &Columns) -> Result<()> {
    for (column, name) in [(&columns.text, "text"), (&columns.genres, "genres")] {
        if column.is_none() {
            let message = format!("The table has no column '{name}'.");
            return Err(Error::new(ErrorKind::FileInvalid, message));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::genre::Labels;

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
            r#"{"text": null, "genres": ["War"]}"#,
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
    fn an_array_of_objects_is_read_like_lines() {
        let file = "\u{feff}[\n {\"text\": \"a ]},{ \\\" b\", \"genres\": [{\"id\": 1, \"name\": \"War\"}],\n  \"year\": 1950},\n 7,\n {\"text\": \"c\", \"genres\": [878, 18], \"year\": 1960}\n]\n";
        let read = read("x.json", file.as_bytes(), &genres()).unwrap();
        assert_eq!(read.rows[0].text, "a ]},{ \" b");
        assert_eq!((read.rows[1].line, lines(&read.skipped)), (5, vec![4]));
        assert_eq!(read.rows[1].labels, [0, 1].into_iter().collect());
        assert_eq!(read.numbers, ["year"]);
        assert_eq!(read.rows[1].numbers, [1960.0]);
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
    fn every_row_is_found_again_by_its_bytes() {
        let long = "so it goes. ".repeat(20_000); // several pieces of the file
        for (name, file) in [
            (
                "a.csv",
                format!("plot;genre\r\n\"{long}\";War\r\n\r\n\"x; \"\"y\"\"\";Drama|SF\r\nz;War"),
            ),
            (
                "a.json",
                format!(
                    r#"[{{"plot": "{long}", "genre": "War"}}, {{"plot": "x", "genre": "Drama"}}]"#
                ),
            ),
            // Rows that alone would be taken for something else.
            ("b.csv", "plot,genre\n\"A soldier; a war; a love.\",War\nx,War;Drama\n".into()),
            (
                "b.json",
                "[\n  {\n    \"plot\": \"x\",\n    \"genre\": [\n      \"War\"\n    ]\n  },\n  {\"plot\": \"y\",\n\"genre\": \"War\"}\n]\n".into(),
            ),
        ] {
            let mut table = Table::open(file.as_bytes(), Format::of(name).unwrap()).unwrap();
            let columns = Columns::guess(table.header(), &table.sample(), &genres());
            let mut rows = 0;
            while let Some((place, row)) = table.next_row(&columns, &genres()).unwrap() {
                let bytes = &file.as_bytes()[place.bytes.start as usize..place.bytes.end as usize];
                let (format, header) = (table.format(), table.header());
                let again = read_again(bytes, format, header, &columns, &genres()).unwrap();
                assert_eq!(LabelledRow { line: place.line, ..again }, row.unwrap());
                rows += 1;
            }
            assert_eq!(rows, if name == "a.csv" { 3 } else { 2 }, "{name}");
        }
    }

    #[test]
    fn what_lies_between_objects_may_be_longer_than_a_piece() {
        let row = "{\"text\": \"a\", \"genres\": \"War\"}";
        let blank = format!("{}\n", " ".repeat(200_000));
        let file = format!("{blank}[{blank}{row},{blank}{row}{blank}]");
        let read = read("a.json", file.as_bytes(), &genres()).unwrap();
        assert_eq!(read.rows.iter().map(|row| row.line).collect::<Vec<_>>(), [3, 4]);
        assert!(read.skipped.is_empty());
    }

    #[test]
    fn a_quotation_that_does_not_end_costs_its_own_line_only() {
        let rows = "good,War\n".repeat(200_000);
        let file = format!("text,genres\n\"bad,War\n{rows}");
        let read = read("a.csv", file.as_bytes(), &genres()).unwrap();
        assert_eq!((read.rows.len(), lines(&read.skipped)), (200_000, vec![2]));
    }

    #[test]
    fn what_does_not_end_in_a_short_file_costs_its_own_line_only_too() {
        let rows = "War,good\n".repeat(3);
        for end in ["", "War,last"] {
            let file = format!("genres,text\nWar,first\nWar,\"bad\n{rows}{end}");
            let read = read("a.csv", file.as_bytes(), &genres()).unwrap();
            let good = if end.is_empty() { 4 } else { 5 };
            assert_eq!((read.rows.len(), lines(&read.skipped)), (good, vec![3]));
        }
        let whole = "text,genres\nsaid,\"War\"";
        assert_eq!(read("a.csv", whole.as_bytes(), &genres()).unwrap().rows.len(), 1);
        let inches = "text,genres\na 5\" gun,War";
        assert_eq!(read("a.csv", inches.as_bytes(), &genres()).unwrap().rows[0].text, "a 5\" gun");

        let row = "{\"text\": \"a\", \"genres\": [\"War\"]}";
        let bad = "{\"text\": \"a, \"genres\": [\"War\"]}";
        let file = format!("[{row},\n{bad},\n{row},\n{row}\n]\n");
        let read_json = read("a.json", file.as_bytes(), &genres()).unwrap();
        assert_eq!((read_json.rows.len(), lines(&read_json.skipped)), (3, vec![2]));
        let open = format!("[{row},\n{{\"text\": \"a\",\n{row},\n{row}]");
        let quoted = "[\"text, genres";
        let error = read("a.json", quoted.as_bytes(), &genres()).unwrap_err();
        assert!(error.to_string().ends_with("What starts on this line does not end."), "{error}");
        let read_open = read("a.json", open.as_bytes(), &genres()).unwrap();
        assert_eq!((read_open.rows.len(), lines(&read_open.skipped)), (3, vec![2]));
    }

    #[test]
    fn a_wide_file_has_columns_of_numbers_up_to_a_limit() {
        let numbers: String = (0..5000).map(|n| format!(", \"n{n}\": {n}")).collect();
        let file = format!("{{\"text\": \"a\", \"genres\": \"War\"{numbers}}}\n");
        let read = read("a.jsonl", file.as_bytes(), &genres()).unwrap();
        assert_eq!((read.numbers.len(), read.rows[0].numbers.len()), (32, 32));
    }

    #[test]
    fn records_that_do_not_end_are_left_until_there_are_too_many() {
        let row = "{\"text\": \"a\", \"genres\": \"War\"},\n";
        let file = format!("[{row}{}", "{\n".repeat(1 << 20));
        let read = read("a.json", file.as_bytes(), &genres()).unwrap();
        assert_eq!((read.rows.len(), read.skipped.len()), (1, 101));
        assert_eq!(lines(&read.skipped)[..3], [2, 3, 4]);
        assert_eq!(read.skipped[100].why, RowProblem::Broken.to_string());
    }

    #[test]
    fn a_record_without_an_end_is_left_after_some_megabytes() {
        for (start, format, most) in [
            ("\"", Format::Table { delimiter: b',' }, 1 << 20),
            ("{\"text\": \"", Format::Json, 8 << 20),
            ("[{\"text\": \"", Format::Json, 8 << 20),
        ] {
            let endless = start.as_bytes().chain(std::io::repeat(b'a'));
            let mut records = Records::new(endless, format).unwrap();
            let (place, record) = records.next_record().unwrap().unwrap();
            assert!(matches!(record, Err(RowProblem::Endless)), "{record:?}");
            let read = place.bytes.end - place.bytes.start;
            assert!(most < read && read <= most + (1 << 17), "{start}: {read} bytes");
        }
    }

    #[test]
    fn a_file_with_too_many_rows_is_refused_and_one_with_just_enough_is_not() {
        let file = "{\"text\": \"a\", \"genres\": \"War\"}\nbroken\n".repeat(100);
        let rows = |records: u64| {
            let table = Table::open(file.as_bytes(), Format::Json).unwrap();
            let mut table = table.within(RowBudget { records });
            let mut count = 0;
            loop {
                match table.next_record() {
                    Ok(Some(_)) => count += 1,
                    Ok(None) => return Ok(count),
                    Err(error) => return Err((count, error.kind())),
                }
            }
        };
        assert_eq!(rows(200), Ok(200));
        assert_eq!(rows(199), Err((199, ErrorKind::FileTooLong)));
        let line = "{\"text\":\"a\",\"genres\":\"War\"}\n";
        let most = RowBudget::default().records as usize;
        let long = line.repeat(most + 1);
        let error = read("a.jsonl", long.as_bytes(), &genres()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::FileTooLong);
    }

    #[test]
    fn a_table_is_cut_at_semicolons_where_its_head_has_more_of_them() {
        let text =
            |file: &str| read("a.csv", file.as_bytes(), &genres()).unwrap().rows[0].text.clone();
        assert_eq!(text("text;genres\nx, y;War"), "x, y");
        assert_eq!(text("text,genres,a;b;c\nx;y,War,z"), "x;y");
    }

    #[test]
    fn a_list_of_genres_may_be_told_to_be_cut() {
        let cells = ["true", "YES", "1", "false", "no", "0", "", "perhaps"];
        let rows: String = cells.iter().map(|cell| format!("a,War,{cell}\n")).collect();
        let read_table = read("a.csv", format!("text,genres,capped\n{rows}").as_bytes(), &genres());
        let read_table = read_table.unwrap();
        let capped: Vec<bool> = read_table.rows.iter().map(|row| row.capped).collect();
        assert_eq!(capped, [true, true, true, false, false, false, false]);
        assert_eq!(read_table.skipped[0].why, "The capped of this line cannot be used.");
    }

    #[test]
    fn a_second_source_of_genres_adds_to_the_first_where_it_says_something() {
        let file = "text,genres,genres_aug\na,War,\"War,Drama\"\nb,War,\nc,War,Talk\n";
        let read = read("a.csv", file.as_bytes(), &genres()).unwrap();
        let augmented: Vec<Labels> = read.rows.iter().map(|row| row.augmented).collect();
        let war: Labels = [2].into_iter().collect();
        assert_eq!(augmented, [[0, 2].into_iter().collect(), war, war]);
        assert!(read.rows.iter().all(|row| row.labels == war));
    }

    #[test]
    fn a_number_too_large_to_hold_is_none() {
        let file = "text,genres,year\na,War,1950\nb,War,1e39\n";
        let read = read("a.csv", file.as_bytes(), &genres()).unwrap();
        assert_eq!(read.rows[0].numbers, [1950.0]);
        assert!(read.rows[1].numbers[0].is_nan());
    }

    #[test]
    fn columns_are_guessed_by_name_and_by_content() {
        let long = "A soldier comes home and finds that home has gone somewhere else. ".repeat(3);
        let file = format!(
            "tconst,Movie Name,what happens,kind,year,votes,note\nt1,A,{long},\"Drama, War\",1950,12,x\nt2,B,{long},Sci-Fi,1960,,y\n"
        );
        let table = Table::open(file.as_bytes(), Format::of("a.csv").unwrap()).unwrap();
        let columns = Columns::guess(table.header(), &table.sample(), &genres());
        let some = |name: &str| Some(name.to_string());
        assert_eq!(columns.text, some("what happens"));
        assert_eq!(columns.genres, some("kind"));
        assert_eq!((columns.title, columns.id), (some("Movie Name"), some("tconst")));
        assert_eq!(columns.numbers, ["year", "votes"]);
    }

    #[test]
    fn names_that_mean_no_genre_are_told_and_left_out() {
        let file = "text,genres\na,\"Drama, Talk-Show\"\n";
        let read = read("a.csv", file.as_bytes(), &genres()).unwrap();
        assert_eq!(read.rows[0].labels, [0].into_iter().collect());
        assert_eq!(read.rows[0].unknown, ["Talk-Show"]);
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
        let message =
            |file: &str| read("a.csv", file.as_bytes(), &genres()).unwrap_err().to_string();
        assert_eq!(message("title,genres\nx,War\n"), "The table has no column 'text'.");
        assert_eq!(message("text,kind\nx,y\n"), "The table has no column 'genres'.");
        assert_eq!(kind("a.csv", "title,genres\nx,War\n"), ErrorKind::FileInvalid);
        assert_eq!(kind("a.jsonl", ""), ErrorKind::FileInvalid);
        assert_eq!(kind("a.jsonl.gz", "not gzip"), ErrorKind::Io);
    }
}
