"""DistilBERT with the head whose logit is a mean of per-token contributions."""

from pathlib import Path

import torch
from torch import nn
from transformers import AutoTokenizer, DistilBertModel

from genres import GENRES

HEAD_FILE = "head.pt"


class GenreDistilBert(nn.Module):
    """Encoder, mean over the attended tokens, one linear layer.

    logits = bias + mean over tokens of (W h_t): the head is linear, so each
    token's share of each logit is exact.
    """

    def __init__(self, encoder: DistilBertModel, dropout: float = 0.1):
        super().__init__()
        self.encoder = encoder
        self.dropout = nn.Dropout(dropout)
        self.classifier = nn.Linear(encoder.config.dim, len(GENRES))

    def forward(self, input_ids, attention_mask):
        """int64 [batch, tokens] twice -> logits [batch, 21]."""
        hidden = self.encoder(input_ids, attention_mask).last_hidden_state
        mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
        pooled = (hidden * mask).sum(1) / mask.sum(1)
        return self.classifier(self.dropout(pooled))


def start(folder: Path, attention: str = "sdpa") -> GenreDistilBert:
    """The model of a Hugging Face DistilBERT folder: with its head where `save`
    wrote one, with a fresh head otherwise."""
    encoder = DistilBertModel.from_pretrained(folder, attn_implementation=attention)
    model = GenreDistilBert(encoder)
    if (folder / HEAD_FILE).exists():
        model.classifier.load_state_dict(torch.load(folder / HEAD_FILE, weights_only=True))
    return model


def save(model: GenreDistilBert, tokenizer, folder: Path):
    """Writes the encoder as a Hugging Face folder and the head beside it."""
    model.encoder.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    torch.save(model.classifier.state_dict(), folder / HEAD_FILE)


def load_tokenizer(folder: Path):
    """The word-piece tokenizer of a model folder."""
    return AutoTokenizer.from_pretrained(folder)
