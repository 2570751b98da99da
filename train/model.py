"""An encoder with the head whose logit is a mean of per-token contributions."""

from pathlib import Path

import torch
from torch import nn
from transformers import AutoConfig, AutoTokenizer, DistilBertModel, MPNetModel

from genres import GENRES

HEAD_FILE = "head.pt"
LABELS = len(GENRES)
ENCODERS = {"distilbert": DistilBertModel, "mpnet": MPNetModel}
DROPOUTS = {
    "distilbert": ("dropout", "attention_dropout"),
    "mpnet": ("hidden_dropout_prob", "attention_probs_dropout_prob"),
}


class GenreClassifier(nn.Module):
    """Encoder, mean over the attended tokens, one linear layer.

    logits = bias + mean over tokens of (W h_t): the head is linear, so each
    token's share of each logit is exact.
    """

    def __init__(self, encoder, dropout: float):
        super().__init__()
        self.encoder = encoder
        self.dropout = nn.Dropout(dropout)
        self.classifier = nn.Linear(encoder.config.hidden_size, LABELS)

    def hidden(self, input_ids, attention_mask):
        """int64 [batch, tokens] twice -> hidden states [batch, tokens, hidden size]."""
        more = {}
        if isinstance(self.encoder, MPNetModel):
            # It would tell positions by an id of padding that is not ours.
            count = input_ids.shape[1]
            first = self.encoder.embeddings.padding_idx + 1
            places = torch.arange(first, first + count, device=input_ids.device)
            more["position_ids"] = places.expand_as(input_ids)
        return self.encoder(input_ids, attention_mask, **more).last_hidden_state

    def forward(self, input_ids, attention_mask):
        """int64 [batch, tokens] twice -> logits [batch, 21]."""
        hidden = self.hidden(input_ids, attention_mask)
        mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
        pooled = (hidden * mask).sum(1) / mask.sum(1)
        return self.classifier(self.dropout(pooled))


def start(folder: Path, attention: str | None = None, dropout: float = 0.1) -> GenreClassifier:
    """The model of a Hugging Face folder: with its head where `save` wrote one, with
    a fresh head otherwise."""
    kind = AutoConfig.from_pretrained(folder).model_type
    more = dict.fromkeys(DROPOUTS[kind], dropout)
    if kind == "mpnet":
        more["add_pooling_layer"] = False
    encoder = ENCODERS[kind].from_pretrained(folder, attn_implementation=attention, **more)
    if kind == "mpnet":
        # Its own padding, another piece of ours: that one is to be learned.
        encoder.embeddings.word_embeddings.padding_idx = None
    model = GenreClassifier(encoder, dropout)
    if is_whole(folder):
        model.classifier.load_state_dict(torch.load(folder / HEAD_FILE, weights_only=True))
    return model


def freeze(model: GenreClassifier, layers: int):
    """Keeps the weights of the embeddings and of the first of an MPNet's layers as they
    are; the positions' share in attention, which all layers have in common, goes on."""
    encoder = model.encoder
    for part in [encoder.embeddings, *encoder.encoder.layer[:layers]]:
        part.requires_grad_(False)


def save(model: GenreClassifier, tokenizer, folder: Path):
    """Writes the encoder as a Hugging Face folder and the head beside it, which is
    there only where all is."""
    save_encoder(model.encoder, tokenizer, folder)
    partial = folder / f"{HEAD_FILE}.partial"
    torch.save(model.classifier.state_dict(), partial)
    partial.rename(folder / HEAD_FILE)


def is_whole(folder: Path) -> bool:
    """Whether `save` came to its end."""
    return (folder / HEAD_FILE).exists()


def save_encoder(encoder, tokenizer, folder: Path):
    """Writes an encoder as a Hugging Face folder."""
    encoder.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def load_tokenizer(folder: Path):
    """The word-piece tokenizer of a model folder."""
    return AutoTokenizer.from_pretrained(folder)
