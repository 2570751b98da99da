"""Distils an ensemble of fine-tuned teachers into one small encoder: it learns what
they make of texts, whatever their own labels tell (Hinton et al. 2015,
https://arxiv.org/abs/1503.02531; patiently, as Beyer et al. 2022,
https://arxiv.org/abs/2106.05237)."""

import hashlib
import logging
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

import model as models
import run as runs
from batches import Cut, Mix, Windows, length_buckets, pass_rows
from corpus import Corpus
from losses import make_loss
from validate import READ, logits_of, reporter

log = logging.getLogger(__name__)

ANSWERS = "answers"
PART = 10_000  # windows whose answers are kept in one file


@dataclass(frozen=True)
class Settings:
    """A run over an ensemble's answers."""

    rates: runs.Rates
    mix: Mix  # of the windows that the ensemble answers
    variants: int  # how often such windows are drawn, without titles and with them in turn
    passes: int  # over those windows
    batch_size: int
    seed: int
    size: int = 128  # tokens, [CLS] and [SEP] in
    shorten: float = 0.5  # of the windows of longer texts, shorter than they would have to be
    hard: float = 0.2  # share of the loss that the labels have
    blanked: float = 0.25  # share of the windows of which some pieces are masked
    blanks: float = 0.15  # share of the pieces that are masked there
    dropout: float = 0.0


def sample(train: Windows, settings: Settings) -> Cut:
    """The windows that are read."""
    parts = []
    for variant in range(settings.variants):
        rng = np.random.default_rng([settings.seed, 11, variant])
        rows = pass_rows(train.corpus, settings.mix, variant, rng)
        parts.append(train.random(rows, float(variant % 2), rng, settings.shorten))
    return Cut.joined(parts)


def digest(*parts) -> str:
    """Of bytes or arrays, 16 digits."""
    all_of_them = hashlib.sha256()
    for part in parts:
        all_of_them.update(part)
    return all_of_them.hexdigest()[:16]


def head_of(folder: Path) -> bytes:
    """The trained head of a model: no other run has the same."""
    return (folder / models.HEAD_FILE).read_bytes()


def teach(teachers: list[Path], train: Windows, cuts: Cut, kept: Path) -> torch.Tensor:
    """The mean of the teachers' logits, float32 [n, 21] on the device; the folder
    `kept` keeps them, part by part under the digest of all that they come from."""
    kept.mkdir(parents=True, exist_ok=True)
    source = digest(train.corpus.texts.flat, *(head_of(folder) for folder in teachers))
    ensemble = None
    found = []
    for start in range(0, len(cuts.rows), PART):
        part = cuts.at(slice(start, start + PART))
        path = kept / f"{digest(source.encode(), *part.parts())}.npy"
        if not path.exists():
            if ensemble is None:
                ensemble = [models.start(folder).to(train.device).eval() for folder in teachers]
            answers = sum(logits_of(model, train, part) for model in ensemble) / len(ensemble)
            partial = path.with_suffix(".partial.npy")
            np.save(partial, answers.cpu().numpy())
            partial.rename(path)
            log.info("teachers: %d of %d windows", start + len(answers), len(cuts.rows))
        found.append(np.load(path))
    return torch.from_numpy(np.concatenate(found)).to(train.device)


def distill(
    name: str,
    init: Path,
    teachers: list[Path],
    out: Path,
    train: Corpus,
    valid: Corpus,
    settings: Settings,
):
    """Trains the encoder of `init` on the mean of the teachers' logits and writes the
    model folder `out`, unless it is there."""
    if models.is_whole(out):
        return
    device, tokenizer = runs.device(), models.load_tokenizer(init)
    windows = Windows(train, tokenizer, settings.size, device)
    cuts = sample(windows, settings)
    answers = teach(teachers, windows, cuts, out / ANSWERS)
    lengths = np.minimum(train.texts.lengths[cuts.rows], cuts.pieces)
    batches = []
    for turn in range(settings.passes):
        rng = np.random.default_rng([settings.seed, turn])
        places = rng.permutation(len(cuts.rows))
        batches += length_buckets(places, lengths, settings.batch_size, rng)
    log.info("%s: %d windows in %d batches on %s", name, len(cuts.rows), len(batches), device)

    torch.manual_seed(settings.seed)
    model = models.start(init, dropout=settings.dropout).to(device)
    compare = make_loss("bce", torch.from_numpy(train.targets))

    def loss(step):
        at = batches[step]
        ids, mask = windows.cut(cuts.at(at))
        chance = torch.rand(ids.shape, device=device)
        some = torch.rand(len(at), 1, device=device) < settings.blanked
        # The special pieces have the lowest ids, and the mask the last of those.
        blank = some & (chance < settings.blanks) & (ids > tokenizer.mask_token_id)
        with torch.autocast(device.type, torch.bfloat16):
            logits = model(torch.where(blank, tokenizer.mask_token_id, ids), mask)
        logits = logits.float()
        taught = torch.sigmoid(answers[torch.from_numpy(at).to(device)])
        soft = F.binary_cross_entropy_with_logits(logits, taught, reduction="none").sum(1).mean()
        hard = compare(logits, *windows.labels(cuts.rows[at]))
        return (1 - settings.hard) * soft + settings.hard * hard

    made_by = {"init": init.name, "teachers": [digest(head_of(folder)) for folder in teachers]}
    run = runs.Run(
        model=model,
        steps=len(batches),
        rates=settings.rates,
        loss=loss,
        report=reporter(name, model, Windows(valid, tokenizer, READ, device)),
        save=lambda: models.save(model, tokenizer, out),
        settings={**made_by, "rows": len(train), **asdict(settings)},
        seed=settings.seed,
    )
    runs.train(run, out)
