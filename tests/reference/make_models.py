"""Tiny DistilBERT classifiers with random weights, and their logits by PyTorch and onnxruntime.

-> tiny-mean-fp32.onnx, tiny-mean-int8.onnx, tiny-mean-int4.onnx (our head; fp32, int8
weights, and 4-bit blocks), tiny-first.onnx (the stock DistilBertForSequenceClassification), tiny.json.
"""

import json
import sys
from pathlib import Path

import numpy as np
import onnx
import torch
from transformers import DistilBertConfig, DistilBertForSequenceClassification, DistilBertModel

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "train"))

import export  # noqa: E402
import model as models  # noqa: E402
import quantize  # noqa: E402

torch.manual_seed(3)
config = DistilBertConfig(
    vocab_size=50,
    max_position_embeddings=40,
    n_layers=2,
    n_heads=4,
    dim=32,
    hidden_dim=64,
    num_labels=21,
    initializer_range=0.2,
)
stock = DistilBertForSequenceClassification._from_config(config, attn_implementation="eager")
mean = models.GenreDistilBert(DistilBertModel._from_config(config, attn_implementation="eager"))
for model in (stock, mean):
    model.eval()
    for name, weight in model.named_parameters():
        if name.endswith("bias") or "norm" in name.lower():
            weight.data += torch.randn_like(weight) * 0.1

ids = [[2, 7, 3], [2, *range(5, 36), 3], [2, 49, 49, 11, 3]]


class Stock(torch.nn.Module):
    """The stock model under the names that Hugging Face's exporter keeps."""

    def __init__(self):
        super().__init__()
        self.distilbert = stock.distilbert
        self.pre_classifier = stock.pre_classifier
        self.classifier = stock.classifier
        self.encoder = stock.distilbert  # export.py asks it for the vocabulary
        self.eval()

    def forward(self, input_ids, attention_mask):
        hidden = self.distilbert(input_ids, attention_mask).last_hidden_state
        return self.classifier(torch.relu(self.pre_classifier(hidden[:, 0])))


def logits(model):
    with torch.no_grad():
        return [
            model(torch.tensor([row]), torch.ones(1, len(row), dtype=torch.long))[0].tolist()
            for row in ids
        ]


export.export_fp32(mean, HERE / "tiny-mean-fp32.onnx")
quantize.to_int8(HERE / "tiny-mean-fp32.onnx", HERE / "tiny-mean-int8.onnx")
quantize.to_int4(HERE / "tiny-mean-fp32.onnx", HERE / "tiny-mean-int4.onnx")
export.export_fp32(Stock(), HERE / "tiny-first.onnx")
for path in HERE.glob("tiny-*.onnx"):
    graph = onnx.load(path)
    graph.doc_string = ""
    for node in graph.graph.node:
        node.doc_string = ""
    onnx.save(graph, path)


def onnx_logits(name):
    """Of each text alone, in onnxruntime."""
    batches = [(np.array([row]), np.ones((1, len(row)), int)) for row in ids]
    return export.onnx_logits(HERE / name, batches).tolist()


data = {
    "heads": config.n_heads,
    "ids": ids,
    "mean": logits(mean),
    "mean_int8": onnx_logits("tiny-mean-int8.onnx"),
    "mean_int4": onnx_logits("tiny-mean-int4.onnx"),
    "first": logits(Stock()),
}
(HERE / "tiny.json").write_text(json.dumps(data) + "\n")
