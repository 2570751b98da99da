"""Stores the matrices of an fp32 ONNX file as 4-bit blocks or as int8.

Both are ordinary ONNX that onnxruntime runs as it is: `MatMulNBits` and
`GatherBlockQuantized` of com.microsoft for 4 bits, `DequantizeLinear` for 8.
"""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

BLOCK = 32  # values that share a scale
LARGEST_MULTIPLE = 15  # 8 * 15 = 120 fits an int8
# What a row's largest value is taken for, in units of 7.5 steps of the largest
# scale; the best of these is searched for each row.
STRETCHES = (0.8, 0.86, 0.92, 0.98, 1.04)
POSITIONS = "position_embeddings"  # a small table, read by range: stays int8


def int8_channels(values: np.ndarray, axis: int):
    """Symmetric int8 with one scale for each slice along `axis`."""
    largest = np.abs(values).max(axis=1 - axis, keepdims=True)
    scales = np.where(largest > 0, largest / 127, 1).astype(np.float32)
    return np.rint(values / scales).astype(np.int8), scales.reshape(-1)


def best_multiples(blocks: np.ndarray, step: np.ndarray):
    """For each block of [n, blocks, BLOCK] the multiple of its row's step, of
    +-LARGEST_MULTIPLE, that rounds it with the least squared error, and the error."""
    error = np.full(blocks.shape[:2], np.inf)
    multiple = np.ones(blocks.shape[:2], dtype=np.int8)
    for size in range(1, LARGEST_MULTIPLE + 1):
        for candidate in (size, -size):
            scale = (step * candidate)[:, None, None]
            rounded = np.clip(np.rint(blocks / scale), -8, 7) * scale
            found = np.square(rounded - blocks).sum(axis=2)
            better = found < error
            error[better] = found[better]
            multiple[better] = candidate
    return multiple, error


def best_steps(rows: np.ndarray) -> np.ndarray:
    """For each row of [n, k] the step whose multiples round it best, float32 [n]."""
    blocks = rows.reshape(len(rows), -1, BLOCK)
    largest = np.abs(rows).max(axis=1)
    best_error = np.full(len(rows), np.inf)
    best = np.ones(len(rows), dtype=np.float32)
    for stretch in STRETCHES:
        step = np.where(largest > 0, largest * stretch / (7.5 * LARGEST_MULTIPLE), 1)
        error = best_multiples(blocks, step.astype(np.float32))[1].sum(axis=1)
        better = error < best_error
        best_error[better] = error[better]
        best[better] = step[better]
    return best


def int4_blocks(rows: np.ndarray, inputs: np.ndarray | None = None):
    """4-bit values in -8..7 [n, k] and scales [n, k / BLOCK] of float32 [n, k].

    All scales of a row are whole multiples, up to +-15, of one step, so that the
    row is also exactly an int8 row with that step for its scale: an engine for
    int8 runs the same weights as one for 4-bit blocks.

    `inputs` is the second moment [k, k] of what the rows are multiplied with,
    where it is known: each column's rounding error is then made good in the
    columns after it, as far as the inputs allow (GPTQ, Frantar et al. 2023,
    https://arxiv.org/abs/2210.17323).
    """
    step = best_steps(rows)
    count, width = rows.shape
    left = rows.astype(np.float64)
    spread = None if inputs is None else inverse_factor(inputs)
    values = np.empty(rows.shape, dtype=np.int8)
    scales = np.empty((count, width // BLOCK), dtype=np.float32)
    for start in range(0, width, BLOCK):
        block = slice(start, start + BLOCK)
        multiple, _ = best_multiples(left[:, None, block], step)
        scale = scales[:, start // BLOCK] = step * multiple[:, 0]
        errors = np.zeros((count, BLOCK))
        for at in range(start, start + BLOCK):
            values[:, at] = np.clip(np.rint(left[:, at] / scale), -8, 7)
            if spread is None:
                continue
            error = (left[:, at] - values[:, at] * scale) / spread[at, at]
            left[:, at : block.stop] -= np.outer(error, spread[at, at : block.stop])
            errors[:, at - start] = error
        if spread is not None:
            left[:, block.stop :] -= errors @ spread[block, block.stop :]
    return values, scales


def inverse_factor(inputs: np.ndarray) -> np.ndarray:
    """The upper Cholesky factor of the inverse of a second moment, damped by 1 %."""
    damped = inputs + np.eye(len(inputs)) * 0.01 * np.trace(inputs) / len(inputs)
    return np.linalg.cholesky(np.linalg.inv(damped)).T


def pack_nibbles(values: np.ndarray) -> np.ndarray:
    """Pairs of 4-bit values as bytes, the first of each in the low half."""
    nibbles = values.reshape(-1, 2).astype(np.uint8) & 15
    return nibbles[:, 0] | nibbles[:, 1] << 4


class Rewriter:
    """An ONNX model whose stored matrices are being replaced."""

    def __init__(self, source: Path):
        self.model = onnx.load(source)
        self.graph = self.model.graph
        self.stored = {tensor.name: tensor for tensor in self.graph.initializer}

    def readers(self):
        """Nodes that read a stored matrix: (node, name of the matrix)."""
        for node in self.graph.node:
            at = {"MatMul": 1, "Gather": 0}.get(node.op_type)
            if at is not None and node.input[at] in self.stored:
                if len(self.stored[node.input[at]].dims) == 2:
                    yield node, node.input[at]

    def values(self, name: str) -> np.ndarray:
        return numpy_helper.to_array(self.stored[name])

    def replace(self, name: str, tensors: dict):
        """Stores `tensors` (suffix -> array or TensorProto) in place of `name`."""
        self.graph.initializer.remove(self.stored.pop(name))
        for suffix, tensor in tensors.items():
            if isinstance(tensor, np.ndarray):
                tensor = numpy_helper.from_array(tensor, name + suffix)
            self.graph.initializer.append(tensor)

    def dequantize_linear(self, name: str, axis: int):
        """Stores a matrix as int8 with one scale along `axis`."""
        values, scales = int8_channels(self.values(name), axis)
        self.replace(name, {"_quantized": values, "_scale": scales})
        inputs = [f"{name}_quantized", f"{name}_scale"]
        node = helper.make_node("DequantizeLinear", inputs, [name], axis=axis)
        self.graph.node.insert(0, node)

    def layer_of(self, node) -> str:
        """The name of the linear layer that a MatMul belongs to: its bias is added next."""
        for user in self.graph.node:
            if user.op_type == "Add" and node.output[0] in user.input:
                biases = [name for name in user.input if name.endswith(".bias")]
                if biases:
                    return biases[0].removesuffix(".bias")
        return ""

    def matmul_nbits(self, node, name: str, moments: dict):
        """Makes a MatMul one over 4-bit blocks."""
        rows = np.ascontiguousarray(self.values(name).T)
        outputs, inputs = rows.shape
        values, scales = int4_blocks(rows, moments.get(self.layer_of(node)))
        packed = pack_nibbles(values + 8).reshape(outputs, inputs // BLOCK, BLOCK // 2)
        self.replace(name, {"_blocks": packed, "_scales": scales.reshape(-1)})
        new = helper.make_node(
            "MatMulNBits",
            [node.input[0], f"{name}_blocks", f"{name}_scales"],
            list(node.output),
            name=node.name,
            domain="com.microsoft",
            K=inputs,
            N=outputs,
            bits=4,
            block_size=BLOCK,
        )
        node.CopyFrom(new)

    def gather_blocks(self, node, name: str):
        """Makes a Gather of rows one over 4-bit blocks."""
        rows = self.values(name)
        values, scales = int4_blocks(rows)
        packed = TensorProto(
            name=f"{name}_blocks",
            data_type=TensorProto.INT4,
            dims=rows.shape,
            raw_data=pack_nibbles(values).tobytes(),
        )
        self.replace(name, {"_blocks": packed, "_scales": scales})
        new = helper.make_node(
            "GatherBlockQuantized",
            [f"{name}_blocks", node.input[1], f"{name}_scales"],
            list(node.output),
            name=node.name,
            domain="com.microsoft",
            gather_axis=0,
            quantize_axis=1,
            block_size=BLOCK,
        )
        node.CopyFrom(new)

    def save(self, target: Path):
        onnx.save(self.model, target)


def to_int8(source: Path, target: Path):
    """Every matrix as int8, one scale for each output channel or table row."""
    rewriter = Rewriter(source)
    axes = {name: 1 if node.op_type == "MatMul" else 0 for node, name in rewriter.readers()}
    for name, axis in axes.items():
        rewriter.dequantize_linear(name, axis)
    rewriter.save(target)


def to_int4(source: Path, target: Path, moments: dict | None = None):
    """Every matrix as 4-bit blocks; the positions as int8.

    `moments` holds the second moment of a linear layer's inputs by its name.
    """
    rewriter = Rewriter(source)
    for node, name in list(rewriter.readers()):
        if POSITIONS in name:
            rewriter.dequantize_linear(name, 0)
        elif node.op_type == "MatMul":
            rewriter.matmul_nbits(node, name, moments or {})
        else:
            rewriter.gather_blocks(node, name)
    rewriter.model.ir_version = max(rewriter.model.ir_version, 10)  # 4-bit types
    rewriter.model.opset_import.append(helper.make_opsetid("com.microsoft", 1))
    rewriter.save(target)
