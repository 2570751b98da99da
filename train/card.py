"""Measures the shipped models on test and puts the tables into the model card.

Rewrites what stands between the two marks of www/model/README.md.
"""

import argparse
import json
import subprocess
import tempfile
from pathlib import Path

BEGIN, END = "<!-- measured: written by train/card.py -->", "<!-- end of measured -->"

PROTOCOLS = {
    "clean": ["--skip-capped"],
    "listed": ["--sources", "rajugc,mikecolbert_imdb", "--no-mask"],
}
PREDICTORS = {"distilbert": "DistilBERT", "keywords": "keyword model", "blend": "blend"}

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


def evaluate(options, predictor, protocol):
    """The JSON report of one predictor under one protocol."""
    with tempfile.NamedTemporaryFile(suffix=".json") as report:
        command = [options.plotlens, "evaluate", options.test, "--model", options.model]
        command += ["--predictor", predictor, "--json", report.name, *PROTOCOLS[protocol]]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        return json.loads(Path(report.name).read_text())


def value(report, path):
    for part in path.split("."):
        report = report[part]
    return report


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def overall(reports):
    rows = []
    for name, path in METRICS:
        cells = [name]
        for report in reports.values():
            bounds = next(i for i in report["intervals"] if i["metric"] == path)
            cells.append(f"{value(report, path):.3f} ({bounds['low']:.3f}–{bounds['high']:.3f})")
        rows.append(cells)
    half = [f"{report['at_half']['jaccard']:.3f}" for report in reports.values()]
    rows.append(["samples Jaccard at 0.5", *half])
    half = [f"{report['at_half']['macro_f1']:.3f}" for report in reports.values()]
    rows.append(["macro F1 at 0.5", *half])
    return table(["", *(PREDICTORS[name] for name in reports)], rows)


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


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--test", type=Path, required=True, help="test.jsonl.gz")
    parser.add_argument("--model", type=Path, default=Path("www/model"))
    parser.add_argument("--plotlens", type=Path, default=Path("target/release/plotlens"))
    options = parser.parse_args()
    parts = []
    for protocol in PROTOCOLS:
        reports = {name: evaluate(options, name, protocol) for name in PREDICTORS}
        n = reports["distilbert"]["n"]
        parts += [f"### {protocol.capitalize()} ({n:,} films)", overall(reports)]
        parts += [f"DistilBERT by genre, {protocol}:", by_genre(reports["distilbert"])]
        parts += [f"Keyword model by genre, {protocol}:", by_genre(reports["keywords"])]
    card = options.model / "README.md"
    before, rest = card.read_text().split(BEGIN)
    after = rest.split(END)[1]
    card.write_text(before + "\n\n".join([BEGIN, *parts, END]) + after)


if __name__ == "__main__":
    main()
