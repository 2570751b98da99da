"""What a model answers on a corpus, and how good that is."""

import logging

import numpy as np
import torch
from sklearn.metrics import average_precision_score

import model as models
from batches import Windows
from corpus import Corpus

log = logging.getLogger(__name__)

READ = 256  # tokens of a window when a trained model answers


@torch.no_grad()
def logits_of(model, windows: Windows, cuts, batch_size=256):
    """Logits float32 [n, 21] of windows, longest first inside; on their device."""
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
