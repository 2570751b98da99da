"""Multi-label losses over logits [batch, 21], each with a mask of known labels."""

import torch
import torch.nn.functional as F

LOSSES = ("bce", "focal", "log-weighted-bce", "asymmetric")


def log_class_weights(targets: torch.Tensor) -> torch.Tensor:
    """ln(N / (count + 1)) by genre, normalised to mean 1."""
    weights = torch.log(len(targets) / (targets.sum(0) + 1))
    return weights / weights.mean()


def make_loss(name: str, train_targets: torch.Tensor):
    """A function (logits, targets, known) -> scalar: summed over genres, mean over rows."""
    if name not in LOSSES:
        raise ValueError(f"{name} is none of {LOSSES}")
    weights = log_class_weights(train_targets) if name == "log-weighted-bce" else None

    def loss(logits, targets, known):
        bce = F.binary_cross_entropy_with_logits(logits, targets, reduction="none")
        if name == "focal":
            bce = bce * focal_factor(logits, targets, alpha=0.375, gamma=2.0)
        if name == "asymmetric":
            bce = bce * asymmetric_factor(logits, targets, gamma=2.0)
        if weights is not None:
            bce = bce * weights.to(bce.device)
        return (bce * known).sum(1).mean()

    return loss


def focal_factor(logits, targets, alpha, gamma):
    """Down-weights labels already right (Lin et al. 2017, https://arxiv.org/abs/1708.02002)."""
    right = torch.sigmoid(logits * (2 * targets - 1))
    balance = alpha * targets + (1 - alpha) * (1 - targets)
    return balance * (1 - right) ** gamma


def asymmetric_factor(logits, targets, gamma):
    """Down-weights absences already right, and no presences (Ridnik et al. 2021,
    https://arxiv.org/abs/2009.14119, without its margin)."""
    return torch.where(targets > 0, torch.ones_like(logits), torch.sigmoid(logits) ** gamma)
