"""DistilBERT's answers by onnxruntime, read as our engine reads: the same windows
and the same calibration, but no limit of a text's length. An independent check of
it, and the fp32 row of the card."""

import json
from pathlib import Path

import numpy as np
import onnxruntime
from sklearn.metrics import average_precision_score, f1_score

import corpus as corpora
import model as models


def windows(pieces: int, size: int, overlap: int) -> list[range]:
    """As few windows of `size` as overlap enough, spread evenly; one where all fit."""
    if pieces <= size:
        return [range(pieces)]
    last, stride = pieces - size, size - overlap
    steps = -(-last // stride)
    return [range(step * last // steps, step * last // steps + size) for step in range(steps + 1)]


class Reference:
    """An ONNX form of a trained model, with the settings of a model folder."""

    def __init__(self, onnx: Path, trained: Path, folder: Path):
        self.session = onnxruntime.InferenceSession(onnx, providers=["CPUExecutionProvider"])
        self.tokenizer = models.load_tokenizer(trained)
        self.settings = json.loads((folder / "manifest.json").read_text())["distilbert"]

    def pieces(self, text: str) -> np.ndarray:
        """Word-piece ids of a text, without special ones."""
        ids = self.tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]
        return np.array(ids, dtype=np.int64)

    def logits(self, text: str) -> np.ndarray:
        """[21], before calibration; the windows' mean."""
        ids = self.pieces(text)
        size, overlap = self.settings["window_pieces"], self.settings["window_overlap"]
        special = (self.tokenizer.cls_token_id, self.tokenizer.sep_token_id)
        batch = [ids[window.start : window.stop] for window in windows(len(ids), size, overlap)]
        padded, mask = corpora.pad(batch, *special)
        inputs = {"input_ids": padded, "attention_mask": mask}
        return self.session.run(None, inputs)[0].mean(axis=0)

    def calibrated(self, logits: np.ndarray) -> np.ndarray:
        """Calibrated logits of [n, 21] logits."""
        calibration = self.settings["calibration"]
        return logits * np.array(calibration["slopes"]) + np.array(calibration["intercepts"])

    def choose(self, probabilities: np.ndarray) -> np.ndarray:
        """Chosen genres [n, 21]: at or above the threshold, the best where none is."""
        chosen = probabilities >= np.array(self.settings["thresholds"], dtype=np.float32)
        none = ~chosen.any(axis=1)
        chosen[none, probabilities[none].argmax(axis=1)] = True
        return chosen


def headline(truth, known, chosen, probabilities=None) -> dict:
    """Samples Jaccard, macro F1 and mAP of bool [n, 21], unknown labels left out."""
    truth, chosen = truth & known, chosen & known
    either = (truth | chosen).sum(axis=1)
    jaccard = (truth & chosen).sum(axis=1) / np.maximum(either, 1)
    f1, precision = [], []
    for genre in range(truth.shape[1]):
        rows = known[:, genre]
        f1.append(f1_score(truth[rows, genre], chosen[rows, genre], zero_division=0))
        if probabilities is not None and truth[rows, genre].any():
            scores = probabilities[rows, genre]
            precision.append(average_precision_score(truth[rows, genre], scores))
    found = {"jaccard": jaccard.mean(), "macro_f1": np.mean(f1)}
    return {**found, "map": np.mean(precision)} if precision else found
