"""Which rows a run reads, in what batches, and the windows that are cut of them."""

from dataclasses import dataclass, fields

import numpy as np
import torch

from corpus import RARE, Corpus
from genres import GENRES

SHORTEST = 24  # word pieces of the shortest window that is cut of a longer text


@dataclass(frozen=True)
class Mix:
    """How much of each kind of row one pass takes."""

    mapped: float  # share of the short texts whose labels come from another taxonomy
    long: float  # share of the fully labelled long texts
    rare_repeats: int = 1  # how often a film of a rare genre is taken, one text at a time
    full: float = 1.0  # share of what is then taken of the fully labelled films


def pass_rows(corpus: Corpus, mix: Mix, turn: int, rng) -> np.ndarray:
    """Row indices of one pass, shuffled.

    One short text of every fully labelled film, or of a sample of them, another one
    at each turn where it has several; and a sample of the other kinds.
    """
    short = np.flatnonzero(corpus.full & ~corpus.long)
    texts_of = {}
    for row in short:
        texts_of.setdefault(corpus.film[row], []).append(row)
    rare = corpus.targets[:, [GENRES.index(genre) for genre in RARE]].any(1)
    chosen = []
    for rows in texts_of.values():
        repeats = mix.rare_repeats if rare[rows[0]] else 1
        chosen += [rows[(turn * repeats + more) % len(rows)] for more in range(repeats)]
    if mix.full < 1:
        chosen = rng.choice(chosen, int(len(chosen) * mix.full), replace=False)

    def sample(which, share):
        rows = np.flatnonzero(which)
        return rng.choice(rows, int(len(rows) * share), replace=False)

    mapped = sample(~corpus.full & ~corpus.long, mix.mapped)
    long = sample(corpus.long & corpus.full, mix.long)
    rows = np.concatenate([chosen, mapped, long]).astype(np.int64)
    rng.shuffle(rows)
    return rows


def length_buckets(rows, lengths, batch_size: int, rng) -> list[np.ndarray]:
    """Batches of rows of similar length, in random order: little padding, little bias."""
    batches = []
    pool = batch_size * 64
    for start in range(0, len(rows), pool):
        part = rows[start : start + pool]
        part = part[np.argsort(lengths[part], kind="stable")]
        batches += [part[i : i + batch_size] for i in range(0, len(part), batch_size)]
    return [batches[i] for i in rng.permutation(len(batches))]


@dataclass
class Cut:
    """Where the windows of a batch lie in their texts, int64 [batch] each."""

    rows: np.ndarray
    starts: np.ndarray
    pieces: np.ndarray  # of the text, at most
    titled: np.ndarray  # 1 where the title stands before the text, else 0

    def parts(self) -> list[np.ndarray]:
        return [getattr(self, field.name) for field in fields(self)]

    def at(self, places) -> "Cut":
        """Some of them."""
        return Cut(*(part[places] for part in self.parts()))

    @staticmethod
    def joined(cuts: list["Cut"]) -> "Cut":
        """All of several."""
        return Cut(*map(np.concatenate, zip(*(cut.parts() for cut in cuts))))


class Windows:
    """Cuts windows of a corpus on a device: [CLS] title: text [SEP]."""

    def __init__(self, corpus: Corpus, tokenizer, size: int, device):
        def on_device(ragged):
            # One id more: what is outside a row reads the first, where there may be none.
            flat = np.concatenate([ragged.flat, [0]]).astype(np.int32)
            return torch.from_numpy(flat).to(device)

        self.corpus, self.size, self.device = corpus, size - 2, device
        self.texts, self.titles = on_device(corpus.texts), on_device(corpus.titles)
        self.cls, self.sep = tokenizer.cls_token_id, tokenizer.sep_token_id
        self.pad = tokenizer.pad_token_id

    def first(self, rows, titled: bool) -> Cut:
        """The starts of texts, with their titles or without."""
        zeros = np.zeros(len(rows), dtype=np.int64)
        return Cut(rows, zeros, zeros + self.size, zeros + int(titled))

    def random(self, rows, title_fraction: float, rng, shorten: float = 0.0) -> Cut:
        """Random runs of texts that are too long, half of the time their starts; a
        share `shorten` of those is shorter than it would have to be."""
        count = len(rows)
        titled = (rng.random(count) < title_fraction).astype(np.int64)
        room = self.size - titled * self.corpus.titles.lengths[rows]
        lengths = self.corpus.texts.lengths[rows]
        shorter = rng.integers(np.minimum(SHORTEST, room), room + 1)
        too_long = lengths > room
        pieces = np.where(too_long & (rng.random(count) < shorten), shorter, room)
        latest = np.maximum(lengths - pieces, 0)
        starts = np.where(rng.random(count) < 0.5, 0, rng.integers(0, latest + 1))
        return Cut(rows, starts, pieces, titled)

    def cut(self, cut: Cut):
        """int64 ids and attention mask [batch, tokens], on the device."""
        corpus = self.corpus
        title = cut.titled * corpus.titles.lengths[cut.rows]
        text = np.minimum(corpus.texts.lengths[cut.rows] - cut.starts, cut.pieces)
        text = np.minimum(text, self.size - title)
        ends = 1 + title + text

        def column(values):
            return torch.from_numpy(values).to(self.device)[:, None]

        title_at = column(corpus.titles.offsets[cut.rows] - 1)
        text_at = column(corpus.texts.offsets[cut.rows] + cut.starts - 1 - title)
        title_end, end = column(title), column(ends)
        # To whole eights: fewer shapes to get ready for, and all of them fast.
        longest = -(-(int(ends.max()) + 1) // 8) * 8
        place = torch.arange(longest, device=self.device)[None]
        in_title, in_text = (place <= title_end) & (place > 0), (place > title_end) & (place < end)
        ids = torch.full(in_text.shape, self.pad, dtype=torch.int64, device=self.device)
        texts = self.texts[torch.where(in_text, text_at + place, 0)].long()
        ids = torch.where(in_text, texts, ids)
        titles = self.titles[torch.where(in_title, title_at + place, 0)].long()
        ids = torch.where(in_title, titles, ids)
        ids[:, 0] = self.cls
        ids = torch.where(place == end, self.sep, ids)
        return ids, (place <= end).long()

    def labels(self, rows):
        """Targets and masks of rows, float32 [batch, 21] on the device."""
        targets, known = self.corpus.targets[rows], self.corpus.known[rows]
        return (torch.from_numpy(array).to(self.device) for array in (targets, known))
