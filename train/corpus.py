"""The labelled corpus: rows of a .jsonl.gz file as token ids, targets and masks."""

import gzip
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from genres import GENRES

RARE = ("Film-Noir", "Musical")
MAX_TITLE_PIECES = 24  # "title:" is cut there, so that it never crowds out the text


@dataclass
class Corpus:
    """Parallel arrays over n rows."""

    token_ids: list[np.ndarray]  # word-piece ids of the text, without [CLS] and [SEP]
    title_ids: list[np.ndarray]  # of "title:", empty where there is no title
    targets: np.ndarray  # float32 [n, 21], 1 where the film has the genre
    known: np.ndarray  # float32 [n, 21], 0 where a missing label proves nothing
    film: list[str]
    quality: np.ndarray  # "imdb-full", "mapped" or "partial"
    long: np.ndarray  # bool, Wikipedia-length text
    capped: np.ndarray  # bool, listed under a three-genre cap

    def __len__(self):
        return len(self.film)


def read_rows(path: Path):
    """Yields the JSON object of each line of a .jsonl.gz file."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def labels(row):
    """Target and mask of one row, float32 [21] each.

    `genres_aug` adds labels that a second source confirms to a list that was
    cut at three; what is still absent there is unknown, not negative.
    """
    has = set(row["genres_aug"])
    unknown = set(row["maybe_missing"]) - has
    target = np.array([g in has for g in GENRES], dtype=np.float32)
    known = np.array([g not in unknown for g in GENRES], dtype=np.float32)
    return target, known


def tokenize(tokenizer, texts: list[str]) -> list[np.ndarray]:
    """Word-piece ids of each text, int32, without [CLS] and [SEP]."""
    token_ids = []
    for start in range(0, len(texts), 10_000):
        part = texts[start : start + 10_000]
        encoded = tokenizer(part, add_special_tokens=False, verbose=False)
        token_ids += [np.array(ids, dtype=np.int32) for ids in encoded["input_ids"]]
    return token_ids


def title_prefix(row) -> str:
    """What stands before the text of a row whose title is read."""
    title = row.get("title")
    title = str(title) if isinstance(title, str | int) else ""
    return f"{title.strip()}:" if title.strip() else ""


def load(path: Path, tokenizer) -> Corpus:
    """Reads and tokenizes a whole file."""
    rows = list(read_rows(path))
    pairs = [labels(row) for row in rows]
    titles = tokenize(tokenizer, [title_prefix(row) for row in rows])
    return Corpus(
        token_ids=tokenize(tokenizer, [row["text"] for row in rows]),
        title_ids=[ids[:MAX_TITLE_PIECES] for ids in titles],
        targets=np.stack([target for target, _ in pairs]),
        known=np.stack([known for _, known in pairs]),
        film=[row["id"] for row in rows],
        quality=np.array([row["label_quality"] for row in rows]),
        long=np.array([row["kind"] == "long" for row in rows]),
        capped=np.array([row["capped"] for row in rows]),
    )


@dataclass
class EpochMix:
    """How much of each kind of row one epoch takes."""

    mapped_fraction: float  # of the rows whose labels come from another taxonomy
    long_fraction: float  # of the long texts with full labels
    rare_repeats: int  # how often a film of a rare genre is taken


def epoch_rows(corpus: Corpus, mix: EpochMix, epoch: int, rng) -> np.ndarray:
    """Row indices of one epoch, shuffled.

    One short text of every fully labelled film, a different one each epoch
    where it has several, and a sample of the other kinds. Films of `RARE`
    genres are taken several times.
    """
    full = (corpus.quality == "imdb-full") & ~corpus.long
    texts_of = {}
    for row in np.flatnonzero(full):
        texts_of.setdefault(corpus.film[row], []).append(row)
    rare = corpus.targets[:, [GENRES.index(genre) for genre in RARE]].any(1)
    chosen = []
    for rows in texts_of.values():
        repeats = mix.rare_repeats if rare[rows[0]] else 1
        chosen += [rows[(epoch * repeats + turn) % len(rows)] for turn in range(repeats)]

    def sample(rows, fraction):
        return rng.choice(rows, int(len(rows) * fraction), replace=False)

    mapped = np.flatnonzero((corpus.quality != "imdb-full") & ~corpus.long)
    long = np.flatnonzero((corpus.quality == "imdb-full") & corpus.long)
    rows = np.concatenate(
        [chosen, sample(mapped, mix.mapped_fraction), sample(long, mix.long_fraction)]
    ).astype(np.int64)
    rng.shuffle(rows)
    return rows


def length_buckets(rows, lengths, batch_size, rng) -> list[np.ndarray]:
    """Batches of rows of similar length, in random order: little padding, little bias."""
    batches = []
    pool = batch_size * 64
    for start in range(0, len(rows), pool):
        part = rows[start : start + pool]
        part = part[np.argsort(lengths[part], kind="stable")]
        batches += [part[i : i + batch_size] for i in range(0, len(part), batch_size)]
    return [batches[i] for i in rng.permutation(len(batches))]


def pad(windows: list[np.ndarray], cls_id: int, sep_id: int):
    """[CLS] window [SEP], zero padded: int64 ids and attention mask [batch, longest + 2]."""
    longest = max(len(window) for window in windows) + 2
    ids = np.zeros((len(windows), longest), dtype=np.int64)
    mask = np.zeros_like(ids)
    for i, window in enumerate(windows):
        end = len(window) + 1
        ids[i, 0] = cls_id
        ids[i, 1:end] = window
        ids[i, end] = sep_id
        mask[i, : end + 1] = 1
    return ids, mask


def random_window(ids: np.ndarray, size: int, rng) -> np.ndarray:
    """A run of at most `size` ids; half of the time the start of the text."""
    if len(ids) <= size:
        return ids
    start = 0 if rng.random() < 0.5 else rng.integers(0, len(ids) - size + 1)
    return ids[start : start + size]
