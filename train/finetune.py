"""Fine-tunes an encoder on the labels of the corpus."""

import logging
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from sklearn.metrics import average_precision_score

import model as models
import run as runs
from batches import Mix, Windows, plan
from corpus import Corpus
from losses import make_loss

log = logging.getLogger(__name__)

READ = 256  # tokens of a window when a trained model answers


@dataclass(frozen=True)
class Settings:
    """A run over labels."""

    rates: runs.Rates
    mixes: tuple[Mix, ...]  # one for each pass
    batch_size: int
    seed: int
    size: int = 128  # tokens, [CLS] and [SEP] in
    title_fraction: float = 0.5  # of the texts that are read with a title
    loss: str = "bce"
    steps: int | None = None  # batches at most
    compiled: bool = False  # torch.compile: faster on a processor, less exact


@torch.no_grad()
def logits_of(model, windows: Windows, cuts, batch_size=256):
    """Logits float32 [n, 21] of texts, longest first inside; on the windows' device."""
    order = np.argsort(-windows.corpus.texts.lengths[cuts.rows], kind="stable")
    found = torch.zeros(len(order), models.LABELS, device=windows.device)
    for start in range(0, len(order), batch_size):
        at = order[start : start + batch_size]
        ids, mask = windows.cut(cuts.at(at))
        with torch.autocast(windows.device.type, torch.bfloat16):
            found[torch.from_numpy(at).to(windows.device)] = model(ids, mask).float()
    return found


def mean_average_precision(corpus: Corpus, scores, rows) -> float:
    """Macro average precision over the genres, unknown labels left out."""
    found = []
    for genre in range(corpus.targets.shape[1]):
        known = rows & (corpus.known[:, genre] > 0)
        found.append(average_precision_score(corpus.targets[known, genre], scores[known, genre]))
    return float(np.mean(found))


def clean_map(answer, valid: Windows) -> tuple[float, float]:
    """Clean mAP on `valid` of answer(cuts) -> logits, without titles and with them."""
    corpus = valid.corpus
    rows = np.arange(len(corpus))
    scores = [answer(valid.first(rows, titled)).cpu().numpy() for titled in (False, True)]
    return tuple(mean_average_precision(corpus, score, ~corpus.capped) for score in scores)


def reporter(name: str, model, valid: Windows):
    """Logs mAP on `valid`, without titles and with them."""

    def report(step, loss):
        model.eval()
        alone, titled = clean_map(lambda cuts: logits_of(model, valid, cuts), valid)
        model.train()
        log.info(
            "%s, step %d: loss %.4f, valid clean mAP %.4f, with titles %.4f",
            name, step, loss, alone, titled,
        )  # fmt: skip

    return report


def finetune(name: str, init: Path, out: Path, train: Corpus, valid: Corpus, settings: Settings):
    """Trains the model of `init` and writes the model folder `out`, unless it is there."""
    if (out / models.HEAD_FILE).exists():  # written last
        return
    device, tokenizer = runs.device(), models.load_tokenizer(init)
    torch.manual_seed(settings.seed)
    model = models.start(init).to(device)
    windows = Windows(train, tokenizer, settings.size, device)
    batches = plan(train, settings.mixes, settings.batch_size, settings.size, settings.seed)
    batches = batches[: settings.steps]
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

    report = reporter(name, model, Windows(valid, tokenizer, READ, device))
    steps, described = len(batches), asdict(settings)
    run = runs.Run(model, steps, settings.rates, loss, report, described, settings.seed)
    runs.train(run, out)
    models.save(model, tokenizer, out)
