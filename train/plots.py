"""The model card's plots as SVG: precision-recall by genre, and reliability."""

from dataclasses import dataclass

import numpy as np
from sklearn.metrics import precision_recall_curve

from genres import GENRES

BINS = 15
LINES = {"blend": "#1d1c1a", "distilbert": "#14569c", "keywords": "#b5630f"}
NAMES = {"blend": "blend", "distilbert": "DistilBERT", "keywords": "keyword model"}
STYLE = (
    "<style>text{font:11px sans-serif;fill:#1d1c1a}.axis{stroke:#8a857a;fill:none}"
    "path{fill:none;stroke-width:1.5}</style>"
)


@dataclass
class Panel:
    """A square of a plot whose both axes go from 0 to 1."""

    left: float
    top: float
    size: float

    def x(self, value):
        return self.left + value * self.size

    def y(self, value):
        return self.top + (1 - value) * self.size

    def frame(self) -> str:
        box = f'x="{self.left}" y="{self.top}" width="{self.size}" height="{self.size}"'
        return f'<rect class="axis" {box}/>'

    def line(self, xs, ys, colour, width=1.5) -> str:
        points = " ".join(f"{self.x(x):.1f},{self.y(y):.1f}" for x, y in zip(xs, ys))
        return f'<path d="M{points}" stroke="{colour}" style="stroke-width:{width}"/>'

    def label(self, x, y, text, anchor="start") -> str:
        return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{text}</text>'

    def ticks(self) -> str:
        marks = ""
        for value in (0, 0.5, 1):
            marks += self.label(self.left - 4, self.y(value) + 4, f"{value:g}", "end")
            marks += self.label(self.x(value), self.top + self.size + 14, f"{value:g}", "middle")
        return marks


def document(width, height, title, parts) -> str:
    box = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {box} role="img" aria-label="{title}">'
    paper = f'<rect width="{width}" height="{height}" fill="#fffefb"/>'
    return "\n".join([head, STYLE, paper, *parts, "</svg>", ""])


def legend(left, top) -> list[str]:
    parts = []
    for at, (name, colour) in enumerate(LINES.items()):
        x = left + 120 * at
        parts.append(f'<path d="M{x},{top - 4} h20" stroke="{colour}"/>')
        parts.append(f'<text x="{x + 26}" y="{top}">{NAMES[name]}</text>')
    return parts


def thinned(recall, precision, steps=150):
    """About `steps` points of the curve, denser where few rows are above the
    threshold. The last one is left out: precision 1 at recall 0 is
    scikit-learn's, not the model's."""
    rows = len(recall) - 1
    keep = rows - np.unique(np.geomspace(1, rows, steps).astype(int))
    return recall[keep], precision[keep]


def precision_recall(truth, known, scores) -> str:
    """One panel a genre: truth, known bool [n, 21]; scores by predictor [n, 21]."""
    columns, size, gap = 6, 110, 38
    parts = legend(40, 20)
    for genre, name in enumerate(GENRES):
        row, column = divmod(genre, columns)
        panel = Panel(40 + column * (size + gap), 50 + row * (size + gap + 10), size)
        rows = known[:, genre]
        share = truth[rows, genre].mean()
        parts += [panel.frame(), panel.ticks()]
        parts.append(panel.line((0, 1), (share, share), "#d8d3c8", 1))
        parts.append(panel.label(panel.left, panel.top - 5, f"{name} ({truth[rows, genre].sum()})"))
        for predictor, colour in LINES.items():
            curve = precision_recall_curve(truth[rows, genre], scores[predictor][rows, genre])
            recall, precision = thinned(curve[1], curve[0])
            parts.append(panel.line(recall, precision, colour))
    rows = -(-len(GENRES) // columns)
    width, height = 40 + columns * (size + gap), 60 + rows * (size + gap + 10)
    return document(width, height, "Precision by recall for each genre", parts)


def reliability(truth, known, scores) -> str:
    """How often what is said to be so is so, over all genres, for each predictor."""
    size = 320
    panel = Panel(50, 50, size)
    parts = [*legend(50, 20), panel.frame(), panel.ticks()]
    parts.append(panel.line((0, 1), (0, 1), "#d8d3c8", 1))
    parts.append(panel.label(panel.x(0.5), panel.top + size + 32, "said probability", "middle"))
    parts.append(panel.label(panel.left + 6, panel.top + 16, "share that has the genre"))
    for predictor, colour in LINES.items():
        said, has = scores[predictor][known], truth[known]
        bins = np.minimum((said * BINS).astype(int), BINS - 1)
        counts = np.bincount(bins, minlength=BINS)
        full = counts >= 20
        xs = np.bincount(bins, said, BINS)[full] / counts[full]
        ys = np.bincount(bins, has, BINS)[full] / counts[full]
        parts.append(panel.line(xs, ys, colour))
        parts += [
            f'<circle cx="{panel.x(x):.1f}" cy="{panel.y(y):.1f}" r="2.5" fill="{colour}"/>'
            for x, y in zip(xs, ys)
        ]
    return document(size + 90, size + 100, "Reliability of the probabilities", parts)
