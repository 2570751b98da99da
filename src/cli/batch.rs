//! `plotlens classify --input FILE --output FILE`: the answers that a site shows
//! without asking the models again.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::Path;

use plotlens::artefact::sha256;
use plotlens::classify::{Answer, Ask, Classification, Classifier, Plot};
use plotlens::encoder::Workspace;
use plotlens::evaluate::{Columns, PlotRow, RowBudget, RowResult};
use plotlens::genre::GenreSet;
use plotlens::{Error, ErrorKind, Result};
use serde_json::{Value, json};

use super::{flat, folder, note, parallel};

/// Rows that are read, answered and written together: what is lost when the
/// program is stopped, and all that lies in memory.
const TOGETHER: usize = 256;

/// A record of the file: the line it starts on, and what it holds.
type Row = (u64, RowResult<PlotRow>);

/// A table of the answers, rather than a JSON object for each.
#[derive(Clone, Copy)]
enum Form {
    Csv,
    #[cfg(feature = "parquet")]
    Parquet,
}

impl Form {
    /// What the output's name says.
    fn of(output: &Path) -> Result<Option<Self>> {
        if folder::is_parquet(output) {
            #[cfg(feature = "parquet")]
            return Ok(Some(Self::Parquet));
            #[cfg(not(feature = "parquet"))]
            return Err(folder::no_parquet());
        }
        let ending = output.extension().unwrap_or_default();
        Ok(ending.eq_ignore_ascii_case("csv").then_some(Self::Csv))
    }

    fn write(self, lines: &Path, genres: &GenreSet, output: &Path) -> Result<()> {
        folder::write_with(output, |file| match self {
            Self::Csv => flat::write_csv(lines, genres, file, output),
            #[cfg(feature = "parquet")]
            Self::Parquet => super::parquet::write(lines, genres, file, output),
        })
    }
}

/// Answers every row, in order, on every processor. A second call goes on behind
/// the last whole line that the first has written. A table, which cannot grow, is
/// made of such lines in the end.
pub fn run(classifier: &Classifier, input: &Path, output: &Path) -> Result<()> {
    let form = Form::of(output)?;
    let lines = match form {
        None => output.to_path_buf(),
        Some(_) => output.with_added_extension("jsonl"),
    };
    if form.is_some() && output.exists() && !lines.exists() {
        let message = format!("{} is there already. Remove it, or name another.", output.display());
        return Err(Error::new(ErrorKind::FileInvalid, message));
    }
    let (count, before) = add_lines(classifier, input, &lines)?;
    if let Some(form) = form {
        form.write(&lines, classifier.genres(), output)?;
        std::fs::remove_file(&lines).map_err(|cause| folder::io("remove", &lines, cause))?;
    }
    folder::print(&format!("{count} rows, {before} of them before\n"))
}

/// Adds a line for each row; gives how many there are, and how many there were.
fn add_lines(classifier: &Classifier, input: &Path, output: &Path) -> Result<(usize, usize)> {
    // No more rows are held here than are answered together.
    let every = RowBudget { records: u64::MAX };
    let mut table = folder::table(input)?.within(every);
    let columns = Columns::guess(table.header(), &table.sample(), classifier.genres());
    if columns.text.is_none() {
        let message = "The file has no column 'text'; 'plot' and 'description' do too.";
        return Err(Error::new(ErrorKind::FileInvalid, message));
    }
    let header = table.header().clone();
    let mut next = || -> Result<Option<Row>> {
        Ok(table.next_record()?.map(|(place, record)| {
            (place.line, record.and_then(|record| header.plot(&record, &columns)))
        }))
    };

    let models = sha256(classifier.manifest().write()?.as_bytes());
    let (mut out, before, mut begun) = resume(output, &models, &mut next)?;
    let mut count = before;
    loop {
        let mut rows = Vec::from_iter(begun.take());
        while rows.len() < TOGETHER
            && let Some(row) = next()?
        {
            rows.push(row);
        }
        if rows.is_empty() {
            break;
        }
        count += rows.len();
        let lines = parallel::map(rows.len(), &|index| answer(classifier, &models, &rows[index]));
        let written = out.write_all(lines.concat().as_bytes()).and_then(|()| out.flush());
        written.map_err(|cause| folder::io("write", output, cause))?;
        note(&format!("{count} rows\n"));
    }
    Ok((count, before))
}

/// Opens the output for going on behind the rows that it answers, without a line
/// that was only begun; also gives how many these are, and the row of that line.
/// Nothing of a file is touched that is not by this command, these models and
/// about these rows.
fn resume(
    output: &Path,
    models: &str,
    next: &mut dyn FnMut() -> Result<Option<Row>>,
) -> Result<(File, usize, Option<Row>)> {
    let io = |cause| folder::io("open", output, cause);
    let refused = |why: &str| {
        Error::new(ErrorKind::FileInvalid, format!("{} {why} Name another.", output.display()))
    };
    let options = OpenOptions::new().read(true).write(true).create(true).truncate(false).clone();
    let mut file = options.open(output).map_err(io)?;
    let (mut rows, mut whole, mut begun) = (0, 0, None);
    let mut reader = BufReader::new(&file);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line).map_err(io)? > 0 {
        let row = next()?;
        let own = row.as_ref().map(|row| fingerprint(models, row));
        if !line.ends_with(b"\n") {
            if own.is_none_or(|own| !begins(&line, &own)) {
                return Err(refused("is no output of this command."));
            }
            begun = row;
            break;
        }
        let value = serde_json::from_slice::<Value>(&line).unwrap_or_default();
        match value["fingerprint"].as_str() {
            Some(of) if own.is_some_and(|own| own == of) => {}
            Some(_) => return Err(refused("holds answers to other rows, or by other models.")),
            None => return Err(refused("is no output of this command.")),
        }
        whole += line.len() as u64;
        rows += 1;
        line.clear();
    }
    file.set_len(whole).and_then(|()| file.seek(SeekFrom::End(0))).map_err(io)?;
    Ok((file, rows, begun))
}

/// Whether an unfinished line can be the one with this fingerprint.
fn begins(line: &[u8], fingerprint: &str) -> bool {
    let head = head(fingerprint);
    line.starts_with(head.as_bytes()) || head.as_bytes().starts_with(line)
}

/// How a line begins, and by which it is known where it was only begun.
fn head(fingerprint: &str) -> String {
    format!("{{\"fingerprint\":\"{fingerprint}\",")
}

/// What an answer depends on, in 64 bits: the models, and the row as it was read.
fn fingerprint(models: &str, (line, row): &Row) -> String {
    let of = match row {
        Ok(row) => json!([models, line, row.id, row.title, row.text]),
        Err(problem) => json!([models, line, problem.to_string()]),
    };
    let mut digest = sha256(of.to_string().as_bytes());
    digest.truncate(16);
    digest
}

/// A row's line of the output.
fn answer(classifier: &Classifier, models: &str, row: &Row) -> String {
    let object = match row {
        (line, Err(problem)) => json!({ "line": line, "error": problem.to_string() }),
        (line, Ok(row)) => {
            let plot = Plot { title: row.title.clone(), text: row.text.clone() };
            let ask = if classifier.has_distilbert() { Ask::All } else { Ask::Keywords };
            match classifier.classify(plot, ask, &mut Workspace::default()) {
                Ok(classification) => found(classifier, *line, row, &classification),
                Err(error) => json!({
                    "line": line, "id": row.id, "error": error.to_string(), "code": error.kind().code(),
                }),
            }
        }
    };
    let members = &object.to_string()[1..];
    format!("{}{members}\n", head(&fingerprint(models, row)))
}

/// What a site needs to show an answer: the genres, and what each word adds to
/// the logits of the chosen ones.
fn found(
    classifier: &Classifier,
    line: u64,
    row: &PlotRow,
    classification: &Classification,
) -> Value {
    let answer = Answer::new(classifier, classification);
    let genres: Vec<Value> = answer
        .genres
        .iter()
        .map(|genre| {
            json!({
                "genre": genre.genre,
                "probability": rounded(genre.probability),
                "chosen": genre.chosen,
            })
        })
        .collect();
    let chosen: Vec<_> = answer.genres.iter().filter(|genre| genre.chosen).collect();
    let opinion = classification.opinion(answer.model).unwrap_or(&classification.keywords);
    let words = opinion.explanation.iter().flat_map(|explanation| {
        let shares = explanation.words.chunks_exact(explanation.bias.len());
        classification.text.words().iter().zip(shares).map(|(word, shares)| {
            let adds: serde_json::Map<String, Value> = chosen
                .iter()
                .map(|genre| (genre.genre.clone(), rounded(shares[genre.index])))
                .collect();
            json!({ "start": word.utf16.start.0, "end": word.utf16.end.0, "adds": adds })
        })
    });
    json!({
        "line": line,
        "id": row.id,
        "title": row.title,
        "model": answer.model,
        "clear": answer.clear,
        "genres": genres,
        "words": words.collect::<Vec<_>>(),
        "read": answer.read,
    })
}

/// Four decimals, which a page can show.
fn rounded(value: f32) -> Value {
    json!((f64::from(value) * 1e4).round() / 1e4)
}
