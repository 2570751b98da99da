//! Answers as tables, and rows from Parquet.

mod support;

use std::path::{Path, PathBuf};

use serde_json::Value;
use support::{code, run, scratch, stdout};

const PLOT: &str = "A sheriff, an outlaw and a stolen horse: a duel at noon on the frontier.";

/// A path for an output that is not there yet.
fn fresh(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    for file in [path.clone(), path.with_added_extension("jsonl")] {
        let _ = std::fs::remove_file(file);
    }
    path
}

fn classify(input: &Path, output: &Path) -> std::process::Output {
    run(&["classify", "--input", input.to_str().unwrap(), "--output", output.to_str().unwrap()])
}

/// The answers as JSON lines, which another test holds to be right.
fn answers(input: &Path, name: &str) -> Vec<Value> {
    let output = fresh(name);
    assert!(classify(input, &output).status.success());
    let lines = std::fs::read_to_string(output).unwrap();
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn chosen(answer: &Value) -> Vec<&str> {
    let genres = answer["genres"].as_array().into_iter().flatten();
    genres
        .filter(|genre| genre["chosen"] == true)
        .map(|genre| genre["genre"].as_str().unwrap())
        .collect()
}

/// The records of a CSV file, by a reader that knows nothing of how it was written.
fn records(csv: &[u8]) -> Vec<Vec<String>> {
    let mut reader = csv_core::Reader::new();
    let (mut cells, mut ends) = (vec![0; 1 << 20], vec![0; 1 << 10]);
    let (mut records, mut rest) = (Vec::new(), csv);
    loop {
        let (result, read, _, count) = reader.read_record(rest, &mut cells, &mut ends);
        rest = &rest[read..];
        match result {
            csv_core::ReadRecordResult::Record => {
                let starts = std::iter::once(0).chain(ends[..count].iter().copied());
                let cell = |(from, &to): (usize, &usize)| {
                    String::from_utf8(cells[from..to].to_vec()).unwrap()
                };
                records.push(starts.zip(&ends[..count]).map(cell).collect());
            }
            csv_core::ReadRecordResult::InputEmpty => {}
            csv_core::ReadRecordResult::End => return records,
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn answers_as_csv_are_those_of_the_lines() {
    let rows = format!(
        "id,plot,title\n\"a,\"\"b\"\"\",\"{PLOT}\",\"High\nNoon\"\n2,,Nothing\n3,!?,Marks\n"
    );
    let input = scratch("to-csv.csv", &rows);
    let lines = answers(&input, "to-csv.jsonl");
    let output = fresh("answers.csv");
    assert!(stdout(&classify(&input, &output)).starts_with("3 rows, 0 of them before"));
    let table = records(&std::fs::read(&output).unwrap());
    assert_eq!(table.len(), 4);
    for (row, answer) in table[1..].iter().zip(&lines) {
        assert_eq!(row.len(), table[0].len());
        let cell =
            |name: &str| row[table[0].iter().position(|column| column == name).unwrap()].as_str();
        assert_eq!(cell("line"), answer["line"].to_string());
        assert_eq!(cell("id"), answer["id"].as_str().unwrap_or(""));
        assert_eq!(cell("title"), answer["title"].as_str().unwrap_or(""));
        assert_eq!(cell("error"), answer["error"].as_str().unwrap_or(""));
        assert_eq!(cell("genres"), chosen(answer).join("|"));
        for genre in answer["genres"].as_array().into_iter().flatten() {
            assert_eq!(cell(genre["genre"].as_str().unwrap()), genre["probability"].to_string());
        }
        if answer["words"].is_array() {
            assert_eq!(serde_json::from_str::<Value>(cell("words")).unwrap(), answer["words"]);
            assert_eq!(cell("words_read"), answer["read"]["wordsRead"].to_string());
        }
    }
    assert!(!output.with_added_extension("jsonl").exists());

    // What is there already may be somebody's.
    assert_eq!(code(&classify(&input, &output)), "file-invalid");
}

#[test]
fn a_table_that_was_stopped_goes_on_where_it_was() {
    let input = scratch("stopped.csv", &format!("plot\n\"{PLOT}\"\nA ghost haunts a widow.\n"));
    let output = fresh("stopped-answers.csv");
    assert!(classify(&input, &output).status.success());
    let whole = std::fs::read(&output).unwrap();
    std::fs::remove_file(&output).unwrap();
    let lines = fresh("stopped-answers.jsonl");
    assert!(classify(&input, &lines).status.success());
    let first = std::fs::read_to_string(&lines).unwrap().lines().next().unwrap().to_string() + "\n";
    std::fs::write(output.with_added_extension("jsonl"), first).unwrap();
    assert!(stdout(&classify(&input, &output)).starts_with("2 rows, 1 of them before"));
    assert_eq!(std::fs::read(&output).unwrap(), whole);
}

#[cfg(not(feature = "parquet"))]
#[test]
fn a_build_without_parquet_says_so() {
    let films = Path::new("tests/reference/films.parquet");
    let input = scratch("no-parquet.csv", &format!("plot\n\"{PLOT}\"\n"));
    for output in [classify(films, &fresh("no.jsonl")), classify(&input, &fresh("no.parquet"))] {
        assert_eq!(code(&output), "file-invalid");
        assert!(String::from_utf8_lossy(&output.stderr).contains("--features parquet"));
    }
}

#[cfg(feature = "parquet")]
mod parquet_files {
    use std::fs::File;

    use parquet::file::reader::{FileReader, SerializedFileReader};

    use super::*;

    const FILMS: &str = "tests/reference/films.parquet";

    /// The same rows as JSON lines, by the script that made the file.
    fn films() -> Vec<Value> {
        let lines = include_str!("reference/films.jsonl");
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// An answer without what tells one file from another.
    fn bare(answer: &Value) -> Value {
        let mut answer = answer.clone();
        answer.as_object_mut().unwrap().remove("fingerprint");
        answer
    }

    #[test]
    fn parquet_is_read_as_another_program_wrote_it() {
        let from_parquet = answers(Path::new(FILMS), "films-parquet.jsonl");
        let from_lines = answers(Path::new("tests/reference/films.jsonl"), "films-lines.jsonl");
        assert_eq!(from_parquet.len(), films().len());
        for (one, other) in from_parquet.iter().zip(&from_lines) {
            assert_eq!(bare(one), bare(other));
        }
        assert!(chosen(&from_parquet[0]).contains(&"Western"));
    }

    #[test]
    fn a_labelled_parquet_file_is_measured() {
        let report = |file: &str| {
            let output = run(&["evaluate", file, "--resamples", "0"]);
            assert!(output.status.success(), "{output:?}");
            stdout(&output)
        };
        assert_eq!(report(FILMS), report("tests/reference/films.jsonl"));
    }

    #[test]
    fn answers_as_parquet_are_those_of_the_lines() {
        let lines = answers(Path::new(FILMS), "films-again.jsonl");
        let output = fresh("films-answers.parquet");
        assert!(classify(Path::new(FILMS), &output).status.success());
        let reader = SerializedFileReader::new(File::open(output).unwrap()).unwrap();
        let rows: Vec<Value> =
            reader.get_row_iter(None).unwrap().map(|row| row.unwrap().to_json_value()).collect();
        assert_eq!(rows.len(), lines.len());
        for (row, answer) in rows.iter().zip(&lines) {
            for key in ["line", "id", "title", "model", "clear", "error", "code"] {
                assert_eq!(row[key], answer[key], "{key}");
            }
            let genres = answer["genres"].is_array().then(|| serde_json::json!(chosen(answer)));
            assert_eq!(row["genres"], genres.unwrap_or_default());
            for genre in answer["genres"].as_array().into_iter().flatten() {
                assert_eq!(row[genre["genre"].as_str().unwrap()], genre["probability"]);
            }
            let words = row["words"].as_str().map(|words| serde_json::from_str(words).unwrap());
            assert_eq!(words.unwrap_or(Value::Null), answer["words"]);
        }
    }

    #[test]
    fn what_is_no_parquet_file_or_is_cut_is_said() {
        let whole = std::fs::read(FILMS).unwrap();
        for (name, bytes) in
            [("cut", &whole[..whole.len() / 2]), ("none", &b"text"[..]), ("empty", &b""[..])]
        {
            let input = fresh(&format!("{name}.parquet"));
            std::fs::write(&input, bytes).unwrap();
            assert_eq!(code(&classify(&input, &fresh("never.jsonl"))), "file-invalid", "{name}");
        }
    }

    #[test]
    fn a_damaged_page_is_an_error_whatever_it_holds() {
        let whole = std::fs::read(FILMS).unwrap();
        let input = fresh("damaged.parquet");
        // The pages come first; what tells of them stands at the end.
        for at in (4..whole.len() / 2).step_by(whole.len() / 24) {
            let mut damaged = whole.clone();
            damaged[at] ^= 0x5a;
            std::fs::write(&input, damaged).unwrap();
            let output = classify(&input, &fresh("damaged.jsonl"));
            if !output.status.success() {
                assert!(["io", "file-invalid"].contains(&code(&output).as_str()), "byte {at}");
            }
        }
    }
}
