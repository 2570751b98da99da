//! A report that is saved and opened again is the same report.

use plotlens::classify::Predictor;
use plotlens::error::ErrorKind;
use plotlens::evaluate::{
    Columns, Evaluation, Format, Head, Intervals, LabelledRow, Reading, Setting, Sheet, Table,
    Thresholds, read_again, write_end,
};
use plotlens::genre::GenreSet;
use serde_json::{Value, json};

const PREDICTORS: [Predictor; 2] = [Predictor::DistilBert, Predictor::Keywords];

/// Every way of saying things: quotes, a line break, unknown genres, numbers that are
/// fractions, too large or none, a column with two meanings, and broken lines.
const FILE: &str = "\u{feff}plot,genre,title,imdb_id,year,votes,capped,maybe_missing,note\r\n\
    \"one, \"\"two\"\"\nthree\",\"Drama, War, Talk-Show\",A,tt1,1970,0.1,true,Sci-Fi,a\r\n\
    two,Talk-Show,B,tt2,1971,1,false,,b\r\n\
    three,Science Fiction,,tt3,1972.5,1e39,,,c\r\n\
    four,10752,\"=D\",tt4,,-3.25e-7,0,,d\r\n\
    five,War\r\n\
    six,Drama,F,tt6,16777217,7,1,,é 🎬\r\n\
    seven,Drama,G,tt7,0,7,1,,x\r\n";

fn genres() -> GenreSet {
    GenreSet::new(["Drama", "Sci-Fi", "War"].map(String::from).to_vec()).unwrap()
}

fn open(name: &str, file: &'static [u8]) -> Table<&'static [u8]> {
    Table::open(file, Format::of(name).unwrap()).unwrap()
}

fn read<R: std::io::Read>(columns: &Columns, reading: &mut Reading<R>) -> Result<Sheet, ErrorKind> {
    let rows = Evaluation::new(genres(), PREDICTORS.to_vec(), &columns.numbers);
    let mut sheet = Sheet::new(rows);
    while sheet.advance(reading).map_err(|error| error.kind())? {}
    Ok(sheet)
}

/// One file with what is needed to read its rows again.
struct Opened {
    bytes: &'static [u8],
    table: Table<&'static [u8]>,
    columns: Columns,
    sheet: Sheet,
}

impl Opened {
    fn row(&self, row: usize) -> LabelledRow {
        let place = &self.sheet.places[row];
        let bytes = &self.bytes[place.bytes.start as usize..place.bytes.end as usize];
        let (format, header) = (self.table.format(), self.table.header());
        let own = read_again(bytes, format, header, &self.columns, &genres()).unwrap();
        LabelledRow { line: place.line, ..own }
    }

    fn save(&self, setting: &Setting) -> String {
        let own = Thresholds(vec![vec![0.25, 0.1, 0.9], vec![0.5; 3]]);
        let (name, models) = ("a.csv".to_string(), "0a".repeat(32));
        let head = self.sheet.head(name, models, self.columns.clone(), own, setting.clone());
        let mut file = head.write();
        for line in self.sheet.saved_others() {
            file += &line.write(&self.columns, &genres());
        }
        for row in 0..self.sheet.rows.len() {
            let line = self.sheet.saved_row(row, self.row(row));
            file += &line.write(&self.columns, &genres());
        }
        let view = self.sheet.rows.view(setting.without);
        let mut intervals = Intervals::new(&view);
        intervals.draw(&view, &setting.thresholds, 50);
        let decisions = view.decisions(&setting.thresholds);
        file + &write_end(&decisions, &view.curves(), &intervals.of_each())
    }
}

/// Numbers of every size that a probability has.
const SCORES: [f32; 12] = [
    0.1,
    1.0,
    0.0,
    f32::MIN_POSITIVE,
    1e-45,
    0.333_333_34,
    0.999_999_94,
    1.234_567_8e-7,
    0.5,
    3.3e-31,
    0.049_999_997,
    0.75,
];

fn labelled() -> Opened {
    let table = open("a.csv", FILE.as_bytes());
    let mut columns = Columns::guess(table.header(), &table.sample(), &genres());
    assert_eq!(columns.numbers, ["year", "votes"]);
    // A column of numbers that means something else too.
    columns.numbers.extend(["capped".into(), "imdb_id".into()]);
    let mut reading = Reading::labelled(table, columns.clone());
    let mut sheet = read(&columns, &mut reading).unwrap();
    assert_eq!((sheet.rows.len(), sheet.left_out().len()), (5, 2));
    for row in [0, 1, 4] {
        let turned = |at: usize| SCORES[(at + 5 * row) % SCORES.len()];
        sheet.rows.set(row, &(0..6).map(turned).collect::<Vec<_>>());
    }
    sheet.refuse(2, "It has no words.".into());
    let table = open("a.csv", FILE.as_bytes());
    Opened { bytes: FILE.as_bytes(), table, columns, sheet }
}

fn saved(file: String) -> Result<(Opened, Head), ErrorKind> {
    let bytes: &'static [u8] = file.into_bytes().leak();
    let table = open("a.json", bytes);
    let head = Head::of(&table, &genres(), &PREDICTORS).map_err(|error| error.kind())?;
    let head = head.ok_or(ErrorKind::FileInvalid)?;
    let mut reading = Reading::saved(head.clone(), table).map_err(|error| error.kind())?;
    let (columns, table) = (head.columns.clone(), open("a.json", bytes));
    Ok((Opened { bytes, table, sheet: read(&columns, &mut reading)?, columns }, head))
}

fn setting() -> Setting {
    let thresholds = Thresholds(vec![vec![0.1, 0.2, 0.300_000_03], vec![0.4, 0.05, 0.6]]);
    Setting { thresholds, without: Some(1), tuned: true, model: 1 }
}

#[test]
fn a_report_that_is_opened_again_is_the_same() {
    let first = labelled();
    let file = first.save(&setting());
    let (again, head) = saved(file.clone()).unwrap();
    assert_eq!((head.file.as_str(), &head.setting), ("a.csv", &setting()));
    assert_eq!((&again.columns, again.sheet.left_out()), (&first.columns, first.sheet.left_out()));
    assert_eq!(again.sheet.unknown, first.sheet.unknown);
    for row in 0..5 {
        let bits = |sheet: &Sheet| -> Option<Vec<u32>> {
            Some(sheet.rows.scores(row)?.iter().map(|score| score.to_bits()).collect())
        };
        assert_eq!(bits(&again.sheet), bits(&first.sheet));
        assert_eq!(again.sheet.is_settled(row), row != 3);
        let old = LabelledRow { unknown: Vec::new(), ..first.row(row) };
        // As text: numbers that are none are equal to nothing.
        assert_eq!(format!("{:?}", again.row(row)), format!("{old:?}"));
    }
    assert_eq!(again.save(&setting()), file);
}

#[test]
fn a_row_that_is_longer_with_escapes_than_rows_may_be_is_opened_again() {
    let file: &'static str = format!("plot,genre\n\"one{}two\",War\n", "\n".repeat(700_000)).leak();
    let table = open("a.csv", file.as_bytes());
    let columns = Columns::guess(table.header(), &table.sample(), &genres());
    let sheet = read(&columns, &mut Reading::labelled(table, columns.clone())).unwrap();
    let table = open("a.csv", file.as_bytes());
    let first = Opened { bytes: file.as_bytes(), table, columns, sheet };
    let (again, _) = saved(first.save(&setting())).unwrap();
    assert_eq!((again.row(0).text, again.sheet.rows.len()), (first.row(0).text, 1));
}

#[test]
fn what_is_saved_is_json_with_the_report_at_its_end() {
    let first = labelled();
    let text = first.save(&setting());
    let file: Vec<Value> = serde_json::from_str(&text).unwrap();
    let view = first.sheet.rows.view(setting().without);
    let decisions = serde_json::to_value(view.decisions(&setting().thresholds)).unwrap();
    assert!(text.contains(&format!("\"decisions\":{decisions}")));
    // What is said of a row in the report is said of one of these.
    let hit = &decisions["models"][1]["falsePositives"][0];
    let rows: Vec<&Value> = file.iter().filter(|own| own["plotlens"]["kind"] == "row").collect();
    let row = rows[hit["row"].as_u64().unwrap() as usize];
    assert_eq!(
        (&row["plot"], &row["plotlens"]["scores"][1][2]),
        (&json!("seven"), &hit["probability"])
    );
    let row = file.iter().find(|own| own["plot"] == "one, \"two\"\nthree").unwrap();
    assert_eq!(row["genre"], json!(["Drama", "War"]));
    assert_eq!(row["year"], json!(1970));
    assert_eq!(row["plotlens"]["scores"][0][0], json!(0.1));
}

/// What becomes of the saved report when one of its values is another.
fn with(line: usize, pointer: &str, value: Value) -> ErrorKind {
    let mut file: Vec<Value> = serde_json::from_str(&labelled().save(&setting())).unwrap();
    *file[line].pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer}")) = value;
    match saved(serde_json::to_string(&file).unwrap()) {
        Err(kind) => kind,
        Ok(_) => panic!("{pointer} is taken"),
    }
}

#[test]
fn another_version_or_other_genres_are_told_as_such() {
    assert_eq!(with(0, "/plotlens/version", 2.into()), ErrorKind::ReportVersion);
    assert_eq!(with(0, "/plotlens/version", json!([])), ErrorKind::ReportVersion);
    assert_eq!(with(0, "/plotlens/genres/0", "Noir".into()), ErrorKind::ReportModels);
    assert_eq!(with(0, "/plotlens/predictors", json!(["keywords"])), ErrorKind::ReportModels);
}

#[test]
fn what_was_changed_is_refused() {
    for (pointer, value) in [
        ("/plotlens/setting/thresholds/0", json!([0.1, 0.2])),
        ("/plotlens/setting/thresholds/0/0", json!(1.5)),
        ("/plotlens/setting/thresholds/0/0", json!(-1e-9)),
        ("/plotlens/setting/thresholds/0/0", json!("0.5")),
        ("/plotlens/ownThresholds", json!([])),
        ("/plotlens/setting/without", json!(3)),
        ("/plotlens/setting/without", json!(-1)),
        ("/plotlens/setting/model", json!(2)),
        ("/plotlens/columns/text", Value::Null),
        ("/plotlens/rows", json!(6)),
        ("/plotlens/rows", json!(4)),
        ("/plotlens/rows", json!(u64::MAX)),
        ("/plotlens/leftOut", json!(u64::MAX)),
        ("/plotlens/unknown", json!(0)),
        ("/plotlens/models", Value::Null),
    ] {
        assert_eq!(with(0, pointer, value), ErrorKind::ReportDamaged, "{pointer}");
    }
    let last = 1 + 2 + 1 + 4; // the head, the lines left out, the unknown name, rows
    for (pointer, value) in [
        ("/plotlens/scores/0", json!([0.1])),
        ("/plotlens/scores/1/2", json!(1e39)),
        ("/plotlens/scores/1/2", json!(-0.5)),
        ("/plotlens/scores", json!([])),
        ("/plotlens/scores", json!("1")),
        ("/plotlens/kind", json!("leftOut")),
        ("/plotlens/kind", json!("more")),
        ("/plotlens", Value::Null),
        ("/plot", json!("")),
        ("/genre", json!(["Talk-Show"])),
    ] {
        assert_eq!(with(last, pointer, value), ErrorKind::ReportDamaged, "{pointer}");
    }
    let headless = labelled().save(&setting()).replacen("\"version\":1", "\"version\":1:", 1);
    assert_eq!(saved(headless).err(), Some(ErrorKind::ReportDamaged));
}

#[test]
fn a_report_that_is_cut_is_refused_wherever_it_is_cut() {
    let file = labelled().save(&setting());
    let end = file.rfind("\n{").unwrap();
    let head = file.find(",\n").unwrap();
    for at in (0..end - 1).filter(|&at| file.is_char_boundary(at)) {
        let kind = saved(file[..at].to_string()).err();
        // Where not even the head is whole nothing tells what it was.
        let expected = if at < head { ErrorKind::FileInvalid } else { ErrorKind::ReportDamaged };
        assert_eq!(kind, Some(expected), "{at}: {:?}", &file[..at]);
    }
}
