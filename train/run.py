"""A training loop whose whole state can be saved and taken up again."""

import json
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from tqdm import tqdm

log = logging.getLogger(__name__)

CHECKPOINT = "checkpoint.pt"
SETTINGS = "settings.json"


@dataclass(frozen=True)
class Rates:
    """AdamW's learning rates, with linear warm-up and decay."""

    encoder: float
    head: float
    warmup: float = 0.06  # share of the steps
    weight_decay: float = 0.01


@dataclass
class Run:
    """What a run is made of."""

    model: torch.nn.Module  # with `encoder`; all else in it is its head
    steps: int
    rates: Rates
    loss: Callable[[int], torch.Tensor]  # of a step, numbered from 0
    report: Callable[[int, float], None]  # of a step, and the smoothed loss there
    save: Callable[[], None]  # writes the model folder
    settings: dict  # what makes this run what it is
    seed: int
    reports: int = 4


def device() -> torch.device:
    """The graphics processor, where there is one that PyTorch can use."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def optimizer_for(model, rates: Rates):
    """AdamW; no decay on biases, norms, embeddings and the head."""
    decayed, plain = [], []
    for name, weight in model.encoder.named_parameters():
        if not weight.requires_grad:
            continue
        (plain if weight.dim() < 2 or "embeddings" in name else decayed).append(weight)
    encoder = {id(weight) for weight in model.encoder.parameters()}
    head = [weight for weight in model.parameters() if id(weight) not in encoder]
    groups = [
        {"params": decayed, "lr": rates.encoder, "weight_decay": rates.weight_decay},
        {"params": plain, "lr": rates.encoder, "weight_decay": 0.0},
        {"params": head, "lr": rates.head, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, betas=(0.9, 0.98), eps=1e-6, fused=True)


def linear_schedule(warmup: int, total: int):
    """Multiplier of the learning rate at a step: up to 1, then down to 0."""

    def factor(step):
        if step < warmup:
            return (step + 1) / warmup
        return max(0.0, (total - step) / max(1, total - warmup))

    return factor


class State:
    """Everything of a run that changes; written in one move, so that a crash leaves
    the old checkpoint."""

    def __init__(self, run: Run, folder: Path):
        self.run, self.path = run, folder / CHECKPOINT
        self.optimizer = optimizer_for(run.model, run.rates)
        warmup = int(run.steps * run.rates.warmup)
        self.scheduler = torch.optim.lr_scheduler.LambdaLR(
            self.optimizer, linear_schedule(warmup, run.steps)
        )
        self.step = 0

    def parts(self):
        return {"model": self.run.model, "optimizer": self.optimizer, "scheduler": self.scheduler}

    def save(self):
        state = {name: part.state_dict() for name, part in self.parts().items()}
        partial = self.path.with_suffix(".partial")
        torch.save({**state, "step": self.step, "settings": self.run.settings}, partial)
        os.replace(partial, self.path)

    def resume(self):
        """Takes up the checkpoint where there is one."""
        if not self.path.exists():
            return
        state = torch.load(self.path, map_location=device(), weights_only=True)
        if state["settings"] != self.run.settings:
            raise SystemExit(f"{self.path} is of a run with other settings; move it away")
        for name, part in self.parts().items():
            part.load_state_dict(state[name])
        self.step = state["step"]
        log.info("resuming at step %d", self.step)


def train(run: Run, folder: Path, checkpoint_every: int = 300):
    """Trains to the end, and writes the model and what made it. A killed run goes on
    from its last checkpoint."""
    folder.mkdir(parents=True, exist_ok=True)
    state = State(run, folder)
    state.resume()
    run.model.train()
    smoothed = None
    bar = tqdm(total=run.steps, initial=state.step, unit="batch", mininterval=10)
    while state.step < run.steps:
        torch.manual_seed(run.seed * 1_000_003 + state.step)  # dropout, resumed or not
        loss = run.loss(state.step)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(run.model.parameters(), 1.0)
        state.optimizer.step()
        state.optimizer.zero_grad(set_to_none=True)
        state.scheduler.step()
        state.step += 1
        loss = loss.detach()
        smoothed = loss if smoothed is None else 0.98 * smoothed + 0.02 * loss
        bar.update()
        if state.step % max(1, run.steps // run.reports) == 0:
            run.report(state.step, smoothed.item())
        if state.step % checkpoint_every == 0 and state.step < run.steps:
            state.save()
    bar.close()
    (folder / SETTINGS).write_text(json.dumps(run.settings, indent=2) + "\n")
    run.save()
    state.path.unlink(missing_ok=True)
