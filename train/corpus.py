"""The labelled corpus: rows of a .jsonl.gz file as token ids, targets and masks."""

import gzip
import json
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from genres import GENRES

RARE = ("Film-Noir", "Musical")
MAX_TITLE_PIECES = 24  # "title:" is cut there, so that it never crowds out the text


@dataclass
class Ragged:
    """Rows of word-piece ids, one after the other."""

    flat: np.ndarray  # int32 [total]
    offsets: np.ndarray  # int64 [n + 1], where each row starts

    @property
    def lengths(self) -> np.ndarray:
        """Word pieces of each row, int64 [n]."""
        return np.diff(self.offsets)


@dataclass
class Corpus:
    """Parallel arrays over n rows."""

    texts: Ragged  # without [CLS] and [SEP]
    titles: Ragged  # "title:", empty where there is no title
    targets: np.ndarray  # float32 [n, 21], 1 where the film has the genre
    known: np.ndarray  # float32 [n, 21], 0 where a missing label proves nothing
    film: np.ndarray  # int64 [n], the same for all texts of a film
    full: np.ndarray  # bool, the labels are IMDb's whole taxonomy
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


def tokenize(tokenizer, texts: list[str], at_most: int | None = None) -> Ragged:
    """Word-piece ids of each text, without [CLS] and [SEP]; the first of them only
    where `at_most` says so."""
    rows = []
    for start in range(0, len(texts), 10_000):
        part = texts[start : start + 10_000]
        encoded = tokenizer(part, add_special_tokens=False, verbose=False)
        rows += [np.array(ids[:at_most], dtype=np.int32) for ids in encoded["input_ids"]]
    offsets = np.cumsum([0, *map(len, rows)], dtype=np.int64)
    return Ragged(np.concatenate(rows), offsets)


def title_prefix(row) -> str:
    """What stands before the text of a row whose title is read."""
    title = row.get("title")
    title = str(title) if isinstance(title, str | int) else ""
    return f"{title.strip()}:" if title.strip() else ""


def load(path: Path, tokenizer) -> Corpus:
    """Reads and tokenizes a whole file."""
    rows = list(read_rows(path))
    pairs = [labels(row) for row in rows]
    numbers = {}
    return Corpus(
        texts=tokenize(tokenizer, [row["text"] for row in rows]),
        titles=tokenize(tokenizer, [title_prefix(row) for row in rows], MAX_TITLE_PIECES),
        targets=np.stack([target for target, _ in pairs]),
        known=np.stack([known for _, known in pairs]),
        film=np.array([numbers.setdefault(row["id"], len(numbers)) for row in rows]),
        full=np.array([row["label_quality"] == "imdb-full" for row in rows]),
        long=np.array([row["kind"] == "long" for row in rows]),
        capped=np.array([row["capped"] for row in rows]),
    )


def is_newer(made: Path, *sources: Path) -> bool:
    """Whether a file is there and newer than all that it is made of."""
    return made.exists() and all(
        made.stat().st_mtime >= source.stat().st_mtime for source in sources
    )


def save_packed(corpus: Corpus, path: Path):
    """Writes a corpus as one .npz file, which `load_packed` reads in a second."""
    arrays = {}
    for field in fields(Corpus):
        value = getattr(corpus, field.name)
        if isinstance(value, Ragged):
            arrays[f"{field.name}.flat"] = value.flat
            arrays[f"{field.name}.offsets"] = value.offsets
        else:
            arrays[field.name] = value
    partial = path.with_suffix(".partial.npz")
    np.savez(partial, **arrays)
    partial.rename(path)


def load_packed(path: Path) -> Corpus:
    """Reads what `save_packed` wrote."""
    with np.load(path) as arrays:
        found = {}
        for field in fields(Corpus):
            name = field.name
            if field.type is Ragged:
                found[name] = Ragged(arrays[f"{name}.flat"], arrays[f"{name}.offsets"])
            else:
                found[name] = arrays[name]
    return Corpus(**found)


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
