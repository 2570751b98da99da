"""Writes the shipped weights in the forms that other engines read, and the same
network at DistilBERT's full size with random weights.

Into the folder --out:
  manifest.json, keywords.bin, tokenizer.json, distilbert.onnx   as they are shipped
  fp32.onnx      the same weights as plain float matrices
  int8.onnx      fp32.onnx by onnxruntime's dynamic quantisation
  transformers/  both in the layout of Transformers.js
  large/         the same files at full size, but for transformers/
"""

import argparse
import hashlib
import json
import logging
import shutil
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import quantize_dynamic

ROOT = Path(__file__).resolve().parent.parent
SHIPPED = ("keywords.bin", "tokenizer.json", "distilbert.onnx")
# From the shipped sizes to those of distilbert-base: width, feed-forward width
# and width of one of its 12 heads.
FULL_SIZE = {384: 768, 1536: 3072, 32: 64}
FULL_VOCABULARY = 30522
STEP = 0.001  # random 4-bit weights: 1 to 15 of these steps, a deviation of .04


def attribute(node, name: str) -> int:
    return next(a.i for a in node.attribute if a.name == name)


class Graph:
    """An ONNX file whose stored tensors are being replaced."""

    def __init__(self, model):
        self.model = model
        self.stored = {tensor.name: tensor for tensor in model.graph.initializer}

    def values(self, name: str) -> np.ndarray:
        return numpy_helper.to_array(self.stored[name])

    def store(self, name: str, values: np.ndarray | TensorProto):
        if isinstance(values, np.ndarray):
            values = numpy_helper.from_array(np.ascontiguousarray(values), name)
        self.stored[name] = values

    def nodes(self, op_type: str) -> list:
        return [node for node in self.model.graph.node if node.op_type == op_type]

    def finished(self):
        """The model with those stored tensors that a node still reads."""
        graph = self.model.graph
        read = {name for node in graph.node for name in node.input}
        del graph.initializer[:]
        graph.initializer.extend(t for name, t in self.stored.items() if name in read)
        return self.model


def expand(model):
    """Every 4-bit or int8 matrix as the floats that it stands for."""
    graph = Graph(model)
    for node in graph.nodes("MatMulNBits"):
        packed, scales = node.input[1:]
        rows = nibble_values(graph.values(packed)) * graph.values(scales).reshape(
            attribute(node, "N"), -1, 1
        )
        name = packed.removesuffix("_blocks")
        graph.store(name, rows.reshape(len(rows), -1).T)
        node.CopyFrom(
            helper.make_node("MatMul", [node.input[0], name], node.output, name=node.name)
        )
    for node in graph.nodes("GatherBlockQuantized"):
        data, ids, scales = node.input
        scales = graph.values(scales)
        blocks = graph.values(data).astype(np.float32).reshape(*scales.shape, -1)
        name = data.removesuffix("_blocks")
        graph.store(name, (blocks * scales[..., None]).reshape(len(scales), -1))
        node.CopyFrom(helper.make_node("Gather", [name, ids], node.output, name=node.name))
    for node in graph.nodes("DequantizeLinear"):
        values, scales = map(graph.values, node.input)
        shape = [1, 1]
        shape[attribute(node, "axis")] = -1
        graph.store(node.output[0], values.astype(np.float32) * scales.reshape(shape))
        model.graph.node.remove(node)
    return graph.finished()


def nibble_values(packed: np.ndarray) -> np.ndarray:
    """Unsigned 4-bit values [..., n] of bytes [..., n / 2], less their zero point."""
    values = np.stack([packed & 15, packed >> 4], axis=-1).astype(np.float32) - 8
    return values.reshape(*packed.shape[:-1], -1)


def enlarge(model):
    """The same graph at full size, with random weights in the same forms."""
    graph = Graph(model)
    random = np.random.default_rng(1)
    size = np.vectorize(lambda n: FULL_SIZE.get(n, n), otypes=[int])

    def scales(*shape: int) -> np.ndarray:
        return random.integers(1, 16, shape).astype(np.float32) * np.float32(STEP)

    for name, tensor in graph.stored.items():
        shape = size(tensor.dims)
        if name.endswith("Norm.weight") or name.endswith("layer_norm.weight"):
            graph.store(name, np.ones(shape, np.float32))
        elif tensor.data_type == TensorProto.FLOAT:
            graph.store(name, random.normal(0, 0.04, shape).astype(np.float32))
        elif tensor.data_type == TensorProto.INT8:
            graph.store(name, random.integers(-127, 128, shape, np.int8))
    for node in graph.nodes("MatMulNBits"):
        for a in node.attribute:
            if a.name in ("K", "N"):
                a.i = int(size(a.i))
        outputs, blocks = attribute(node, "N"), attribute(node, "K") // 32
        graph.store(node.input[1], random.integers(0, 256, (outputs, blocks, 16), np.uint8))
        graph.store(node.input[2], scales(outputs * blocks))
    for node in graph.nodes("GatherBlockQuantized"):
        data, _, scale = node.input
        width = int(size(graph.stored[data].dims[1]))
        packed = random.bytes(FULL_VOCABULARY * width // 2)
        shape = [FULL_VOCABULARY, width]
        table = TensorProto(name=data, data_type=TensorProto.INT4, dims=shape, raw_data=packed)
        graph.store(data, table)
        graph.store(scale, scales(FULL_VOCABULARY, width // 32))
    for node in graph.nodes("DequantizeLinear"):
        graph.store(node.input[1], scales(len(graph.values(node.input[0]))) / 100)
    for node in graph.nodes("Constant"):
        value = numpy_helper.to_array(node.attribute[0].t)
        if value.size != 1:
            continue
        if value.dtype == np.int64:
            larger = size(value)
        else:  # attention is scaled by the root of a head's width
            larger = np.sqrt(size(np.rint(value**2))) if value > 5 else value
        tensor = numpy_helper.from_array(larger.astype(value.dtype).reshape(value.shape))
        node.attribute[0].t.CopyFrom(tensor)
    return graph.finished()


def write_forms(out: Path):
    """fp32.onnx and int8.onnx beside distilbert.onnx, which they must agree with."""
    onnx.save(expand(onnx.load(out / "distilbert.onnx")), out / "fp32.onnx")
    quantize_dynamic(out / "fp32.onnx", out / "int8.onnx", per_channel=True)
    ids = np.arange(100, 164)[None]
    inputs = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
    stored, plain = (
        onnxruntime.InferenceSession(out / name).run(None, inputs)[0]
        for name in ("distilbert.onnx", "fp32.onnx")
    )
    difference = np.abs(stored - plain).max()
    assert difference < 1e-3, f"fp32.onnx differs from distilbert.onnx by {difference}"


def write_transformers(out: Path, genres: list[str]):
    folder = out / "transformers"
    (folder / "onnx").mkdir(parents=True, exist_ok=True)
    config = {
        "model_type": "distilbert",
        "architectures": ["DistilBertForSequenceClassification"],
        "problem_type": "multi_label_classification",
        "id2label": dict(enumerate(genres)),
        "label2id": {genre: index for index, genre in enumerate(genres)},
    }
    special = {f"{name}_token": f"[{name.upper()}]" for name in ("pad", "unk", "cls", "sep")}
    tokenizer = {"tokenizer_class": "DistilBertTokenizer", "model_max_length": 512, **special}
    (folder / "config.json").write_text(json.dumps(config, indent=2))
    (folder / "tokenizer_config.json").write_text(json.dumps(tokenizer, indent=2))
    shutil.copy(out / "tokenizer.json", folder)
    shutil.copy(out / "fp32.onnx", folder / "onnx/model.onnx")
    shutil.copy(out / "int8.onnx", folder / "onnx/model_quantized.onnx")


def write_large(out: Path, manifest: dict):
    large = out / "large"
    large.mkdir(exist_ok=True)
    for name in ("keywords.bin", "tokenizer.json"):
        shutil.copy(out / name, large)
    onnx.save(enlarge(onnx.load(out / "distilbert.onnx")), large / "distilbert.onnx")
    stored = (large / "distilbert.onnx").read_bytes()
    for file in manifest["files"]:
        if file["path"] == "distilbert.onnx":
            file.update(bytes=len(stored), sha256=hashlib.sha256(stored).hexdigest())
    (large / "manifest.json").write_text(json.dumps(manifest, indent=2))
    write_forms(large)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, default=ROOT / "www/model")
    parser.add_argument("--out", type=Path, default=ROOT / "target/bench/model")
    options = parser.parse_args()
    out: Path = options.out
    logging.getLogger().setLevel(logging.ERROR)  # quantize_dynamic's advice

    manifest = (options.model / "manifest.json").read_text()
    marker = out / "manifest.json"  # written last, so that the rest is there
    if marker.exists() and marker.read_text() == manifest:
        return
    out.mkdir(parents=True, exist_ok=True)
    for name in SHIPPED:
        shutil.copy(options.model / name, out)
    write_forms(out)
    write_transformers(out, json.loads(manifest)["genres"])
    write_large(out, json.loads(manifest))
    marker.write_text(manifest)


if __name__ == "__main__":
    main()
