"""Exports a fine-tuned model to ONNX in the form that is shipped: 4-bit blocks.

fp32.onnx and int8.onnx, to compare with, are written beside the trained model.
"""

import json
import warnings
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch

import corpus as corpora
import model as models
import quantize
from genres import GENRES

SAMPLE = 200  # texts that parity is asserted on
ROUNDED = 500  # texts whose hidden states 4-bit rounding is fitted to
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


@torch.no_grad()
def input_moments(model, tokenizer, texts) -> dict:
    """The second moment [k, k] of each linear layer's inputs over `texts`, by name."""
    moments = {}

    def watch(name):
        def hook(_, inputs):
            rows = inputs[0].reshape(-1, inputs[0].shape[-1]).double()
            moments[name] = moments.get(name, 0) + (rows.T @ rows).numpy()

        return hook

    layers = [(n, m) for n, m in model.named_modules() if isinstance(m, torch.nn.Linear)]
    hooks = [layer.register_forward_pre_hook(watch(name)) for name, layer in layers]
    for text in texts:
        model(*map(torch.from_numpy, encode(tokenizer, text)))
    for hook in hooks:
        hook.remove()
    return moments


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


def onnx_logits(path: Path, batches):
    """Logits [n, 21] of (ids, mask) batches in onnxruntime."""
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    run = [session.run(None, {"input_ids": i, "attention_mask": m})[0] for i, m in batches]
    return np.concatenate(run)


def length(encoded) -> int:
    """Tokens of what `encode` gives."""
    return encoded[0].shape[1]


def assert_parity(model, tokenizer, texts, fp32: Path, quantized: dict[str, Path]) -> dict:
    """PyTorch, ONNX fp32 and the quantised forms agree; returns how closely."""
    pad = [encode(tokenizer, text) for text in texts]
    with torch.no_grad():
        expected = np.concatenate(
            [model(torch.from_numpy(i), torch.from_numpy(m)).numpy() for i, m in pad]
        )
    export_error = np.abs(onnx_logits(fp32, pad) - expected).max()
    assert export_error < 1e-3, f"the fp32 export differs by {export_error}"
    found = {"fp32_max_error": float(export_error)}
    for name, path in quantized.items():
        rounding = np.abs(onnx_logits(path, pad) - expected)
        assert rounding.mean() < 0.3, f"{name} moves the logits by {rounding.mean()} on average"
        found[f"{name}_mean_error"] = float(rounding.mean())
        found[f"{name}_max_error"] = float(rounding.max())
    # A text padded beside a longer one has the same logits.
    (long_ids, _), (short_ids, short_mask) = max(pad, key=length), min(pad, key=length)
    both = [long_ids[0, 1:-1], short_ids[0, 1:-1]]
    batch = corpora.pad(both, tokenizer.cls_token_id, tokenizer.sep_token_id)
    alone = onnx_logits(fp32, [(short_ids, short_mask)])
    padding_error = np.abs(onnx_logits(fp32, [batch])[1] - alone[0]).max()
    assert padding_error < 1e-3, f"padding moves the logits by {padding_error}"
    return found


def tokenizer_json(folder: Path) -> str:
    """tokenizer.json without padding and truncation, which the reader decides."""
    tokenizer = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    tokenizer["padding"] = tokenizer["truncation"] = None
    return json.dumps(tokenizer, ensure_ascii=False, separators=(",", ":"))


def export(folder: Path, valid: Path, out: Path, settings: dict):
    """Writes distilbert.onnx, tokenizer.json and distilbert.training.json to `out`.

    `settings` say in the last one how the model was made.
    """
    out.mkdir(parents=True, exist_ok=True)
    model = models.start(folder, attention="eager").eval()
    tokenizer = models.load_tokenizer(folder)
    fp32 = folder / "fp32.onnx"
    quantized = {"int8": folder / "int8.onnx", "int4": out / "distilbert.onnx"}
    texts = [row["text"] for row, _ in zip(corpora.read_rows(valid), range(TYPICAL))]
    center(model, tokenizer, texts)
    export_fp32(model, fp32)
    quantize.to_int8(fp32, quantized["int8"])
    moments = input_moments(model, tokenizer, texts[:ROUNDED])
    quantize.to_int4(fp32, quantized["int4"], moments)
    parity = assert_parity(model, tokenizer, texts[:SAMPLE], fp32, quantized)
    print(json.dumps(parity))
    (out / "tokenizer.json").write_text(tokenizer_json(folder), encoding="utf-8")
    heads = model.encoder.config.n_heads
    made = {"genres": GENRES, "attention_heads": heads, **settings, "parity": parity}
    (out / "distilbert.training.json").write_text(json.dumps(made, indent=2) + "\n")
