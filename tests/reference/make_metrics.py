"""Multi-label scores and scikit-learn's metrics of them -> metrics.json."""

import json
from pathlib import Path

import numpy as np
from sklearn import metrics

ROWS, GENRES = 500, 6

rng = np.random.default_rng(2)
truth = rng.random((ROWS, GENRES)) < [0.5, 0.3, 0.2, 0.1, 0.05, 0.02]
# Two decimals, so that there are ties.
scores = np.clip(truth * 0.3 + rng.random((ROWS, GENRES)) * 0.7, 0, 1).round(2)
scores = scores.astype(np.float32)
thresholds = np.array([0.5, 0.45, 0.55, 0.5, 0.6, 0.65], dtype=np.float32)
chosen = scores >= thresholds
empty = ~chosen.any(1)
chosen[empty, scores[empty].argmax(1)] = True


def rates(average):
    values = metrics.precision_recall_fscore_support(
        truth, chosen, average=average, zero_division=0
    )
    return dict(zip(["precision", "recall", "f1"], values[:3]))


hits = (truth & chosen).sum(1)
precision, recall, f1, support = metrics.precision_recall_fscore_support(
    truth, chosen, average=None, zero_division=0
)
average_precision = metrics.average_precision_score(truth, scores, average=None)
expected = {
    "samples": rates("samples")
    | {"jaccard": metrics.jaccard_score(truth, chosen, average="samples", zero_division=0)},
    "micro": rates("micro"),
    "macro": rates("macro"),
    "weighted": rates("weighted"),
    "hamming": metrics.hamming_loss(truth, chosen),
    "exact_match": metrics.accuracy_score(truth, chosen),
    "at_least_one": float((hits >= 1)[truth.sum(1) >= 1].mean()),
    "at_least_two": float((hits >= 2)[truth.sum(1) >= 2].mean()),
    "map": float(np.mean(average_precision)),
    "lrap": metrics.label_ranking_average_precision_score(truth, scores),
    "per_genre": [
        {"precision": p, "recall": r, "f1": f, "ap": a, "support": int(s)}
        for p, r, f, a, s in zip(precision, recall, f1, average_precision, support)
    ],
}
data = {
    "thresholds": [round(float(t), 2) for t in thresholds],
    "scores": [[round(float(s), 2) for s in row] for row in scores],
    "truth": [np.flatnonzero(row).tolist() for row in truth],
    "expected": expected,
}
Path(__file__).with_name("metrics.json").write_text(json.dumps(data, default=float) + "\n")
