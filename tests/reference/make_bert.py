"""A tiny classifier that is no DistilBERT: a BERT with random weights, its tokenizer, and its
logits for some texts by PyTorch.

-> tiny-bert.onnx, tiny-bert.tokenizer.json, tiny-bert.json.
"""

import json
import warnings
from pathlib import Path

import onnx
import torch
from tokenizers import BertWordPieceTokenizer
from transformers import BertConfig, BertForSequenceClassification

HERE = Path(__file__).parent
TEXTS = [
    "A sheriff rides out.",
    "The sheriff and a widow ride; the widow rides out!",
    "zebra widow",
]
PIECES = "[PAD] [UNK] [CLS] [SEP] a and out ride ##s rides sheriff the widow . ; !".split()

torch.manual_seed(5)
tokenizer = BertWordPieceTokenizer({piece: i for i, piece in enumerate(PIECES)}, lowercase=True)
tokenizer.save(str(HERE / "tiny-bert.tokenizer.json"), pretty=False)
config = BertConfig(
    vocab_size=len(PIECES),
    hidden_size=16,
    num_hidden_layers=1,
    num_attention_heads=2,
    intermediate_size=32,
    max_position_embeddings=40,
    num_labels=21,
    initializer_range=0.3,
)
model = BertForSequenceClassification._from_config(config, attn_implementation="eager").eval()
NAMES = ["input_ids", "attention_mask", "token_type_ids"]


class Plain(torch.nn.Module):
    """The logits alone, of inputs in the order of NAMES."""

    def __init__(self):
        super().__init__()
        self.bert = model

    def forward(self, *inputs):
        return self.bert(**dict(zip(NAMES, inputs))).logits


def inputs_of(text):
    ids = torch.tensor([tokenizer.encode(text).ids])
    return ids, torch.ones_like(ids), torch.zeros_like(ids)


with warnings.catch_warnings(), torch.no_grad():
    warnings.simplefilter("ignore")
    path = HERE / "tiny-bert.onnx"
    torch.onnx.export(
        Plain().eval(),
        inputs_of(TEXTS[1]),
        path,
        input_names=NAMES,
        output_names=["logits"],
        dynamic_axes={name: {0: "batch", 1: "tokens"} for name in NAMES},
        opset_version=17,
        dynamo=False,
    )
    logits = [Plain()(*inputs_of(text))[0].tolist() for text in TEXTS]

graph = onnx.load(path)
del graph.graph.value_info[:]
for node in graph.graph.node:
    node.name = node.doc_string = ""
onnx.save(graph, path)
(HERE / "tiny-bert.json").write_text(json.dumps({"texts": TEXTS, "logits": logits}) + "\n")
