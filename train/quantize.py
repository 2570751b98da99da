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


def int4_blocks(rows: np.ndarray):
    """4-bit values in -8..7 [n, k] and scales [n, k / BLOCK] of float32 [n, k].

    All scales of a row are whole multiples, up to ±15, of one step, so that the
    row is also exactly an int8 row with that step for its scale: an engine for
    int8 runs the same weights as one for 4-bit blocks. Step and multiples are
    those of least squared error among the candidates.
    """
    blocks = rows.reshape(len(rows), -1, BLOCK)
    largest = np.abs(rows).max(axis=1)
    best_error = np.full(len(rows), np.inf)
    best_step = np.ones(len(rows), dtype=np.float32)
    best_multiple = np.ones(blocks.shape[:2], dtype=np.int8)
    for stretch in STRETCHES:
        step = np.where(largest > 0, largest * stretch / (7.5 * LARGEST_MULTIPLE), 1)
        step = step.astype(np.float32)
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
        better = error.sum(axis=1) < best_error
        best_error[better] = error.sum(axis=1)[better]
        best_step[better] = step[better]
        best_multiple[better] = multiple[better]
    scales = best_step[:, None] * best_multiple
    values = np.clip(np.rint(blocks / scales[:, :, None]), -8, 7).astype(np.int8)
    return values.reshape(rows.shape), scales.astype(np.float32)


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

    def matmul_nbits(self, node, name: str):
        """Makes a MatMul one over 4-bit blocks."""
        rows = self.values(name).T
        outputs, inputs = rows.shape
        values, scales = int4_blocks(np.ascontiguousarray(rows))
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


def to_int4(source: Path, target: Path):
    """Every matrix as 4-bit blocks; the positions as int8."""
    rewriter = Rewriter(source)
    for node, name in list(rewriter.readers()):
        if POSITIONS in name:
            rewriter.dequantize_linear(name, 0)
        elif node.op_type == "MatMul":
            rewriter.matmul_nbits(node, name)
        else:
            rewriter.gather_blocks(node, name)
    rewriter.model.ir_version = max(rewriter.model.ir_version, 10)  # 4-bit types
    rewriter.model.opset_import.append(helper.make_opsetid("com.microsoft", 1))
    rewriter.save(target)
