//! What is measured of the rows.

use wasm_bindgen::prelude::*;

use super::{Evaluator, JsResult, from_value, to_value};
use crate::evaluate::{Intervals, Query, Thresholds, View, html};
use crate::metrics::Interval;

#[wasm_bindgen]
impl Evaluator {
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
        let intervals = self.drawn(&thresholds);
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
            skipped: &self.sheet.left_out(),
            row: &row,
        }))
    }

    /// Draws until there are so many resamples and gives each model's intervals.
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
        let more = resamples.saturating_sub(intervals.drawn());
        intervals.draw(view, thresholds, more);
        to_value(&intervals.of_each())
    }
}

impl Evaluator {
    /// The intervals that were drawn under such thresholds.
    pub(super) fn drawn(&self, thresholds: &Thresholds) -> Vec<Vec<Interval>> {
        let drawing = self.drawing.as_ref().filter(|(own, _)| own == thresholds);
        drawing.map_or(Vec::new(), |(_, intervals)| intervals.of_each())
    }

    pub(super) fn view(&mut self, without: Option<usize>) -> &View {
        if self.view.as_ref().is_none_or(|(own, _)| *own != without) {
            self.view = None;
            self.drawing = None;
        }
        let rows = &self.sheet.rows;
        &self.view.get_or_insert_with(|| (without, rows.view(without))).1
    }
}
