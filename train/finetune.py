"""Fine-tunes an encoder on the labels of the corpus."""

import logging
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch

import model as models
import run as runs
from batches import Mix, Windows, length_buckets, pass_rows
from corpus import Corpus
from losses import make_loss
from validate import READ, reporter

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Settings:
    """A run over labels."""

    rates: runs.Rates
    mixes: tuple[Mix, ...]  # one for each pass
    batch_size: int
    seed: int
    first_turn: int = 0  # which of a film's texts the first pass takes
    size: int = 128  # tokens, [CLS] and [SEP] in
    title_fraction: float = 0.5  # of the texts that are read with a title
    loss: str = "bce"
    steps: int | None = None  # batches at most
    compiled: bool = False  # torch.compile: faster on a processor, less exact
    dropout: float = 0.1
    frozen: int = 0  # layers of an MPNet whose weights stay, those of its embeddings with them
    reports: int = 4  # of the score on `valid`, at least one


def plan(corpus: Corpus, settings: Settings) -> list[np.ndarray]:
    """The batches of every pass, fixed by the settings alone."""
    lengths = np.minimum(corpus.texts.lengths, settings.size)
    batches = []
    for turn, mix in enumerate(settings.mixes, settings.first_turn):
        rng = np.random.default_rng([settings.seed, turn])
        rows = pass_rows(corpus, mix, turn, rng)
        batches += length_buckets(rows, lengths, settings.batch_size, rng)
    return batches


def finetune(name: str, init: Path, out: Path, train: Corpus, valid: Corpus, settings: Settings):
    """Trains the model of `init` and writes the model folder `out`, unless it is there."""
    if models.is_whole(out):
        return
    device, tokenizer = runs.device(), models.load_tokenizer(init)
    torch.manual_seed(settings.seed)
    model = models.start(init, dropout=settings.dropout).to(device)
    if settings.frozen:
        models.freeze(model, settings.frozen)
    windows = Windows(train, tokenizer, settings.size, device)
    batches = plan(train, settings)[: settings.steps]
    forward = torch.compile(model, dynamic=True) if settings.compiled else model
    compare = make_loss(settings.loss, torch.from_numpy(train.targets))
    log.info("%s: %d texts in %d batches on %s", name, sum(map(len, batches)), len(batches), device)

    def loss(step):
        rows = batches[step]
        rng = np.random.default_rng([settings.seed, 7, step])
        ids, mask = windows.cut(windows.random(rows, settings.title_fraction, rng))
        with torch.autocast(device.type, torch.bfloat16):
            logits = forward(ids, mask)
        return compare(logits.float(), *windows.labels(rows))

    run = runs.Run(
        model=model,
        steps=len(batches),
        rates=settings.rates,
        loss=loss,
        report=reporter(name, model, Windows(valid, tokenizer, READ, device)),
        save=lambda: models.save(model, tokenizer, out),
        settings={"init": init.name, "rows": len(train), **asdict(settings)},
        seed=settings.seed,
        reports=settings.reports,
    )
    runs.train(run, out)
