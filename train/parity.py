"""Measures the shipped model in our engine against onnxruntime, fp32 and 4-bit, and tract."""

import argparse
import json
import subprocess
import tempfile
from pathlib import Path

import numpy as np

import corpus as corpora
from reference import Reference, headline


def our_probabilities(plotlens: Path, model: Path, file: Path, engine: str, rows: int):
    """Line in the file -> probabilities [21], read without titles."""
    with tempfile.NamedTemporaryFile(suffix=".jsonl") as scores:
        command = [plotlens, "evaluate", file, "--model", model, "--engine", engine, "--no-title"]
        command += ["--limit", str(rows), "--resamples", "0", "--scores", scores.name]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        lines = [json.loads(line) for line in Path(scores.name).read_text().splitlines()]
    return {line["line"]: np.array(line["probabilities"]) for line in lines}


def logit(probabilities):
    clipped = np.clip(probabilities, 1e-7, 1 - 1e-7)
    return np.log(clipped / (1 - clipped))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trained", type=Path, default=Path("target/train/second"))
    parser.add_argument("--model", type=Path, default=Path("www/model"))
    parser.add_argument("--test", type=Path, required=True, help="test.jsonl.gz")
    parser.add_argument("--rows", type=int, default=1000)
    parser.add_argument("--plotlens", type=Path, default=Path("target/release/plotlens"))
    parser.add_argument("--tract", action="store_true", help="compare with tract too")
    options = parser.parse_args()

    ours = our_probabilities(options.plotlens, options.model, options.test, "fast", options.rows)
    rows = [(at, row) for at, row in enumerate(corpora.read_rows(options.test), 1) if at in ours]
    targets = np.stack([corpora.labels(row)[0] for _, row in rows]) > 0
    known = np.ones_like(targets)
    own = np.stack([ours[line] for line, _ in rows])
    result = {"texts": len(rows), "map_ours": headline(targets, known, own > 0.5, own)["map"]}
    forms = {
        "fp32": options.trained / "fp32.onnx",
        "int8": options.trained / "int8.onnx",
        "int4": options.model / "distilbert.onnx",
    }
    for name, path in forms.items():
        reference = Reference(path, options.trained, options.model)
        logits = np.stack([reference.logits(row["text"]) for _, row in rows])
        expected = reference.calibrated(logits)
        probabilities = 1 / (1 + np.exp(-expected))
        measured = headline(targets, known, probabilities > 0.5, probabilities)
        result[f"map_{name}"] = measured["map"]
        result[f"mean_logit_difference_{name}"] = float(np.abs(logit(own) - expected).mean())
        difference = np.abs(own - probabilities).max()
        result[f"max_probability_difference_{name}"] = float(difference)
    if options.tract:
        theirs = our_probabilities(
            options.plotlens, options.model, options.test, "tract", options.rows
        )
        differences = [np.abs(theirs[line] - ours[line]).max() for line in ours]
        result["max_probability_difference_tract"] = float(max(differences))
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
