"""Prunes a model's vocabulary to the word pieces that the corpus uses.

A dropped piece falls back to shorter ones, down to single characters: every
ASCII character and every lower-cased character of the corpus is kept where the
vocabulary had it, so no word of them becomes [UNK] that was not before. Written
as a Hugging Face folder, ready to be trained on.
"""

from pathlib import Path

import numpy as np
import torch
from transformers import BertTokenizerFast

import corpus as corpora
import model as models

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")


def count_pieces(tokenizer, texts) -> np.ndarray:
    """How often each word piece occurs, int64 [vocabulary]."""
    counts = np.zeros(len(tokenizer), dtype=np.int64)
    for start in range(0, len(texts), 10_000):
        encoded = tokenizer(texts[start : start + 10_000], add_special_tokens=False, verbose=False)
        counts += np.bincount(np.concatenate(encoded["input_ids"]), minlength=len(counts))
    return counts


def characters_within(texts) -> set[str]:
    """The lower-case characters of the texts."""
    return set().union(*(set(text.lower()) for text in texts))


def kept_pieces(vocabulary: dict[str, int], counts, characters, size: int) -> list[str]:
    """The pieces to keep, in the order of their old ids.

    Specials and single characters first, whatever their counts; then the most
    frequent, `size` in all.
    """

    def is_needed(piece):
        character = piece.removeprefix("##") if len(piece) == 3 else piece
        return piece in SPECIAL or (
            len(character) == 1 and (character.isascii() or character in characters)
        )

    needed = [piece for piece in vocabulary if is_needed(piece)]
    by_count = sorted(vocabulary, key=lambda piece: (-counts[vocabulary[piece]], vocabulary[piece]))
    chosen = dict.fromkeys(needed)
    for piece in by_count:
        if len(chosen) >= size or counts[vocabulary[piece]] == 0:
            break
        chosen.setdefault(piece)
    return sorted(chosen, key=vocabulary.get)


def keep_rows(encoder, rows: torch.Tensor):
    """Keeps these rows of an encoder's word embeddings, in this order."""
    words = encoder.embeddings.word_embeddings
    words.weight = torch.nn.Parameter(words.weight.data[rows])
    words.num_embeddings = encoder.config.vocab_size = len(rows)


def prune(source: Path, out: Path, train: Path, size: int):
    """Writes the model of `source`, with its head where it has one, and the `size` word
    pieces that the texts of `train` need most to `out`, unless that is there and newer."""
    written_last = models.HEAD_FILE if models.is_whole(source) else "tokenizer.json"
    if corpora.is_newer(out / written_last, source / "tokenizer.json", train):
        return
    texts = corpus_texts(train)
    model = models.start(source)
    tokenizer = models.load_tokenizer(source)
    vocabulary = tokenizer.get_vocab()
    counts = count_pieces(tokenizer, texts)
    pieces = kept_pieces(vocabulary, counts, characters_within(texts), size)
    keep_rows(model.encoder, torch.tensor([vocabulary[piece] for piece in pieces]))
    out.mkdir(parents=True, exist_ok=True)
    (out / "vocab.txt").write_text("\n".join(pieces) + "\n", encoding="utf-8")
    pruned = BertTokenizerFast(str(out / "vocab.txt"))
    if models.is_whole(source):
        models.save(model, pruned, out)
    else:
        models.save_encoder(model.encoder, pruned, out)


def corpus_texts(path: Path) -> list[str]:
    """Every text of the corpus, its title before it."""
    return [f"{corpora.title_prefix(row)} {row['text']}" for row in corpora.read_rows(path)]
