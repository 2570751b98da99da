"""Tiny DistilBERT classifiers with random weights, and their logits by PyTorch and onnxruntime.

-> tiny-mean-fp32.onnx, tiny-mean-int8.onnx, tiny-mean-int4.onnx (our head; fp32, int8
weights, and 4-bit blocks), tiny-first.onnx (the stock DistilBertForSequenceClassification),
tiny-first-*.onnx (the same in the int8 forms that are in use), tiny.json.
"""

import json
import sys
import tempfile
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic
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
mean = models.GenreClassifier(DistilBertModel._from_config(config, attn_implementation="eager"))
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


@torch.no_grad()
def credited(model, row):
    """[tokens, labels]: what each token adds to the logits, where each gives what the
    last layer's attention brought it back to the token it came from. By definition,
    pair by pair: the part of one token's state that one other token brought it goes
    through the rest of the network, whose normalisations stay as they are."""
    last = model.encoder.transformer.layer[-1]
    norms = last.sa_layer_norm, last.output_layer_norm
    inputs = {}
    hooks = [
        norm.register_forward_pre_hook(lambda norm, args: inputs.update({norm: args[0][0]}))
        for norm in norms
    ]
    tokens, mask = torch.tensor([row]), torch.ones(1, len(row), dtype=torch.long)
    told = model.encoder(tokens, mask, output_hidden_states=True, output_attentions=True)
    for hook in hooks:
        hook.remove()
    head = model.classifier.weight
    shares = told.last_hidden_state[0] @ head.T
    values = last.attention.v_lin(told.hidden_states[-2])[0]
    attention = told.attentions[-1][0].repeat_interleave(config.dim // config.n_heads, dim=0)
    for to in range(len(row)):
        for source in range(len(row)):
            part = last.attention.out_lin.weight @ (attention[:, to, source] * values[source])
            for norm in norms:
                part = norm.weight * (part - part.mean()) / inputs[norm][to].std(correction=0)
            shares[to] -= head @ part
            shares[source] += head @ part
    return (shares / len(row)).tolist()


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


# int8 forms of the stock file: arguments of onnxruntime's `quantize_dynamic`,
# as optimum and transformers.js call it. Their logits are those of a CPU with
# VNNI: on x86 without it, onnxruntime's products of uint8 and int8 saturate.
DYNAMIC = {
    "dynamic-tensor": {"weight_type": QuantType.QInt8},
    "dynamic-channel": {"weight_type": QuantType.QInt8, "per_channel": True},
    "dynamic-uint8": {"weight_type": QuantType.QUInt8, "per_channel": True},
}
# The same weights behind `DequantizeLinear`, activations untouched: the axis of
# the scales by what reads the matrix.
OUTPUT_AXIS = {"MatMul": 1, "Gemm": 0, "Gather": 0}


def save_small(model, path: Path):
    """Without inferred shapes and the names of nodes, which nothing reads."""
    del model.graph.value_info[:]
    for node in model.graph.node:
        node.name = node.doc_string = ""
    onnx.checker.check_model(model)
    onnx.save(model, path)


def to_dynamic(source: Path, target: Path, arguments: dict):
    """int8 weights, and activations that are quantised as they come."""
    with tempfile.TemporaryDirectory() as folder:
        quantized = Path(folder) / "model.onnx"
        quantize_dynamic(source, quantized, **arguments)
        save_small(onnx.load(quantized), target)


def readers(rewriter):
    """Nodes that read a stored matrix, those of the head too: (node, place of the matrix)."""
    for node in rewriter.graph.node:
        for at, name in enumerate(node.input):
            if node.op_type in OUTPUT_AXIS and name in rewriter.stored:
                if len(rewriter.stored[name].dims) == 2:
                    yield node, at


def to_weights_channel(source: Path, target: Path):
    """int8 weights, one scale for each output channel or table row."""
    rewriter = quantize.Rewriter(source)
    for node, at in list(readers(rewriter)):
        rewriter.dequantize_linear(node.input[at], OUTPUT_AXIS[node.op_type])
    save_small(rewriter.model, target)


def to_weights_tensor(source: Path, target: Path):
    """8-bit weights, one scale for each matrix: int8, but tables uint8 with a zero point."""
    rewriter = quantize.Rewriter(source)
    for node, at in list(readers(rewriter)):
        name = node.input[at]
        values = rewriter.values(name)
        if node.op_type == "Gather":
            scale = (values.max() - values.min()) / 255
            zero = np.rint(-values.min() / scale).astype(np.uint8)
        else:
            scale = np.abs(values).max() / 127
            zero = np.int8(0)
        limits = np.iinfo(zero.dtype)
        rounded = np.clip(np.rint(values / scale) + zero, limits.min, limits.max)
        tensors = {
            "_quantized": rounded.astype(zero.dtype),
            "_scale": np.array(scale, dtype=np.float32),
            "_zero_point": np.array(zero),
        }
        rewriter.replace(name, tensors)
        node.input[at] = f"{name}_DequantizeLinear_Output"
        inputs = [name + suffix for suffix in tensors]
        new = helper.make_node("DequantizeLinear", inputs, [node.input[at]])
        rewriter.graph.node.insert(0, new)
    save_small(rewriter.model, target)


def with_weights_of(source: Path, quantized: Path):
    """The fp32 file with the dequantised weights of another form of it."""
    tensors = onnx.load(quantized).graph.initializer
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in tensors}
    # `quantize_dynamic` turns a Gemm into a MatMul, and so its weight around.
    turned = "pre_classifier.weight", "classifier.weight"
    model = onnx.load(source)
    for tensor in model.graph.initializer:
        parts = (stored.get(tensor.name + part) for part in ("_quantized", "_scale", "_zero_point"))
        values, scale, zero = parts
        if values is not None:
            values = (values.astype(np.float32) - zero.astype(np.float32)) * scale
            values = values.T if tensor.name in turned else values
            tensor.CopyFrom(numpy_helper.from_array(np.ascontiguousarray(values), tensor.name))
    return model.SerializeToString()


def onnx_logits(model):
    """Of each text alone, in onnxruntime; `model` is a path or what is in the file."""
    batches = [(np.array([row]), np.ones((1, len(row)), int)) for row in ids]
    return export.onnx_logits(model, batches).tolist()


first = HERE / "tiny-first.onnx"
to_weights_channel(first, HERE / "tiny-first-weights-channel.onnx")
to_weights_tensor(first, HERE / "tiny-first-weights-tensor.onnx")
for form, arguments in DYNAMIC.items():
    to_dynamic(first, HERE / f"tiny-first-{form}.onnx", arguments)

data = {
    "heads": config.n_heads,
    "ids": ids,
    "mean": logits(mean),
    "credited": [credited(mean, row) for row in ids],
    "mean_int8": onnx_logits(HERE / "tiny-mean-int8.onnx"),
    "mean_int4": onnx_logits(HERE / "tiny-mean-int4.onnx"),
    "first": logits(Stock()),
    "first_weights_channel": onnx_logits(HERE / "tiny-first-weights-channel.onnx"),
    "first_weights_tensor": onnx_logits(HERE / "tiny-first-weights-tensor.onnx"),
}
for form in DYNAMIC:
    path = HERE / f"tiny-first-{form}.onnx"
    key = "first_" + form.replace("-", "_")
    data[key] = onnx_logits(path)
    data[f"{key}_in_fp32"] = onnx_logits(with_weights_of(first, path))
(HERE / "tiny.json").write_text(json.dumps(data) + "\n")
