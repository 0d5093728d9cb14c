"""Models of voices of a few thousand weights, with the input and output of WeSpeaker's. Tests reach no hub."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def write_random(path: Path, dimensions: int = 32) -> Path:
    """A convolution, a rectifier, pooling of mean and deviation, and a projection: an x-vector with random weights."""
    random = np.random.default_rng(7)
    weights = {
        "filters": (random.normal(size=(48, 80, 5)) / 20).astype(np.float32),
        "matrix": random.normal(size=(96, dimensions)).astype(np.float32),
    }
    nodes = [
        helper.make_node("Transpose", ["feats"], ["columns"], perm=[0, 2, 1]),
        helper.make_node("Conv", ["columns", "filters"], ["convolved"], pads=[2, 2]),
        helper.make_node("Relu", ["convolved"], ["frames"]),
        *_deviation("frames", 2),
        helper.make_node("Concat", ["mean_flat", "deviation"], ["pooled"], axis=1),
        helper.make_node("MatMul", ["pooled", "matrix"], ["embs"]),
    ]
    return _write(path, nodes, weights, ["batch", "frames", 80], dimensions)


def write_timbre(path: Path) -> Path:
    """How much each band of the spectrum moves, less the mean of all: tells apart voices that sound very different."""
    nodes = [
        *_deviation("feats", 1),
        helper.make_node("ReduceMean", ["deviation"], ["middle"], axes=[1], keepdims=1),
        helper.make_node("Sub", ["deviation", "middle"], ["embs"]),
    ]
    return _write(path, nodes, {}, ["batch", "frames", 80], 80)


def write_nemo(path: Path) -> Path:
    """The input of TitaNet: bins before frames. It isn't what this engine gives."""
    nodes = [helper.make_node("ReduceMean", ["feats"], ["embs"], axes=[2], keepdims=0)]
    return _write(path, nodes, {}, ["batch", 80, "frames"], 80)


def write_talkative(path: Path) -> Path:
    """As many embeddings as frames."""
    return _write(path, [helper.make_node("Identity", ["feats"], ["embs"])], {}, ["batch", "frames", 80], 80)


def _deviation(of: str, axis: int) -> list[onnx.NodeProto]:
    """`mean_flat` and `deviation` over time."""
    return [
        helper.make_node("ReduceMean", [of], ["mean"], axes=[axis], keepdims=1),
        helper.make_node("ReduceMean", [of], ["mean_flat"], axes=[axis], keepdims=0),
        helper.make_node("Sub", [of, "mean"], ["centred"]),
        helper.make_node("Mul", ["centred", "centred"], ["squared"]),
        helper.make_node("ReduceMean", ["squared"], ["variance"], axes=[axis], keepdims=0),
        helper.make_node("Sqrt", ["variance"], ["deviation"]),
    ]


def _write(
    path: Path, nodes: list[onnx.NodeProto], weights: Mapping[str, Any], shape: list[str | int], dimensions: int
) -> Path:
    features = helper.make_tensor_value_info("feats", TensorProto.FLOAT, shape)
    output = helper.make_tensor_value_info("embs", TensorProto.FLOAT, None)
    initial = [numpy_helper.from_array(value, name) for name, value in weights.items()]
    graph = helper.make_graph(nodes, f"tiny_{dimensions}", [features], [output], initial)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, str(path))
    return path
