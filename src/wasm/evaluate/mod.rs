//! The boundary of the Evaluate view: a labelled file read row by row, scores in,
//! measures out.

mod measures;
mod saved;
mod score;
mod source;

use js_sys::{Error as JsError, Float32Array, Function, Uint32Array};
use serde::Serialize;
use serde::de::DeserializeOwned;
use source::Source;
use wasm_bindgen::prelude::*;

use super::to_js;
use crate::artefact::{Manifest, Predictor, decision_rule, sha256};
use crate::error::{Error, ErrorKind, Result};
use crate::evaluate::{
    Columns, Evaluation, Format, Head, Header, Intervals, LabelledRow, Reading, Sheet, SkippedRow,
    Table, Thresholds, View, read_again, require,
};
use crate::genre::GenreSet;

/// Skipped rows that are listed one by one.
const LISTED: usize = 1000;

const MODELS: [Predictor; 3] = [Predictor::DistilBert, Predictor::Keywords, Predictor::Blend];

/// Who speaks for a model: itself, or those that are there in a folder without it.
fn stand_ins(model: Predictor) -> [Predictor; 3] {
    [model, Predictor::DistilBert, Predictor::Keywords]
}

/// What a file says of its columns; or the head of a saved report, and whether other
/// models scored it than these.
#[derive(Serialize)]
struct Opened<'a> {
    names: &'a [String],
    guess: Columns,
    saved: Option<&'a Head>,
    foreign: bool,
}

/// Rows that cannot be used, and names that mean no genre.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Problems<'a> {
    skipped: &'a [SkippedRow],
    skipped_count: usize,
    unknown: Vec<(&'a String, &'a usize)>,
}

/// One row, read again.
#[derive(Serialize)]
struct RowAnswer {
    line: u64,
    id: Option<String>,
    title: Option<String>,
    text: String,
    genres: Vec<String>,
}

/// A labelled file and what is measured of it.
#[wasm_bindgen]
pub struct Evaluator {
    /// SHA-256 of the manifest.
    models: String,
    genres: GenreSet,
    thresholds: Thresholds,
    file: Option<(String, u64, Function)>,
    /// The file's, where it is a saved report.
    head: Option<Head>,
    reading: Option<Reading<Source>>,
    format: Format,
    header: Header,
    columns: Columns,
    sheet: Sheet,
    view: Option<(Option<usize>, View)>,
    drawing: Option<(Thresholds, Intervals)>,
}

type JsResult<T> = std::result::Result<T, JsError>;

#[wasm_bindgen]
impl Evaluator {
    /// Takes the text of `manifest.json`: genres and thresholds are its.
    #[wasm_bindgen(constructor)]
    pub fn new(manifest: &str) -> JsResult<Evaluator> {
        Self::of(manifest).map_err(to_js)
    }

    /// SHA-256 of the manifest: the models' identity.
    #[wasm_bindgen(getter)]
    pub fn models(&self) -> String {
        self.models.clone()
    }

    /// Looks into a file; `read(start, end)` gives its bytes.
    pub fn open(&mut self, name: String, size: f64, read: Function) -> JsResult<JsValue> {
        self.file = Some((name, size as u64, read));
        self.head = None;
        let table = self.table().map_err(to_js)?;
        self.head = Head::of(&table, &self.genres, &MODELS).map_err(to_js)?;
        if table.header().names().is_empty() {
            let message = "Nothing in this file can be read as rows; is it whole?";
            return Err(to_js(Error::new(ErrorKind::FileInvalid, message)));
        }
        let guess = Columns::guess(table.header(), &table.sample(), &self.genres);
        let saved = self.head.as_ref();
        let foreign = saved.is_some_and(|head| head.models != self.models);
        to_value(&Opened { names: table.header().names(), guess, saved, foreign })
    }

    /// Starts to read the rows, of a labelled file under such columns; whatever was
    /// there is gone.
    pub fn begin(&mut self, columns: JsValue) -> JsResult<()> {
        self.columns = match &self.head {
            Some(head) => head.columns.clone(),
            None => from_value(columns)?,
        };
        require(&self.columns).map_err(to_js)?;
        let table = self.table().map_err(to_js)?;
        (self.format, self.header) = (table.format(), table.header().clone());
        self.reading = Some(match &self.head {
            Some(head) => Reading::saved(head.clone(), table).map_err(to_js)?,
            None => Reading::labelled(table, self.columns.clone()),
        });
        let numbers = &self.columns.numbers;
        self.sheet = Sheet::new(Evaluation::new(self.genres.clone(), MODELS.to_vec(), numbers));
        self.view = None;
        Ok(())
    }

    /// Reads so many records more; true when none is left.
    pub fn advance(&mut self, records: usize) -> JsResult<bool> {
        let Some(reading) = &mut self.reading else { return Ok(true) };
        for _ in 0..records {
            if !self.sheet.advance(reading).map_err(to_js)? {
                self.reading = None;
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Usable rows so far.
    #[wasm_bindgen(getter)]
    pub fn rows(&self) -> usize {
        self.sheet.rows.len()
    }

    /// Rows with scores.
    #[wasm_bindgen(getter)]
    pub fn scored(&self) -> usize {
        self.sheet.rows.scored()
    }

    /// Rows that cannot be used, and names that mean no genre.
    pub fn problems(&self) -> JsResult<JsValue> {
        let skipped = self.sheet.left_out();
        to_value(&Problems {
            skipped: &skipped[..skipped.len().min(LISTED)],
            skipped_count: skipped.len(),
            unknown: self.sheet.unknown.iter().collect(),
        })
    }

    /// One row, read again from the file.
    pub fn row(&self, row: usize) -> JsResult<JsValue> {
        let row = self.again(row).map_err(to_js)?;
        let names = self.genres.names().iter().enumerate();
        let genres = names.filter(|(genre, _)| row.labels.contains(*genre));
        to_value(&RowAnswer {
            line: row.line,
            genres: genres.map(|(_, name)| name.clone()).collect(),
            id: row.id,
            title: row.title,
            text: row.text,
        })
    }

    /// Takes the probabilities of some rows, `[rows, models, genres]`.
    pub fn take(&mut self, rows: Uint32Array, scores: Float32Array) -> JsResult<()> {
        let (rows, scores) = (rows.to_vec(), scores.to_vec());
        let width = MODELS.len() * self.genres.len();
        if scores.len() != rows.len() * width {
            let message = "These scores are not of as many models and genres.";
            return Err(to_js(Error::new(ErrorKind::ModelMissing, message)));
        }
        for (row, scores) in rows.into_iter().zip(scores.chunks_exact(width)) {
            self.sheet.rows.set(row as usize, scores);
        }
        (self.view, self.drawing) = (None, None);
        Ok(())
    }

    /// Notes that a row's text cannot be read.
    pub fn refuse(&mut self, row: usize, why: String) {
        self.sheet.refuse(row, why);
    }

    /// For each row whether it needs no scoring any more.
    pub fn settled(&self) -> Vec<u8> {
        (0..self.sheet.rows.len()).map(|row| self.sheet.is_settled(row).into()).collect()
    }

    /// The names of the genres, in the order of every vector.
    pub fn genres(&self) -> Vec<String> {
        self.genres.names().to_vec()
    }

    /// The thresholds that the models came with, `[models, genres]`.
    pub fn thresholds(&self) -> JsResult<JsValue> {
        to_value(self.own_thresholds())
    }
}

impl Evaluator {
    fn of(json: &str) -> Result<Self> {
        let manifest = Manifest::read(json)?;
        let genres = manifest.genre_set()?;
        let own = |model| match model {
            Predictor::DistilBert => manifest.distilbert.as_ref().map(|entry| &entry.thresholds),
            Predictor::Keywords => manifest.keywords.as_ref().map(|entry| &entry.thresholds),
            Predictor::Blend => manifest.blend.as_ref().map(|entry| &entry.thresholds),
        };
        let half = vec![0.5; genres.len()];
        let thresholds = MODELS.map(|model| {
            let rule = stand_ins(model).into_iter().find_map(own).map(|own| decision_rule(own));
            rule.map_or(half.clone(), |rule| rule.thresholds().iter().map(|t| t.0).collect())
        });
        Ok(Self {
            models: sha256(json.as_bytes()),
            sheet: Sheet::new(Evaluation::new(genres.clone(), MODELS.to_vec(), &[])),
            genres,
            thresholds: Thresholds(thresholds.to_vec()),
            file: None,
            head: None,
            reading: None,
            format: Format::Json,
            header: Header::default(),
            columns: Columns::default(),
            view: None,
            drawing: None,
        })
    }

    fn own_thresholds(&self) -> &Thresholds {
        self.head.as_ref().map_or(&self.thresholds, |head| &head.own_thresholds)
    }

    fn source(&self) -> Result<(Source, Format)> {
        let none = || Error::new(ErrorKind::FileInvalid, "Choose a file first.");
        let (name, size, read) = self.file.as_ref().ok_or_else(none)?;
        let format = Format::of(name).ok_or_else(|| {
            let message = format!("{name} is not .csv, .tsv, .jsonl or .json (or .gz of these).");
            Error::new(ErrorKind::FileInvalid, message)
        })?;
        Ok((Source { read: read.clone(), at: 0, size: *size }, format))
    }

    fn table(&self) -> Result<Table<Source>> {
        let (source, format) = self.source()?;
        Table::open(source, format)
    }

    fn again(&self, row: usize) -> Result<LabelledRow> {
        let gone = || Error::new(ErrorKind::FileInvalid, "There is no such row.");
        let place = self.sheet.places.get(row).ok_or_else(gone)?;
        let bytes = self.source()?.0.slice(place.bytes.start, place.bytes.end);
        let bytes = bytes.map_err(|cause| {
            Error::new(ErrorKind::Io, "The file cannot be read any more.").caused_by(cause)
        })?;
        let row = read_again(&bytes, self.format, &self.header, &self.columns, &self.genres)?;
        Ok(LabelledRow { line: place.line, ..row })
    }
}

fn to_value(value: &impl Serialize) -> JsResult<JsValue> {
    let serializer = serde_wasm_bindgen::Serializer::json_compatible();
    value.serialize(&serializer).map_err(|error| JsError::new(&error.to_string()))
}

fn from_value<T: DeserializeOwned>(value: JsValue) -> JsResult<T> {
    serde_wasm_bindgen::from_value(value).map_err(|error| JsError::new(&error.to_string()))
}
