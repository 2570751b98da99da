"""Measures the shipped models on test and puts the tables into the model card.

Rewrites what stands between the two marks of www/model/README.md, and the plots
beside it.
"""

import argparse
import json
import subprocess
import tempfile
from pathlib import Path

import numpy as np

import corpus as corpora
import plots
from genres import GENRES
from reference import Reference, headline

BEGIN, END = "<!-- measured: written by train/card.py -->", "<!-- end of measured -->"

PROTOCOLS = {
    "clean": ["--skip-capped"],
    "listed": ["--sources", "rajugc,mikecolbert_imdb", "--no-mask"],
}
PREDICTORS = {"blend": "blend", "distilbert": "DistilBERT", "keywords": "keyword model"}

METRICS = [
    ("samples Jaccard", "samples.jaccard"),
    ("samples F1", "samples.f1"),
    ("micro F1", "micro.f1"),
    ("macro F1", "macro.f1"),
    ("weighted F1", "weighted.f1"),
    ("Hamming loss", "hamming"),
    ("exact match", "exact_match"),
    ("at least one right", "at_least_one"),
    ("at least two right", "at_least_two"),
    ("mAP", "map"),
    ("LRAP", "lrap"),
    ("ECE", "ece"),
]
FP32 = "DistilBERT, fp32 in onnxruntime"
HEADLINES = ["samples.jaccard", "map", "macro.f1", "ece"]


def evaluate(options, file, arguments):
    """The JSON reports by predictor, and the scores by line of the file."""
    with tempfile.TemporaryDirectory() as folder:
        report, scores = Path(folder) / "report.json", Path(folder) / "scores.jsonl"
        command = [options.plotlens, "evaluate", file, "--model", options.model]
        command += ["--predictor", "all", "--json", report, "--scores", scores, *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        lines = [json.loads(line) for line in scores.read_text().splitlines()]
        return json.loads(report.read_text()), {line["line"]: line for line in lines}


def value(report, path):
    for part in path.split("."):
        report = report[part]
    return report


def with_interval(report, path):
    bounds = next(i for i in report["intervals"] if i["metric"] == path)
    return f"{value(report, path):.3f} ({bounds['low']:.3f}–{bounds['high']:.3f})"


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def overall(reports):
    rows = [
        [name, *(with_interval(reports[predictor], path) for predictor in PREDICTORS)]
        for name, path in METRICS
    ]
    for name, metric in (("samples Jaccard", "jaccard"), ("macro F1", "macro_f1")):
        half = [f"{reports[predictor]['at_half'][metric]:.3f}" for predictor in PREDICTORS]
        rows.append([f"{name} at 0.5", *half])
    return table(["", *PREDICTORS.values()], rows)


def headlines(reports):
    names = {path: name for name, path in METRICS}
    rows = [
        [PREDICTORS[predictor], *(with_interval(reports[predictor], path) for path in HEADLINES)]
        for predictor in PREDICTORS
    ]
    return table(["", *(names[path] for path in HEADLINES)], rows)


def by_genre(report):
    numbers = ("precision", "recall", "f1", "ap")
    rows = [
        [
            genre["genre"],
            *(f"{genre[number]:.3f}" for number in numbers),
            str(genre["support"]),
            f"{genre['threshold']:.2f}",
        ]
        for genre in report["per_genre"]
    ]
    return table(["genre", "precision", "recall", "F1", "AP", "support", "threshold"], rows)


def truth(rows, masked):
    """Labels and masks, bool [n, 21], as a protocol has them."""
    has = np.array([[genre in row["genres"] for genre in GENRES] for row in rows])
    missing = np.array([[genre in row["maybe_missing"] for genre in GENRES] for row in rows])
    return has, ~missing | has if masked else np.ones_like(has)


def kept_map(model, protocol):
    """What the card says of fp32: mAP is the same under any thresholds, the rest is not."""
    card = (model / "README.md").read_text()
    row = next(line for line in card.splitlines() if line.startswith(f"| {FP32} |"))
    return row.split("|")[3 if protocol == "clean" else 6].strip()


def beside_others(options, rows, measured):
    """The majority answer, published figures and fp32 beside what is shipped."""
    fp32 = options.trained / "fp32.onnx"
    reference = None
    if fp32.exists():
        reference = Reference(fp32, options.trained, options.model)
    lines = {
        "Drama for every film": [],
        "published keyword model, its own split": ["", "", "", ".345", "", ""],
        "published DistilBERT, its own splits": ["", "", "", ".42–.44", "", ""],
        "keyword model": [],
        FP32: [],
        "DistilBERT, as shipped": [],
        "blend, as shipped": [],
    }
    for protocol, (reports, scores) in measured.items():
        chosen_rows = [rows[line - 1] for line in scores]
        has, known = truth(chosen_rows, masked=protocol == "clean")
        if reference is None:
            fp32_cells = ["", kept_map(options.model, protocol), ""]
        else:
            logits = np.stack([reference.logits(row["text"]) for row in chosen_rows])
            probabilities = 1 / (1 + np.exp(-reference.calibrated(logits)))
            measures = headline(has, known, reference.choose(probabilities), probabilities)
            fp32_cells = [f"{measures[metric]:.3f}" for metric in ("jaccard", "map", "macro_f1")]
        drama = np.zeros_like(has)
        drama[:, GENRES.index("Drama")] = True
        majority = headline(has, known, drama)
        lines["Drama for every film"] += [
            f"{majority['jaccard']:.3f}", "", f"{majority['macro_f1']:.3f}"
        ]  # fmt: skip
        lines[FP32] += fp32_cells
        for name, predictor in (
            ("keyword model", "keywords"),
            ("DistilBERT, as shipped", "distilbert"),
            ("blend, as shipped", "blend"),
        ):
            report = reports[predictor]
            paths = ("samples.jaccard", "map", "macro.f1")
            lines[name] += [f"{value(report, path):.3f}" for path in paths]
    head = ["", "clean Jaccard", "mAP", "macro F1", "listed Jaccard", "mAP", "macro F1"]
    return table(head, [[name, *cells] for name, cells in lines.items()])


def draw(options, rows, scores):
    """The plots of the clean protocol."""
    has, known = truth([rows[line - 1] for line in scores], masked=True)
    by_predictor = {
        predictor: np.array([line[predictor] for line in scores.values()])
        for predictor in PREDICTORS
    }
    for name, plot in (
        ("precision-recall", plots.precision_recall),
        ("reliability", plots.reliability),
    ):
        (options.model / f"{name}.svg").write_text(plot(has, known, by_predictor))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with test.jsonl.gz")
    parser.add_argument("--trained", type=Path, default=Path("target/train/second"))
    parser.add_argument("--model", type=Path, default=Path("www/model"))
    parser.add_argument("--plotlens", type=Path, default=Path("target/release/plotlens"))
    options = parser.parse_args()
    test = options.data / "test.jsonl.gz"
    rows = list(corpora.read_rows(test))
    parts, measured = [], {}
    for protocol, arguments in PROTOCOLS.items():
        reports, scores = evaluate(options, test, [*arguments, "--no-title"])
        titled, _ = evaluate(options, test, arguments)
        measured[protocol] = reports, scores
        if protocol == "clean":
            draw(options, rows, scores)
        n = reports["distilbert"]["n"]
        parts += [f"### {protocol.capitalize()} ({n:,} films)", overall(reports)]
        parts += ["With the title before the text:", headlines(titled)]
        for predictor, name in PREDICTORS.items():
            parts += [f"By genre, {protocol}, {name}:", by_genre(reports[predictor])]
    parts += ["### Beside others", beside_others(options, rows, measured)]
    reports, _ = evaluate(options, options.data / "test-long.jsonl.gz", ["--no-title"])
    n = reports["distilbert"]["n"]
    parts += [f"### Long texts ({n:,} films, `test-long`, all of them)", headlines(reports)]
    card = options.model / "README.md"
    before, rest = card.read_text().split(BEGIN)
    after = rest.split(END)[1]
    card.write_text(before + "\n\n".join([BEGIN, *parts, END]) + after)


if __name__ == "__main__":
    main()
