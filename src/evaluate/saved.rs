//! A measured file as it is saved, to be opened again without being scored.
//!
//! It is one JSON array of objects, so that it is read as any labelled file is: the
//! [`Head`], a [`SavedLine`] each, and at last the report, which is for other
//! programs. Every row keeps the columns that it came with.

use std::io::Read;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::columns::{Columns, MOST_NUMBERS};
use super::curves::Curves;
use super::decisions::Decisions;
use super::evaluation::Thresholds;
use super::read::{SkippedRow, Table};
use super::records::{Place, Record};
use super::row::LabelledRow;
use crate::classify::Predictor;
use crate::error::{Error, ErrorKind, Result};
use crate::genre::{GenreSet, Labels};
use crate::metrics::Interval;

/// The key of what is ours in every object.
const KEY: &str = "plotlens";
/// The only version that is read and written.
const VERSION: u32 = 1;

/// What a saved report says before its rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Head {
    /// The labelled file's name.
    pub file: String,
    /// SHA-256 of the manifest of the models that scored it.
    pub models: String,
    /// Whose scores these are, in their order.
    pub predictors: Vec<Predictor>,
    /// The genres, in the order of every vector.
    pub genres: Vec<String>,
    /// The thresholds that the models came with.
    pub own_thresholds: Thresholds,
    /// The columns that are read.
    pub columns: Columns,
    /// Under what it was measured.
    pub setting: Setting,
    /// How many rows follow.
    pub rows: usize,
    /// How many lines that could not be used.
    pub left_out: usize,
    /// How many names that mean no genre.
    pub unknown: usize,
}

/// What moves a report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Setting {
    /// By predictor and genre.
    pub thresholds: Thresholds,
    /// The place of the genre that is left out.
    pub without: Option<usize>,
    /// The thresholds were tuned on this very file.
    pub tuned: bool,
    /// The place of the predictor that is shown.
    pub model: usize,
}

/// One of the things that follow a [`Head`].
#[derive(Clone, Debug, PartialEq)]
pub enum SavedLine {
    /// A row, and what is said of it.
    Row(Box<LabelledRow>, Said),
    /// A line that could not be used.
    LeftOut(SkippedRow),
    /// A name that means no genre, and in how many rows it stands.
    Unknown(String, usize),
}

/// What the models say of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Said {
    /// They were not asked.
    Nothing,
    /// Their probabilities, `[predictors, genres]`.
    Scores(Vec<f32>),
    /// Why they cannot read it.
    Refused(String),
}

/// What is ours of a [`SavedLine`].
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
enum Note {
    Row {
        line: u64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        scores: Option<Vec<Vec<f32>>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        refused: Option<String>,
    },
    LeftOut {
        line: u64,
        why: String,
    },
    Unknown {
        name: String,
        rows: usize,
    },
}

#[derive(Serialize)]
struct Versioned<'a> {
    version: u32,
    #[serde(flatten)]
    head: &'a Head,
}

#[derive(Serialize)]
struct Written<'a, T> {
    plotlens: &'a T,
    #[serde(flatten)]
    cells: Map<String, Value>,
}

impl Head {
    /// The head that a file starts with, where it is a saved report.
    ///
    /// # Errors
    /// [`ErrorKind::ReportVersion`], [`ErrorKind::ReportDamaged`], and
    /// [`ErrorKind::ReportModels`] where it is of other genres or predictors.
    pub fn of<R: Read>(
        table: &Table<R>,
        genres: &GenreSet,
        predictors: &[Predictor],
    ) -> Result<Option<Self>> {
        let Some(own) = table.first().and_then(ours) else {
            let rest = table.sample();
            return match rest.iter().filter_map(ours).any(|own| own.get("kind").is_some()) {
                true => Err(damaged("its first line is missing")),
                false => Ok(None),
            };
        };
        match own.get("version") {
            None => return Ok(None),
            Some(version) if *version != VERSION => {
                return Err(Error::new(
                    ErrorKind::ReportVersion,
                    "This report was saved by another version of PlotLens; open its labelled file instead.",
                ));
            }
            Some(_) => {}
        }
        let head: Self = serde_json::from_value(own.clone())
            .map_err(|cause| damaged("its first line cannot be read").caused_by(cause))?;
        if head.genres != genres.names() || head.predictors != predictors {
            return Err(Error::new(
                ErrorKind::ReportModels,
                "This report is of models with other genres than this page’s; open its labelled file instead.",
            ));
        }
        head.check()?;
        Ok(Some(head))
    }

    fn check(&self) -> Result<()> {
        let genres = self.genres.len();
        let fits = |Thresholds(all): &Thresholds| {
            all.len() == self.predictors.len()
                && all.iter().all(|own| own.len() == genres && own.iter().all(is_share))
        };
        let setting = &self.setting;
        let whole = fits(&self.own_thresholds)
            && fits(&setting.thresholds)
            && setting.without.is_none_or(|genre| genre < genres)
            && setting.model < self.predictors.len()
            && self.columns.text.is_some()
            && self.columns.genres.is_some()
            && self.columns.numbers.len() <= MOST_NUMBERS;
        if whole { Ok(()) } else { Err(damaged("its settings cannot be used")) }
    }

    /// As the beginning of the file.
    pub fn write(&self) -> String {
        "[\n".to_string() + &write(&Versioned { version: VERSION, head: self }, Map::new())
    }

    /// How many [`SavedLine`]s follow.
    fn lines(&self) -> Option<usize> {
        self.rows.checked_add(self.left_out)?.checked_add(self.unknown)
    }
}

impl SavedLine {
    /// As the next object of the file.
    pub fn write(&self, columns: &Columns, genres: &GenreSet) -> String {
        let object = match self {
            Self::Row(row, said) => {
                let of_each = |scores: &Vec<f32>| {
                    scores.chunks(genres.len().max(1)).map(<[f32]>::to_vec).collect()
                };
                let (scores, refused) = match said {
                    Said::Nothing => (None, None),
                    Said::Scores(scores) => (Some(of_each(scores)), None),
                    Said::Refused(why) => (None, Some(why.clone())),
                };
                let note = Note::Row { line: row.line, scores, refused };
                write(&note, cells(row, columns, genres.names()))
            }
            Self::LeftOut(SkippedRow { line, why }) => {
                write(&Note::LeftOut { line: *line, why: why.clone() }, Map::new())
            }
            Self::Unknown(name, rows) => {
                write(&Note::Unknown { name: name.clone(), rows: *rows }, Map::new())
            }
        };
        ",\n".to_string() + &object
    }
}

/// The end of the file: the report, which is not read again. Its numbers are written
/// as any program has them that reads them in double precision.
pub fn write_end(decisions: &Decisions, curves: &Curves, intervals: &[Vec<Interval>]) -> String {
    let end = json!({ "decisions": decisions, "curves": curves, "intervals": intervals });
    format!(",\n{end}\n]\n")
}

/// The cells of a row under the names of its columns. Where one column has two
/// meanings the plainest form, which serves both, is written last.
fn cells(row: &LabelledRow, columns: &Columns, genres: &[String]) -> Map<String, Value> {
    let names = |labels: Labels| -> Value {
        let own = genres.iter().enumerate().filter(|(genre, _)| labels.contains(*genre));
        own.map(|(_, name)| Value::from(name.as_str())).collect()
    };
    let text = |text: &Option<String>| text.as_deref().map(Value::from);
    let of_roles = [
        (&columns.genres, Some(names(row.labels))),
        (&columns.augmented, Some(names(row.augmented))),
        (&columns.maybe_missing, Some(names(row.maybe_missing))),
        (&columns.capped, Some(row.capped.into())),
    ];
    let of_roles = of_roles.into_iter().filter_map(|(column, cell)| Some((column.clone()?, cell)));
    let numbers = columns.numbers.iter().cloned().zip(row.numbers.iter().map(|&n| number(n)));
    let of_texts = [
        (&columns.source, text(&row.source)),
        (&columns.id, text(&row.id)),
        (&columns.title, text(&row.title)),
        (&columns.text, Some(row.text.as_str().into())),
    ];
    let of_texts = of_texts.into_iter().filter_map(|(column, cell)| Some((column.clone()?, cell)));
    let all = of_roles.chain(numbers).chain(of_texts);
    all.filter_map(|(column, cell)| Some((column, cell?))).collect()
}

/// A whole number without a point, so that it is a name or a flag as well.
fn number(number: f32) -> Option<Value> {
    let whole = number as i32;
    match number.is_finite() {
        true if whole as f32 == number => Some(whole.into()),
        finite => finite.then(|| number.into()),
    }
}

fn write<T: Serialize>(own: &T, cells: Map<String, Value>) -> String {
    // Text and numbers under names: nothing of it can fail.
    serde_json::to_string(&Written { plotlens: own, cells }).unwrap_or_default()
}

/// The lines of a saved report, as many as its head announces.
#[derive(Debug)]
pub struct SavedLines {
    head: Head,
    /// Still to come.
    rows: usize,
    others: usize,
}

impl SavedLines {
    /// What follows a head; passes over the head itself.
    ///
    /// # Errors
    /// [`ErrorKind::ReportDamaged`], [`ErrorKind::Io`].
    pub fn new<R: Read>(head: Head, table: &mut Table<R>) -> Result<Self> {
        table.next_record()?;
        let lines = head.lines().ok_or_else(|| damaged("its settings cannot be used"))?;
        Ok(Self { rows: head.rows, others: lines - head.rows, head })
    }

    /// The next one; none when all were read.
    ///
    /// # Errors
    /// [`ErrorKind::ReportDamaged`], [`ErrorKind::Io`].
    pub fn next<R: Read>(
        &mut self,
        table: &mut Table<R>,
        genres: &GenreSet,
    ) -> Result<Option<(Place, SavedLine)>> {
        if self.rows == 0 && self.others == 0 {
            return match table.next_record()? {
                Some((_, Ok(more))) if ours(&more).is_some() => {
                    Err(damaged("it has more rows than it says"))
                }
                _ => Ok(None),
            };
        }
        let (place, record) =
            table.next_record()?.ok_or_else(|| damaged("it ends before its last row"))?;
        let line = place.line;
        let unusable = || damaged(format!("its line {line} cannot be used"));
        let record = record.map_err(|_| unusable())?;
        let note = ours(&record).ok_or_else(unusable)?;
        let note = serde_json::from_value(note.clone());
        let saved = match note.map_err(|cause| unusable().caused_by(cause))? {
            Note::Row { line, scores, refused } => {
                let row = table.header().row(line, &record, &self.head.columns, genres);
                let said = match (scores, refused) {
                    (None, None) => Said::Nothing,
                    (Some(scores), None) if self.fits(&scores) => Said::Scores(scores.concat()),
                    (None, Some(why)) => Said::Refused(why),
                    _ => return Err(unusable()),
                };
                SavedLine::Row(Box::new(row.map_err(|_| unusable())?), said)
            }
            Note::LeftOut { line, why } => SavedLine::LeftOut(SkippedRow { line, why }),
            Note::Unknown { name, rows } => SavedLine::Unknown(name, rows),
        };
        let left = match saved {
            SavedLine::Row(..) => &mut self.rows,
            _ => &mut self.others,
        };
        *left = left.checked_sub(1).ok_or_else(unusable)?;
        Ok(Some((place, saved)))
    }

    fn fits(&self, scores: &[Vec<f32>]) -> bool {
        let genres = self.head.genres.len();
        scores.len() == self.head.predictors.len()
            && scores.iter().all(|own| own.len() == genres && own.iter().all(is_share))
    }
}

fn ours(record: &Record) -> Option<&Value> {
    match record {
        Record::Object(object) => object.get(KEY),
        Record::Cells(_) => None,
    }
}

fn is_share(number: &f32) -> bool {
    (0.0..=1.0).contains(number)
}

fn damaged(what: impl std::fmt::Display) -> Error {
    let message =
        format!("This saved report is damaged: {what}. Save it again, or open its labelled file.");
    Error::new(ErrorKind::ReportDamaged, message)
}
