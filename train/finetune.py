"""Fine-tunes DistilBERT on the corpus. Resumes from its last checkpoint."""

import argparse
import json
import logging
import os
from pathlib import Path

import numpy as np
import torch
from sklearn.metrics import average_precision_score
from tqdm import tqdm

import corpus as corpora
import model as models
from losses import LOSSES, make_loss

log = logging.getLogger(__name__)


def arguments(parser: argparse.ArgumentParser):
    """The options of a run; the defaults are the run that is shipped."""
    parser.add_argument("--data", type=Path, required=True, help="folder with train.jsonl.gz")
    parser.add_argument("--init", type=Path, help="a Hugging Face DistilBERT folder")
    parser.add_argument("--out", type=Path, default=Path("target/train/distilbert"))
    parser.add_argument("--loss", choices=LOSSES, default="bce")
    parser.add_argument(
        "--first-epoch", type=int, default=0, help="where the plan of epochs starts"
    )
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--steps", type=int, default=4200, help="batches at most")
    parser.add_argument("--batch-size", type=int, default=48)
    parser.add_argument("--max-length", type=int, default=96, help="tokens, [CLS] and [SEP] in")
    parser.add_argument(
        "--mapped-fraction", type=float, nargs="+", default=[0.15], help="one for each epoch"
    )
    parser.add_argument("--long-fraction", type=float, default=0.1)
    parser.add_argument("--rare-repeats", type=int, default=1)
    parser.add_argument(
        "--title-fraction", type=float, default=0.0, help="of the texts that are read with a title"
    )
    parser.add_argument("--compile", action="store_true", help="torch.compile: faster, less exact")
    parser.add_argument("--learning-rate", type=float, default=1.5e-4)
    parser.add_argument("--head-learning-rate", type=float, default=1e-3)
    parser.add_argument("--warmup-steps", type=int, default=150)
    parser.add_argument("--weight-decay", type=float, default=0.01)
    parser.add_argument("--checkpoint-every", type=int, default=500, help="steps")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--limit", type=int, help="rows of the corpus to read, for a trial")


def optimizer_for(model, options):
    """AdamW; no decay on biases, norms and embeddings; a faster head."""
    decayed, plain = [], []
    for name, weight in model.encoder.named_parameters():
        (plain if weight.dim() < 2 or "embeddings" in name else decayed).append(weight)
    rate = options.learning_rate
    groups = [
        {"params": decayed, "lr": rate, "weight_decay": options.weight_decay},
        {"params": plain, "lr": rate, "weight_decay": 0.0},
        {
            "params": list(model.classifier.parameters()),
            "lr": options.head_learning_rate,
            "weight_decay": 0.0,
        },
    ]
    return torch.optim.AdamW(groups, betas=(0.9, 0.98), eps=1e-6, fused=True)


def linear_schedule(warmup: int, total: int):
    """Multiplier of the learning rate at a step: up to 1, then down to 0."""

    def factor(step):
        if step < warmup:
            return (step + 1) / warmup
        return max(0.0, (total - step) / max(1, total - warmup))

    return factor


def plan(train, options):
    """The batches of every epoch, fixed by the seed alone."""
    lengths = np.minimum([len(ids) for ids in train.token_ids], options.max_length - 2)
    batches = []
    for turn in range(options.epochs):
        epoch = options.first_epoch + turn
        mapped = options.mapped_fraction[min(turn, len(options.mapped_fraction) - 1)]
        mix = corpora.EpochMix(mapped, options.long_fraction, options.rare_repeats)
        rng = np.random.default_rng([options.seed, epoch])
        rows = corpora.epoch_rows(train, mix, epoch, rng)
        batches += corpora.length_buckets(rows, lengths, options.batch_size, rng)
    return batches[: options.steps]


def first_window(data, row, titled, size) -> np.ndarray:
    """The title, where it is read, and the start of the text."""
    title = data.title_ids[row] if titled else data.title_ids[row][:0]
    return np.concatenate([title, data.token_ids[row][: size - len(title)]])


@torch.no_grad()
def predict(model, data, tokenizer, device, titled=False, max_length=256, batch_size=64):
    """Probabilities [n, 21] of the first window of every row, with its title or without."""
    model.eval()
    order = np.argsort([-len(ids) for ids in data.token_ids], kind="stable")
    probabilities = np.zeros(data.targets.shape, dtype=np.float32)
    for start in range(0, len(order), batch_size):
        rows = order[start : start + batch_size]
        windows = [first_window(data, row, titled, max_length - 2) for row in rows]
        ids, mask = corpora.pad(windows, tokenizer.cls_token_id, tokenizer.sep_token_id)
        with torch.autocast(device.type, torch.bfloat16):
            logits = model(torch.from_numpy(ids).to(device), torch.from_numpy(mask).to(device))
        probabilities[rows] = torch.sigmoid(logits.float()).cpu().numpy()
    model.train()
    return probabilities


def mean_average_precision(data, probabilities, rows) -> float:
    """Macro average precision over the genres, unknown labels left out."""
    scores = []
    for genre in range(data.targets.shape[1]):
        known = rows & (data.known[:, genre] > 0)
        scores.append(
            average_precision_score(data.targets[known, genre], probabilities[known, genre])
        )
    return float(np.mean(scores))


class Run:
    """A training run whose whole state can be saved and taken up again."""

    def __init__(self, options, train, tokenizer, model, device):
        self.options, self.train, self.tokenizer = options, train, tokenizer
        self.model, self.device = model.to(device), device
        self.batches = plan(train, options)
        self.optimizer = optimizer_for(model, options)
        self.scheduler = torch.optim.lr_scheduler.LambdaLR(
            self.optimizer, linear_schedule(options.warmup_steps, len(self.batches))
        )
        self.forward = torch.compile(model, dynamic=True) if options.compile else model
        self.loss = make_loss(options.loss, torch.from_numpy(train.targets))
        self.step = 0

    @property
    def settings(self) -> dict:
        """What makes this run what it is."""
        options = {name: str(value) for name, value in vars(self.options).items()}
        return {**options, "rows": len(self.train)}

    @property
    def checkpoint(self) -> Path:
        return self.options.out / "checkpoint.pt"

    def save(self):
        """Writes the checkpoint in one move, so that a crash leaves the old one."""
        state = {
            "step": self.step,
            "settings": self.settings,
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scheduler": self.scheduler.state_dict(),
            "random": torch.get_rng_state(),
        }
        partial = self.checkpoint.with_suffix(".partial")
        torch.save(state, partial)
        os.replace(partial, self.checkpoint)

    def resume(self):
        """Takes up the checkpoint where there is one."""
        if not self.checkpoint.exists():
            return
        state = torch.load(self.checkpoint, map_location=self.device, weights_only=True)
        if state["settings"] != self.settings:
            raise SystemExit(f"{self.checkpoint} is of a run with other settings; move it away")
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.scheduler.load_state_dict(state["scheduler"])
        torch.set_rng_state(state["random"].cpu())
        self.step = state["step"]
        log.info("resuming at step %d", self.step)

    def window(self, row, rng) -> np.ndarray:
        """A random window of a text; with its title before it some of the time."""
        size = self.options.max_length - 2
        title = self.train.title_ids[row]
        if rng.random() >= self.options.title_fraction:
            title = title[:0]
        text = corpora.random_window(self.train.token_ids[row], size - len(title), rng)
        return np.concatenate([title, text])

    def train_step(self) -> float:
        rows = self.batches[self.step]
        rng = np.random.default_rng([self.options.seed, 7, self.step])
        windows = [self.window(row, rng) for row in rows]
        ids, mask = corpora.pad(windows, self.tokenizer.cls_token_id, self.tokenizer.sep_token_id)
        ids, mask, targets, known = (
            torch.from_numpy(array).to(self.device)
            for array in (ids, mask, self.train.targets[rows], self.train.known[rows])
        )
        with torch.autocast(self.device.type, torch.bfloat16):
            logits = self.forward(ids, mask)
        loss = self.loss(logits.float(), targets, known)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.scheduler.step()
        self.step += 1
        return loss.item()

    def report(self, valid, loss):
        """Logs mAP on `valid`, without titles and with them."""
        for titled in (False, True):
            probabilities = predict(self.model, valid, self.tokenizer, self.device, titled)
            clean = mean_average_precision(valid, probabilities, ~valid.capped)
            everything = mean_average_precision(valid, probabilities, np.ones(len(valid), bool))
            log.info(
                "step %d: loss %.4f, valid mAP clean %.4f, all %.4f%s",
                self.step, loss, clean, everything, ", with titles" if titled else "",
            )  # fmt: skip

    def run(self, valid):
        """Trains to the end of the plan; reports on `valid` four times."""
        self.resume()
        self.model.train()
        smoothed = None
        report_every = max(1, len(self.batches) // 4)
        bar = tqdm(total=len(self.batches), initial=self.step, unit="batch", mininterval=5)
        while self.step < len(self.batches):
            loss = self.train_step()
            smoothed = loss if smoothed is None else 0.98 * smoothed + 0.02 * loss
            bar.update()
            bar.set_postfix(loss=f"{smoothed:.4f}", refresh=False)
            if self.step % self.options.checkpoint_every == 0:
                self.save()
            if self.step % report_every == 0:
                self.report(valid, smoothed)
        bar.close()
        self.save()


def limit(data: corpora.Corpus, n: int | None) -> corpora.Corpus:
    """The first n rows, for a trial run."""
    if n is None:
        return data
    return corpora.Corpus(**{name: value[:n] for name, value in vars(data).items()})


def finetune(options) -> Path:
    """Trains and writes the model folder; returns it."""
    options.out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(options.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    tokenizer = models.load_tokenizer(options.init)
    log.info("reading %s", options.data)
    train = limit(corpora.load(options.data / "train.jsonl.gz", tokenizer), options.limit)
    valid = limit(corpora.load(options.data / "valid.jsonl.gz", tokenizer), options.limit)
    run = Run(options, train, tokenizer, models.start(options.init), device)
    texts = sum(len(batch) for batch in run.batches)
    log.info("%d texts in %d batches on %s", texts, len(run.batches), device)
    run.run(valid)
    folder = options.out / "model"
    models.save(run.model, tokenizer, folder)
    local = ("data", "init", "out", "limit", "checkpoint_every")
    settings = {name: value for name, value in vars(options).items() if name not in local}
    (folder / "training.json").write_text(json.dumps(settings, indent=2) + "\n")
    return folder
