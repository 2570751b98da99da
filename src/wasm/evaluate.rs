//! The boundary of the Evaluate view: a labelled file read row by row, scores in,
//! measures out.

use std::collections::BTreeMap;
use std::io::{self, Read};

use js_sys::{Error as JsError, Float32Array, Function, Uint8Array, Uint32Array};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::prelude::*;

use super::{Engine, to_js};
use crate::artefact::{Manifest, Predictor, decision_rule};
use crate::classify::{Ask, Plot};
use crate::error::{Error, ErrorKind, Result};
use crate::evaluate::{
    Columns, Evaluation, Format, Header, Intervals, LabelledRow, Place, Query, RowProblem,
    SkippedRow, Table, Thresholds, View, html, read_again, require,
};
use crate::genre::GenreSet;

/// Bytes asked of JavaScript at a time.
const PIECE: u64 = 1 << 18;
/// Skipped rows that are listed one by one.
const LISTED: usize = 1000;

#[wasm_bindgen]
impl Engine {
    /// A text's probabilities as `classify` gives them, `[models, genres]`: of
    /// DistilBERT, the keyword model and both.
    pub fn score(
        &self,
        text: String,
        title: Option<String>,
    ) -> std::result::Result<Float32Array, JsError> {
        let shared = &self.shared;
        let classifier = shared.classifier.borrow();
        let plot = Plot { title, text };
        let answer = classifier.classify(plot, Ask::All, &mut shared.workspace.borrow_mut());
        let answer = answer.map_err(to_js)?;
        let opinions = MODELS.iter().filter_map(|&model| answer.opinion(model));
        let scores: Vec<f32> = opinions.flat_map(|o| o.probabilities.iter().map(|p| p.0)).collect();
        Ok(Float32Array::from(scores.as_slice()))
    }
}

const MODELS: [Predictor; 3] = [Predictor::DistilBert, Predictor::Keywords, Predictor::Blend];

/// A file that JavaScript holds, read by `read(start, end)`.
struct Source {
    read: Function,
    at: u64,
    size: u64,
}

impl Source {
    fn slice(&self, start: u64, end: u64) -> io::Result<Vec<u8>> {
        let [start, end] = [start, end].map(|offset| JsValue::from(offset as f64));
        let bytes = self.read.call2(&JsValue::NULL, &start, &end);
        let bytes = bytes.map_err(|cause| io::Error::other(format!("{cause:?}")))?;
        Ok(Uint8Array::new(&bytes).to_vec())
    }
}

impl Read for Source {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let end = (self.at + PIECE.min(buffer.len() as u64)).min(self.size);
        if end == self.at {
            return Ok(0);
        }
        let bytes = self.slice(self.at, end)?;
        buffer[..bytes.len()].copy_from_slice(&bytes);
        self.at += bytes.len() as u64;
        Ok(bytes.len())
    }
}

/// What a file says of its columns.
#[derive(Serialize)]
struct Opened<'a> {
    names: &'a [String],
    guess: Columns,
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
    genres: GenreSet,
    thresholds: Thresholds,
    file: Option<(String, u64, Function)>,
    reading: Option<Table<Source>>,
    format: Format,
    header: Header,
    columns: Columns,
    rows: Evaluation,
    places: Vec<Place>,
    skipped: Vec<SkippedRow>,
    unknown: BTreeMap<String, usize>,
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

    /// Looks into a file; `read(start, end)` gives its bytes.
    pub fn open(&mut self, name: String, size: f64, read: Function) -> JsResult<JsValue> {
        self.file = Some((name, size as u64, read));
        let table = self.table().map_err(to_js)?;
        let guess = Columns::guess(table.header(), &table.sample(), &self.genres);
        to_value(&Opened { names: &table.header().names, guess })
    }

    /// Starts to read the rows under such columns; whatever was there is gone.
    pub fn begin(&mut self, columns: JsValue) -> JsResult<()> {
        self.columns = from_value(columns)?;
        require(&self.columns).map_err(to_js)?;
        let table = self.table().map_err(to_js)?;
        (self.format, self.header) = (table.format(), table.header().clone());
        self.reading = Some(table);
        self.rows = Evaluation::new(self.genres.clone(), MODELS.to_vec(), &self.columns.numbers);
        self.places.clear();
        self.skipped.clear();
        self.unknown.clear();
        self.view = None;
        Ok(())
    }

    /// Reads so many records more; true when none is left.
    pub fn advance(&mut self, records: usize) -> JsResult<bool> {
        let Some(table) = &mut self.reading else { return Ok(true) };
        for _ in 0..records {
            let next = table.next_row(&self.columns, &self.genres).map_err(to_js)?;
            let Some((place, row)) = next else {
                self.reading = None;
                return Ok(true);
            };
            match row {
                Ok(row) => {
                    self.rows.push(&row, row.known(row.labels, &self.genres));
                    self.places.push(place);
                    for name in row.unknown {
                        *self.unknown.entry(name).or_default() += 1;
                    }
                }
                Err(problem) => {
                    if let RowProblem::UnknownGenre(name) = &problem {
                        *self.unknown.entry(name.clone()).or_default() += 1;
                    }
                    self.skipped.push(SkippedRow { line: place.line, why: problem.to_string() });
                }
            }
        }
        Ok(false)
    }

    /// Usable rows so far.
    #[wasm_bindgen(getter)]
    pub fn rows(&self) -> usize {
        self.rows.len()
    }

    /// Rows with scores.
    #[wasm_bindgen(getter)]
    pub fn scored(&self) -> usize {
        self.rows.scored()
    }

    /// Rows that cannot be used, and names that mean no genre.
    pub fn problems(&self) -> JsResult<JsValue> {
        to_value(&Problems {
            skipped: &self.skipped[..self.skipped.len().min(LISTED)],
            skipped_count: self.skipped.len(),
            unknown: self.unknown.iter().collect(),
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
    pub fn take(&mut self, rows: Uint32Array, scores: Float32Array) {
        let (rows, scores) = (rows.to_vec(), scores.to_vec());
        let width = scores.len() / rows.len().max(1);
        for (row, scores) in rows.into_iter().zip(scores.chunks_exact(width.max(1))) {
            self.rows.set(row as usize, scores);
        }
        (self.view, self.drawing) = (None, None);
    }

    /// Notes that a row's text cannot be read.
    pub fn refuse(&mut self, row: usize, why: String) {
        let line = self.places.get(row).map_or(0, |place| place.line);
        self.skipped.push(SkippedRow { line, why });
        self.skipped.sort_by_key(|skipped| skipped.line);
    }

    /// The thresholds of the models, `[models, genres]`.
    pub fn thresholds(&self) -> JsResult<JsValue> {
        to_value(&self.thresholds)
    }

    /// All that follows from thresholds, one genre left out where one is named.
    pub fn decisions(&mut self, thresholds: JsValue, without: Option<usize>) -> JsResult<JsValue> {
        let thresholds: Thresholds = from_value(thresholds)?;
        to_value(&self.view(without).decisions(&thresholds))
    }

    /// All that does not.
    pub fn curves(&mut self, without: Option<usize>) -> JsResult<JsValue> {
        to_value(&self.view(without).curves())
    }

    /// Thresholds tuned on the file itself.
    pub fn tuned(&mut self, thresholds: JsValue, without: Option<usize>) -> JsResult<JsValue> {
        let thresholds: Thresholds = from_value(thresholds)?;
        to_value(&self.view(without).tuned(&thresholds))
    }

    /// Rows that a query means: their places, genre and probability.
    pub fn hits(
        &mut self,
        model: usize,
        thresholds: JsValue,
        without: Option<usize>,
        query: JsValue,
        most: usize,
    ) -> JsResult<JsValue> {
        let (thresholds, query): (Thresholds, Query) =
            (from_value(thresholds)?, from_value(query)?);
        to_value(&self.view(without).hits(model, &thresholds, query, most))
    }

    /// The whole report as one HTML page, with the intervals that were drawn.
    pub fn page(
        &mut self,
        name: &str,
        thresholds: JsValue,
        without: Option<usize>,
        tuned: bool,
    ) -> JsResult<String> {
        let thresholds: Thresholds = from_value(thresholds)?;
        let view = self.view(without);
        let (decisions, curves) = (view.decisions(&thresholds), view.curves());
        let drawing = self.drawing.as_ref().filter(|(own, _)| *own == thresholds);
        let intervals = drawing.map_or(Vec::new(), |(_, intervals)| intervals.of_each());
        let names = self.genres.names();
        let row = |row: u32| {
            let row = self.again(row as usize).ok()?;
            let own = names.iter().enumerate().filter(|(genre, _)| row.labels.contains(*genre));
            Some(html::ShownRow {
                line: row.line,
                genres: own.map(|(_, name)| name.clone()).collect(),
                title: row.title,
                text: row.text,
            })
        };
        Ok(html::page(&html::Story {
            file: name,
            decisions: &decisions,
            curves: &curves,
            intervals: &intervals,
            tuned,
            skipped: &self.skipped,
            row: &row,
        }))
    }

    /// Draws so many resamples more and gives each model's intervals.
    pub fn intervals(
        &mut self,
        thresholds: JsValue,
        without: Option<usize>,
        resamples: usize,
    ) -> JsResult<JsValue> {
        let thresholds: Thresholds = from_value(thresholds)?;
        self.view(without);
        let Some((_, view)) = &self.view else { return to_value(&()) };
        let drawing = match self.drawing.take().filter(|(own, _)| *own == thresholds) {
            Some(drawing) => drawing,
            None => (thresholds, Intervals::new(view)),
        };
        let (thresholds, intervals) = self.drawing.insert(drawing);
        intervals.draw(view, thresholds, resamples);
        to_value(&intervals.of_each())
    }
}

impl Evaluator {
    fn of(manifest: &str) -> Result<Self> {
        let manifest = Manifest::read(manifest)?;
        let genres = manifest.genre_set()?;
        let half = vec![0.5; genres.len()];
        let own = [
            manifest.distilbert.as_ref().map(|entry| &entry.thresholds),
            manifest.keywords.as_ref().map(|entry| &entry.thresholds),
            manifest.blend.as_ref().map(|entry| &entry.thresholds),
        ];
        let thresholds = own.map(|own| {
            let rule = own.map(|own| decision_rule(own));
            rule.map_or(half.clone(), |rule| rule.thresholds().iter().map(|t| t.0).collect())
        });
        Ok(Self {
            rows: Evaluation::new(genres.clone(), MODELS.to_vec(), &[]),
            genres,
            thresholds: Thresholds(thresholds.to_vec()),
            file: None,
            reading: None,
            format: Format::Json,
            header: Header { names: Vec::new() },
            columns: Columns::default(),
            places: Vec::new(),
            skipped: Vec::new(),
            unknown: BTreeMap::new(),
            view: None,
            drawing: None,
        })
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
        let place = self.places.get(row).ok_or_else(gone)?;
        let bytes = self.source()?.0.slice(place.bytes.start, place.bytes.end);
        let bytes = bytes.map_err(|cause| {
            Error::new(ErrorKind::Io, "The file cannot be read any more.").caused_by(cause)
        })?;
        let row = read_again(&bytes, self.format, &self.header, &self.columns, &self.genres)?;
        Ok(LabelledRow { line: place.line, ..row })
    }

    fn view(&mut self, without: Option<usize>) -> &View {
        if self.view.as_ref().is_none_or(|(own, _)| *own != without) {
            self.view = None;
            self.drawing = None;
        }
        let rows = &self.rows;
        &self.view.get_or_insert_with(|| (without, rows.view(without))).1
    }
}

fn to_value(value: &impl Serialize) -> JsResult<JsValue> {
    let serializer = serde_wasm_bindgen::Serializer::json_compatible();
    value.serialize(&serializer).map_err(|error| JsError::new(&error.to_string()))
}

fn from_value<T: DeserializeOwned>(value: JsValue) -> JsResult<T> {
    serde_wasm_bindgen::from_value(value).map_err(|error| JsError::new(&error.to_string()))
}
