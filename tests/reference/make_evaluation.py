"""scikit-learn's metrics of 2,000 rows of 21 genres -> evaluation.json.

Scores and labels come from a formula that tests/evaluation.rs repeats, so that only
what is expected of them is kept."""

import json
from pathlib import Path

import numpy as np
from sklearn import metrics

ROWS, GENRES = 2000, 21
MASK = 2**64 - 1


def mix(n: int) -> int:
    """SplitMix64's output function."""
    z = (n + 0x9E3779B97F4A7C15) & MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def at(row: int, genre: int, salt: int) -> int:
    return mix(row * 1000 + genre * 10 + salt) % 1000


cells = [(row, genre) for row in range(ROWS) for genre in range(GENRES)]
scores = np.array([at(r, g, 0) for r, g in cells]).reshape(ROWS, GENRES)
# The higher the score, the likelier the label; later genres are rarer.
noise = np.array([at(r, g, 1) for r, g in cells]).reshape(ROWS, GENRES)
truth = scores + noise > 1350 + 25 * np.arange(GENRES)
empty = ~truth.any(axis=1)
truth[empty, np.flatnonzero(empty) % GENRES] = True
thresholds = (600 + 10 * np.arange(GENRES)) / 1000
probabilities = (scores / 1000).astype(np.float32)
chosen = probabilities >= thresholds.astype(np.float32)
none = ~chosen.any(axis=1)
chosen[none, probabilities[none].argmax(axis=1)] = True


def rates(average):
    values = metrics.precision_recall_fscore_support(
        truth, chosen, average=average, zero_division=0
    )
    return dict(zip(["precision", "recall", "f1"], values[:3]))


def calibration_error() -> float:
    """Mean over genres, 15 bins of equal width."""
    errors = []
    for genre in range(GENRES):
        own = probabilities[:, genre].astype(float)
        bins = np.minimum((own * 15).astype(int), 14)
        gaps = np.bincount(bins, truth[:, genre] - own, minlength=15)
        errors.append(np.abs(gaps).sum() / ROWS)
    return float(np.mean(errors))


def order(counts: np.ndarray) -> dict:
    """The second singular pair of the scaled table, by numpy; the right one's greatest
    component is positive."""
    rows, columns = np.sqrt(counts.sum(axis=1)), np.sqrt(counts.sum(axis=0))
    left, _, right = np.linalg.svd(counts / rows[:, None] / columns)
    sign = np.sign(right[1][np.abs(right[1]).argmax()])
    found = {"rows": sign * left[:, 1] / rows, "columns": sign * right[1] / columns}
    return {name: np.argsort(vector).tolist() for name, vector in found.items()}


# The words of a text, a column of numbers with gaps, and one that does not vary.
words = np.array([1 + at(row, 0, 2) for row in range(ROWS)])
year = np.array([1900 + at(row, 0, 3) % 120 for row in range(ROWS)], dtype=float)
year[[at(row, 1, 3) < 100 for row in range(ROWS)]] = np.nan
columns = [words.astype(float), year, np.full(ROWS, 7.0)]


def correlation(a: np.ndarray, b: np.ndarray) -> float | None:
    both = ~np.isnan(a) & ~np.isnan(b)
    a, b = a[both], b[both]
    return None if np.ptp(a) * np.ptp(b) == 0 else float(np.corrcoef(a, b)[0, 1])


def summary(numbers: np.ndarray) -> dict:
    """The nearest of the sorted numbers, the higher of two as near."""
    numbers = np.sort(numbers[~np.isnan(numbers)])
    places = {"low": 0.05, "q1": 0.25, "median": 0.5, "q3": 0.75, "high": 0.95}
    last = len(numbers) - 1
    found = {name: numbers[int(share * last + 0.5)] for name, share in places.items()}
    return {"n": len(numbers)} | found


def outcomes(numbers: np.ndarray, genre: int) -> dict:
    there, picked = truth[:, genre], chosen[:, genre]
    groups = {"tp": there & picked, "fp": ~there & picked, "fn": there & ~picked}
    groups["tn"] = ~there & ~picked
    return {name: summary(numbers[group]) for name, group in groups.items()}


def lengths() -> list[dict]:
    edges = [0, 20, 30, 40, 60, 80, 120, 200, 400, 800, ROWS]
    found = []
    for start, end in zip(edges, edges[1:]):
        rows = (words >= start) & (words < end)
        both = (truth[rows] & chosen[rows]).sum(axis=1)
        jaccard = both / (truth[rows] | chosen[rows]).sum(axis=1)
        sizes = truth[rows].sum(axis=1) + chosen[rows].sum(axis=1)
        margin = 1.96 * jaccard.std(ddof=1) / np.sqrt(rows.sum())
        own = {"from": start, "n": int(rows.sum()), "jaccard": jaccard.mean()}
        found.append(own | {"margin": margin, "f1": (2 * both / sizes).mean()})
    return found


def reliability(genres: list[int]) -> list[dict]:
    own, has = probabilities[:, genres].astype(float), truth[:, genres]
    bins = np.minimum((own * 10).astype(int), 9)
    return [
        {"said": own[bins == b].mean(), "found": has[bins == b].mean(), "n": int((bins == b).sum())}
        for b in range(10)
    ]


def ranked(cells: np.ndarray, highest_first: bool) -> list[dict]:
    """Cells by their probability, the first of those that are equal first."""
    places = np.argwhere(cells)
    own = probabilities[places[:, 0], places[:, 1]]
    order = np.argsort(-own if highest_first else own, kind="stable")[:50]
    return [
        {"row": int(row), "genre": int(genre), "probability": float(probabilities[row, genre])}
        for row, genre in places[order]
    ]


def of(genre: int, rows: np.ndarray) -> np.ndarray:
    cells = np.zeros_like(truth)
    cells[rows, genre] = True
    return cells


hits = (truth & chosen).sum(axis=1)
precision, recall, f1, support = metrics.precision_recall_fscore_support(
    truth, chosen, average=None, zero_division=0
)
average_precision = metrics.average_precision_score(truth, probabilities, average=None)
confusion = metrics.multilabel_confusion_matrix(truth, chosen).reshape(GENRES, 4)
missed, wrong = truth & ~chosen, chosen & ~truth
together = truth.T.astype(int) @ truth.astype(int)
replaced = missed.T.astype(int) @ wrong.astype(int)
genre_columns = [probabilities[:, genre].astype(float) for genre in range(GENRES)]
curve = metrics.precision_recall_curve(truth[:, 20], probabilities[:, 20])
expected = {
    "metrics": {
        "n": ROWS,
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
        "lrap": metrics.label_ranking_average_precision_score(truth, probabilities),
        "ece": calibration_error(),
        "per_genre": [
            {"precision": p, "recall": r, "f1": f, "ap": a, "support": int(s)}
            | dict(zip(["tn", "fp", "fn", "tp"], map(int, counts)))
            for p, r, f, a, s, counts in zip(
                precision, recall, f1, average_precision, support, confusion
            )
        ],
    },
    "together": together.tolist(),
    "together_order": order(together),
    "replaced": replaced.tolist(),
    "only_missed": [int((missed[:, g] & ~wrong.any(axis=1)).sum()) for g in range(GENRES)],
    "lengths": lengths(),
    "numbers": [[outcomes(column, genre) for genre in range(GENRES)] for column in columns],
    "false_positives": ranked(wrong, True),
    "false_negatives": ranked(missed, False),
    "correlations": [[correlation(a, b) for b in columns] for a in columns],
    "genre_correlations": [[correlation(a, b) for b in genre_columns] for a in columns],
    "reliability": reliability(list(range(GENRES))),
    "reliability_of_7": reliability([7]),
    "hits": {
        "missed_4": ranked(of(4, missed[:, 4]), False),
        "wrong_4": ranked(of(4, wrong[:, 4]), True),
        "missed_2_chosen_5": ranked(of(5, missed[:, 2] & wrong[:, 5]), True),
        "only_missed_2": ranked(of(2, missed[:, 2] & ~wrong.any(axis=1)), False),
        "both_there_1_2": ranked(of(1, truth[:, 1] & truth[:, 2]), True),
        "both_chosen_1_2": ranked(of(1, chosen[:, 1] & chosen[:, 2]), True),
    },
    "area_of_last_curve": float(-np.sum(np.diff(curve[1]) * curve[0][:-1])),
}
text = json.dumps(expected, default=float)
Path(__file__).with_name("evaluation.json").write_text(text + "\n")
