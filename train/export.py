"""Exports a fine-tuned model to ONNX and quantises its weights to int8.

The int8 file is ordinary ONNX: each weight matrix is stored as int8 with one
scale per output channel (per row for the embedding tables) behind a
DequantizeLinear, so onnxruntime and tract run it as it is.
"""

import argparse
import json
import warnings
from pathlib import Path

import corpus as corpora
import model as models
import numpy as np
import onnx
import onnxruntime
import torch
from genres import GENRES
from onnx import helper, numpy_helper

SAMPLE = 200  # texts that parity is asserted on
TYPICAL = 2000  # texts that say what a typical hidden state is


def encode(tokenizer, text: str):
    """Ids and attention mask of one text alone."""
    ids = np.array(tokenizer(text, add_special_tokens=False)["input_ids"][:254])
    return corpora.pad([ids], tokenizer.cls_token_id, tokenizer.sep_token_id)


@torch.no_grad()
def center(model, tokenizer, texts):
    """Moves the typical hidden state from the tokens into the head's bias.

    The logits stay as they are, for any vector m:
    bias + mean(W h) = (bias + W m) + mean(W (h - m)). With m the mean over
    `texts`, the bias is a typical text's logit and a token's share is what sets
    it apart. The last layer's normalisation takes the -m in its own bias.
    """
    pooled = []
    for text in texts:
        ids, mask = encode(tokenizer, text)
        hidden = model.encoder(torch.from_numpy(ids), torch.from_numpy(mask)).last_hidden_state
        pooled.append(hidden[0].mean(0))
    typical = torch.stack(pooled).mean(0)
    model.classifier.bias += model.classifier.weight @ typical
    model.encoder.transformer.layer[-1].output_layer_norm.bias -= typical


def export_fp32(model, path: Path):
    """Writes the model with dynamic batch and length, int64 inputs."""
    ids = torch.randint(model.encoder.config.vocab_size, (2, 17))
    mask = torch.ones_like(ids)
    mask[1, 9:] = 0
    dynamic = {0: "batch", 1: "tokens"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model,
            (ids, mask),
            path,
            dynamo=False,
            opset_version=17,
            input_names=["input_ids", "attention_mask"],
            output_names=["logits"],
            dynamic_axes={
                "input_ids": dynamic,
                "attention_mask": dynamic,
                "logits": {0: "batch"},
            },
        )
    onnx.checker.check_model(str(path))


def quantize(values: np.ndarray, axis: int):
    """Symmetric int8 with one scale for each slice along `axis`."""
    largest = np.abs(values).max(axis=1 - axis, keepdims=True)
    scales = np.where(largest > 0, largest / 127, 1).astype(np.float32)
    return np.rint(values / scales).astype(np.int8), scales.reshape(-1)


def quantize_weights(source: Path, target: Path):
    """Replaces every matrix that a MatMul or Gather reads by int8 and scales."""
    model = onnx.load(source)
    graph = model.graph
    stored = {tensor.name: tensor for tensor in graph.initializer}
    axes = {}  # matrix -> axis of its scales
    for node in graph.node:
        if node.op_type == "MatMul" and node.input[1] in stored:
            axes[node.input[1]] = 1
        elif node.op_type == "Gather" and node.input[0] in stored:
            if len(stored[node.input[0]].dims) == 2:
                axes[node.input[0]] = 0
    dequantize = []
    for name, axis in axes.items():
        values, scales = quantize(numpy_helper.to_array(stored[name]), axis)
        graph.initializer.remove(stored[name])
        graph.initializer.append(numpy_helper.from_array(values, f"{name}_quantized"))
        graph.initializer.append(numpy_helper.from_array(scales, f"{name}_scale"))
        inputs = [f"{name}_quantized", f"{name}_scale"]
        dequantize.append(helper.make_node("DequantizeLinear", inputs, [name], axis=axis))
    for node in reversed(dequantize):
        graph.node.insert(0, node)
    onnx.checker.check_model(model)
    onnx.save(model, target)


def onnx_logits(path: Path, batches):
    """Logits [n, 21] of (ids, mask) batches in onnxruntime."""
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    run = [session.run(None, {"input_ids": i, "attention_mask": m})[0] for i, m in batches]
    return np.concatenate(run)


def length(encoded) -> int:
    """Tokens of what `encode` gives."""
    return encoded[0].shape[1]


def assert_parity(model, tokenizer, texts, fp32: Path, int8: Path) -> dict:
    """PyTorch, ONNX fp32 and ONNX int8 agree; returns how closely."""
    pad = [encode(tokenizer, text) for text in texts]
    with torch.no_grad():
        expected = np.concatenate(
            [model(torch.from_numpy(i), torch.from_numpy(m)).numpy() for i, m in pad]
        )
    export_error = np.abs(onnx_logits(fp32, pad) - expected).max()
    rounding = np.abs(onnx_logits(int8, pad) - expected)
    assert export_error < 1e-3, f"the fp32 export differs by {export_error}"
    assert rounding.mean() < 0.1, f"int8 moves the logits by {rounding.mean()} on average"
    # A text padded beside a longer one has the same logits.
    (long_ids, _), (short_ids, short_mask) = max(pad, key=length), min(pad, key=length)
    both = [long_ids[0, 1:-1], short_ids[0, 1:-1]]
    batch = corpora.pad(both, tokenizer.cls_token_id, tokenizer.sep_token_id)
    alone = onnx_logits(fp32, [(short_ids, short_mask)])
    padding_error = np.abs(onnx_logits(fp32, [batch])[1] - alone[0]).max()
    assert padding_error < 1e-3, f"padding moves the logits by {padding_error}"
    return {
        "fp32_max_error": float(export_error),
        "int8_mean_error": float(rounding.mean()),
        "int8_max_error": float(rounding.max()),
    }


def tokenizer_json(folder: Path) -> str:
    """tokenizer.json without padding and truncation, which the reader decides."""
    tokenizer = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    tokenizer["padding"] = tokenizer["truncation"] = None
    return json.dumps(tokenizer, ensure_ascii=False, separators=(",", ":"))


def export(folder: Path, valid: Path, out: Path):
    """Writes distilbert.onnx, tokenizer.json and distilbert.training.json to `out`."""
    out.mkdir(parents=True, exist_ok=True)
    model = models.load(folder, attention="eager").eval()
    tokenizer = models.load_tokenizer(folder)
    fp32, int8 = folder / "fp32.onnx", out / "distilbert.onnx"
    texts = [row["text"] for row, _ in zip(corpora.read_rows(valid), range(TYPICAL))]
    center(model, tokenizer, texts)
    export_fp32(model, fp32)
    quantize_weights(fp32, int8)
    parity = assert_parity(model, tokenizer, texts[:SAMPLE], fp32, int8)
    print(json.dumps(parity))
    (out / "tokenizer.json").write_text(tokenizer_json(folder), encoding="utf-8")
    settings = folder / "training.json"
    made = json.loads(settings.read_text()) if settings.exists() else {}
    local = ("data", "init", "out", "limit", "model", "checkpoint_every")
    made = {name: value for name, value in made.items() if name not in local}
    heads = model.encoder.config.n_heads
    made = {"genres": GENRES, "attention_heads": heads, **made, "parity": parity}
    (out / "distilbert.training.json").write_text(json.dumps(made, indent=2) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trained", type=Path, default=Path("target/train/distilbert/model"))
    parser.add_argument("--valid", type=Path, required=True, help="valid.jsonl.gz")
    parser.add_argument("--out", type=Path, default=Path("www/model"))
    options = parser.parse_args()
    export(options.trained, options.valid, options.out)


if __name__ == "__main__":
    main()
