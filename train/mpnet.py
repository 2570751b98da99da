"""all-mpnet-base-v2 (Apache-2.0), the start of teachers, on DistilBERT's word pieces.

MPNet's vocabulary is BERT's with its own special tokens, so every piece that the
pruned vocabulary keeps has a row in MPNet's embeddings: both read the same ids.
"""

import hashlib
from pathlib import Path

import torch
from transformers import MPNetModel

import model as models
from corpus import is_newer
from vocabulary import keep_rows

SHA256 = "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658"
SPECIAL = {
    "[PAD]": "<pad>",
    "[UNK]": "[UNK]",
    "[CLS]": "<s>",
    "[SEP]": "</s>",
    "[MASK]": "<mask>",
}


def write_teacher(source: Path, student: Path, out: Path):
    """Writes the MPNet of the Hugging Face folder `source` with the word pieces of
    the folder `student`, unless that is there and newer."""
    if is_newer(out / "tokenizer.json", student / "tokenizer.json"):
        return
    found = hashlib.sha256((source / "model.safetensors").read_bytes()).hexdigest()
    assert found == SHA256, f"{source} is not all-mpnet-base-v2 but {found}"
    pieces = (source / "vocab.txt").read_text(encoding="utf-8").splitlines()
    place = {piece: at for at, piece in enumerate(pieces)}
    tokenizer = models.load_tokenizer(student)
    kept = sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])
    rows = torch.tensor([place[SPECIAL.get(piece, piece)] for piece, _ in kept])
    encoder = MPNetModel.from_pretrained(source, add_pooling_layer=False)
    keep_rows(encoder, rows)
    models.save_encoder(encoder, tokenizer, out)
