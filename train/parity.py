"""Measures the shipped int8 model in our engine against fp32 in onnxruntime."""

import argparse
import json
import subprocess
import tempfile
from pathlib import Path

import corpus as corpora
import model as models
import numpy as np
from export import onnx_logits
from sklearn.metrics import average_precision_score


def our_probabilities(plotlens: Path, model: Path, file: Path, engine: str, rows: int):
    """Line in the file -> probabilities [21]."""
    with tempfile.NamedTemporaryFile(suffix=".jsonl") as scores:
        command = [plotlens, "evaluate", file, "--model", model, "--engine", engine]
        command += ["--limit", str(rows), "--resamples", "0", "--scores", scores.name]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        lines = [json.loads(line) for line in Path(scores.name).read_text().splitlines()]
    return {line["line"]: np.array(line["probabilities"]) for line in lines}


def logit(probabilities):
    clipped = np.clip(probabilities, 1e-7, 1 - 1e-7)
    return np.log(clipped / (1 - clipped))


def mean_average_precision(targets, probabilities):
    present = targets.any(0)
    return average_precision_score(targets[:, present], probabilities[:, present])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trained", type=Path, default=Path("target/train/distilbert/model"))
    parser.add_argument("--model", type=Path, default=Path("www/model"))
    parser.add_argument("--test", type=Path, required=True, help="test.jsonl.gz")
    parser.add_argument("--rows", type=int, default=1000)
    parser.add_argument("--plotlens", type=Path, default=Path("target/release/plotlens"))
    parser.add_argument("--tract", action="store_true", help="compare with tract too")
    options = parser.parse_args()

    manifest = json.loads((options.model / "manifest.json").read_text())
    window = manifest["distilbert"]["window_pieces"]
    tokenizer = models.load_tokenizer(options.trained)
    ours = our_probabilities(
        options.plotlens, options.model, options.test, "fast", options.rows + options.rows // 8
    )
    batches, targets, lines = [], [], []
    for line, row in enumerate(corpora.read_rows(options.test), start=1):
        ids = tokenizer(row["text"], add_special_tokens=False)["input_ids"]
        if len(ids) <= window and line in ours and len(lines) < options.rows:
            special = (tokenizer.cls_token_id, tokenizer.sep_token_id)
            batches.append(corpora.pad([np.array(ids)], *special))
            targets.append(corpora.labels(row)[0])
            lines.append(line)
    targets = np.stack(targets)
    fp32 = onnx_logits(options.trained / "fp32.onnx", batches)
    int8 = np.stack([ours[line] for line in lines])
    reference = 1 / (1 + np.exp(-fp32))
    result = {
        "texts": len(lines),
        "mean_logit_difference": float(np.abs(logit(int8) - fp32).mean()),
        "max_probability_difference": float(np.abs(int8 - reference).max()),
        "map_fp32": mean_average_precision(targets, reference),
        "map_int8": mean_average_precision(targets, int8),
    }
    if options.tract:
        theirs = our_probabilities(
            options.plotlens, options.model, options.test, "tract", options.rows + options.rows // 8
        )
        differences = [np.abs(theirs[line] - ours[line]).max() for line in lines]
        result["max_probability_difference_tract"] = float(max(differences))
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
