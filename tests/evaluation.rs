//! What is measured of a file, against scikit-learn and numpy (see
//! reference/make_evaluation.py).

use plotlens::classify::Predictor;
use plotlens::evaluate::{
    Evaluation, Intervals, LabelledRow, Order, Query, Thresholds, spectral_order,
};
use plotlens::genre::{GenreSet, Labels};
use serde_json::Value;

const ROWS: usize = 2000;
const GENRES: usize = 21;

/// SplitMix64's output function.
fn mix(n: u64) -> u64 {
    let mut z = n.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn at(row: usize, genre: usize, salt: usize) -> usize {
    (mix((row * 1000 + genre * 10 + salt) as u64) % 1000) as usize
}

fn evaluation() -> (Evaluation, Thresholds) {
    let names = (0..GENRES).map(|genre| format!("genre {genre}")).collect();
    let genres = GenreSet::new(names).unwrap();
    let numbers = ["year", "always 7"].map(String::from);
    let mut evaluation = Evaluation::new(genres, vec![Predictor::Keywords], &numbers);
    let all: Labels = (0..GENRES).collect();
    for row in 0..ROWS {
        let has = |&genre: &usize| at(row, genre, 0) + at(row, genre, 1) > 1350 + 25 * genre;
        let mut labels: Labels = (0..GENRES).filter(has).collect();
        if labels.is_empty() {
            labels.insert(row % GENRES);
        }
        let year = if at(row, 1, 3) < 100 { f32::NAN } else { (1900 + at(row, 0, 3) % 120) as f32 };
        let (text, numbers) = ("word ".repeat(1 + at(row, 0, 2)), vec![year, 7.0]);
        evaluation.push(&LabelledRow { labels, text, numbers, ..Default::default() }, all);
        let score = |genre| (at(row, genre, 0) as f64 / 1000.0) as f32;
        evaluation.set(row, &(0..GENRES).map(score).collect::<Vec<_>>());
    }
    let threshold = |genre| ((600 + 10 * genre) as f64 / 1000.0) as f32;
    (evaluation, Thresholds(vec![(0..GENRES).map(threshold).collect()]))
}

fn expected() -> Value {
    serde_json::from_str(include_str!("reference/evaluation.json")).unwrap()
}

/// Every number in `expected` is in `actual` at the same place.
fn check(actual: &Value, expected: &Value, path: &str) {
    match expected {
        Value::Object(fields) => {
            fields
                .iter()
                .for_each(|(name, own)| check(&actual[name], own, &format!("{path}.{name}")));
        }
        Value::Array(items) => {
            let places = items.iter().enumerate();
            places.for_each(|(i, own)| check(&actual[i], own, &format!("{path}[{i}]")));
        }
        Value::Null => assert!(actual.is_null(), "{path}: {actual} is not nothing"),
        expected => {
            let (actual, expected) = (actual.as_f64().unwrap(), expected.as_f64().unwrap());
            assert!((actual - expected).abs() < 1e-9, "{path}: {actual} is not {expected}");
        }
    }
}

#[test]
fn two_thousand_rows_are_measured_as_scikit_learn_measures_them() {
    let (evaluation, thresholds) = evaluation();
    let (view, expected) = (evaluation.view(None), expected());
    let decisions = view.decisions(&thresholds);
    let own = serde_json::to_value(&decisions.models[0]).unwrap();
    check(&own["metrics"], &expected["metrics"], "metrics");
    for name in ["replaced", "lengths", "numbers"] {
        check(&own[name], &expected[name], name);
    }
    check(&own["onlyMissed"], &expected["only_missed"], "only missed");
    check(&own["falsePositives"], &expected["false_positives"], "false positives");
    check(&own["falseNegatives"], &expected["false_negatives"], "false negatives");
    let lengths = own["lengths"].as_array().unwrap();
    assert_eq!((lengths.len(), &lengths[8]["to"]), (10, &800.into()));
    assert!(lengths[9]["to"].is_null());
    let curves = serde_json::to_value(view.curves()).unwrap();
    check(&curves["together"], &expected["together"], "together");
    check(&curves["correlations"], &expected["correlations"], "correlations");
    let own = &curves["models"][0];
    check(&own["correlations"], &expected["genre_correlations"], "correlations with genres");
    check(&own["reliability"], &expected["reliability"], "reliability");
    check(&own["reliabilityOf"][7], &expected["reliability_of_7"], "reliability of genre 7");
}

#[test]
fn rows_are_listed_from_the_most_remarkable() {
    let (evaluation, thresholds) = evaluation();
    let (view, expected) = (evaluation.view(None), &expected()["hits"]);
    let outcome = |there| Query::Outcome { genre: 4, there, chosen: !there };
    for (name, query) in [
        ("missed_4", outcome(true)),
        ("wrong_4", outcome(false)),
        ("missed_2_chosen_5", Query::Replaced { missed: 2, chosen: 5 }),
        ("only_missed_2", Query::OnlyMissed { missed: 2 }),
        ("both_there_1_2", Query::BothThere { a: 1, b: 2 }),
        ("both_chosen_1_2", Query::BothChosen { a: 1, b: 2 }),
    ] {
        let hits = serde_json::to_value(view.hits(0, &thresholds, query, 50)).unwrap();
        assert_eq!(hits.as_array().unwrap().len(), expected[name].as_array().unwrap().len());
        check(&hits, &expected[name], name);
    }
    let few = view.hits(0, &thresholds, outcome(true), 3);
    assert_eq!(few[..], view.hits(0, &thresholds, outcome(true), 50)[..3]);
    let beyond = Query::Outcome { genre: GENRES, there: true, chosen: true };
    assert!(view.hits(0, &thresholds, beyond, 50).is_empty());
    assert!(view.hits(1, &thresholds, outcome(true), 50).is_empty());
}

#[test]
fn genres_are_ordered_as_numpys_singular_vectors_are() {
    let (evaluation, _) = evaluation();
    let order = evaluation.view(None).curves().together_order;
    for (own, name) in [(order.rows, "rows"), (order.columns, "columns")] {
        let listed = expected()["together_order"][name].clone();
        let listed: Vec<usize> = serde_json::from_value(listed).unwrap();
        assert_eq!(own, listed, "{name}");
    }
}

#[test]
fn blocks_stand_together_and_what_has_no_count_comes_last() {
    let counts = vec![vec![5, 0, 5, 0], vec![0, 0, 0, 0], vec![5, 0, 5, 1], vec![0, 0, 1, 9]];
    let Order { rows, columns } = spectral_order(&counts);
    assert_eq!((rows[3], columns[3]), (1, 1));
    // The third is alone at one end.
    assert!(rows[0] == 3 || rows[2] == 3, "{rows:?}");
    assert!(columns[0] == 3 || columns[2] == 3, "{columns:?}");
}

#[test]
fn the_order_does_not_depend_on_how_the_genres_are_numbered() {
    let (evaluation, _) = evaluation();
    let counts = evaluation.view(None).curves().together;
    let order = spectral_order(&counts);
    for shift in 1..GENRES {
        let turned = |i: usize| (i + shift) % GENRES;
        let mut shifted = vec![vec![0; GENRES]; GENRES];
        for (a, row) in counts.iter().enumerate() {
            row.iter().enumerate().for_each(|(b, count)| shifted[turned(a)][turned(b)] = *count);
        }
        let expected: Vec<usize> = order.rows.iter().map(|&row| turned(row)).collect();
        assert_eq!(spectral_order(&shifted).rows, expected, "shifted by {shift}");
    }
}

#[test]
fn what_goes_with_itself_alone_is_still_a_whole_order() {
    let mut rows = spectral_order(&[vec![2, 0, 0], vec![0, 2, 0], vec![0, 0, 2]]).rows;
    rows.sort_unstable();
    assert_eq!(rows, [0, 1, 2]);
    assert_eq!(spectral_order(&[]), Order::default());
}

#[test]
fn every_count_is_the_number_of_rows_behind_it() {
    let (evaluation, thresholds) = evaluation();
    let view = evaluation.view(None);
    let decisions = view.decisions(&thresholds);
    let own = &decisions.models[0];
    let count = |query| view.hits(0, &thresholds, query, usize::MAX).len() as u64;
    for genre in 0..GENRES {
        let counts = own.metrics.per_genre[genre].counts;
        let outcome = |there, chosen| count(Query::Outcome { genre, there, chosen });
        assert_eq!(outcome(true, true), counts.tp);
        assert_eq!(outcome(false, true), counts.fp);
        assert_eq!(outcome(true, false), counts.fn_);
        assert_eq!(outcome(false, false), counts.tn);
        assert_eq!(count(Query::OnlyMissed { missed: genre }), own.only_missed[genre]);
        let other = (genre + 5) % GENRES;
        let replaced = count(Query::Replaced { missed: genre, chosen: other });
        assert_eq!(replaced, own.replaced[genre][other]);
        assert_eq!(count(Query::BothChosen { a: genre, b: other }), own.together[genre][other]);
    }
}

#[test]
fn without_a_genre_is_as_if_it_had_never_been() {
    let (evaluation, thresholds) = evaluation();
    let view = evaluation.view(Some(3));
    let decisions = view.decisions(&thresholds);
    assert_eq!(decisions.without.as_deref(), Some("genre 3"));
    assert_eq!(decisions.genres.len(), GENRES - 1);
    assert_eq!(decisions.rows + decisions.left_out, ROWS);
    let all = evaluation.view(None).decisions(&thresholds);
    let (own, all) = (&decisions.models[0].metrics, &all.models[0].metrics);
    // A genre's average precision depends on that genre alone, but for rows left out.
    assert_eq!(own.per_genre[3].support, all.per_genre[4].support);
    assert!(own.per_genre.iter().all(|genre| genre.counts.tp + genre.counts.fn_ == genre.support));
}

#[test]
fn intervals_hold_what_is_measured() {
    let (evaluation, thresholds) = evaluation();
    let view = evaluation.view(None);
    let mut intervals = Intervals::new(&view);
    assert_eq!(intervals.drawn(), 0);
    intervals.draw(&view, &thresholds, 60);
    intervals.draw(&view, &thresholds, 40);
    assert_eq!((intervals.drawn(), intervals.of_each().len()), (100, 1));
    let measured = serde_json::to_value(&view.decisions(&thresholds).models[0]).unwrap();
    assert!(intervals.of_each()[0].iter().any(|interval| interval.metric == "samples.jaccard"));
    for interval in &intervals.of_each()[0] {
        let pointer = format!("/metrics/{}", interval.metric.replace('.', "/"));
        let value = measured.pointer(&pointer).unwrap().as_f64().unwrap();
        let holds = interval.low < value && value < interval.high;
        // Resampled rows are calibrated worse than all of them.
        assert!(holds || interval.metric == "ece", "{interval:?} {value}");
    }
}

#[test]
fn without_scored_rows_there_is_nothing() {
    let genres = GenreSet::new(vec!["War".into()]).unwrap();
    let mut evaluation = Evaluation::new(genres, vec![Predictor::Keywords], &[]);
    assert!(evaluation.is_empty() && evaluation.view(None).is_empty());
    let war: Labels = [0].into_iter().collect();
    evaluation.push(&LabelledRow { labels: war, ..Default::default() }, war);
    assert!(!evaluation.is_empty() && evaluation.view(None).is_empty());
    evaluation.set(0, &[0.5, 0.5]);
    assert!(!evaluation.is_scored(0));
    evaluation.set(0, &[0.5]);
    assert_eq!(evaluation.scores(0), Some(vec![0.5]));
    let view = evaluation.view(None);
    assert!(!view.is_empty());
    let lengths = &view.decisions(&Thresholds(vec![])).models[0].lengths;
    assert_eq!(lengths.iter().map(|bin| (bin.from, bin.n)).collect::<Vec<_>>(), [(0, 1)]);
}
