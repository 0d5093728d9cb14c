"""Models for onnx-asr of a few hundred weights, which hear the same words in any speech. Tests reach no hub.

They have the files, inputs and outputs of GigaAM-v3 with a CTC head, so that the real code loads and runs them.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

FRAME_S = 0.04
"""GigaAM tells a token every so many seconds."""
FRAMES = 500


@dataclass(frozen=True)
class Script:
    """The tokens and the frame at which each is heard; how far its logit stands out."""

    tokens: tuple[tuple[str, int], ...] = (("▁При", 10), ("вет", 15), (",", 18), ("▁мир", 30), (".", 34))
    sureness: float = 20.0


def write_gigaam(folder: Path, script: Script) -> Path:
    """The files of `gigaam-v3-e2e-ctc` in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    vocabulary = [*dict.fromkeys(token for token, _ in script.tokens), "<blk>"]
    lines = "".join(f"{token} {number}\n" for number, token in enumerate(vocabulary))
    (folder / "v3_e2e_ctc_vocab.txt").write_text(lines, "utf-8")
    (folder / "config.json").write_text(json.dumps({"version": "v3", "subsampling_factor": 4, "features_size": 64}))
    onnx.save(_model(_logits(script, vocabulary)), str(folder / "v3_e2e_ctc.onnx"))
    return folder


def _logits(script: Script, vocabulary: list[str]) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    said = {frame: token for token, frame in script.tokens}
    table = np.zeros((FRAMES, len(vocabulary)), np.float32)
    for frame in range(FRAMES):
        table[frame, vocabulary.index(said.get(frame, "<blk>"))] = script.sureness
    return table


def _model(logits: np.ndarray[tuple[int, int], np.dtype[np.float32]]) -> onnx.ModelProto:
    """Frame by frame what stands in the table, whatever the features are."""
    features = helper.make_tensor_value_info("features", TensorProto.FLOAT, ["batch", 64, "frames"])
    lengths = helper.make_tensor_value_info("feature_lengths", TensorProto.INT64, ["batch"])
    output = helper.make_tensor_value_info("log_probs", TensorProto.FLOAT, ["batch", "steps", logits.shape[1]])
    constants = {
        "table": logits,
        "zero": np.zeros(1, np.float32),
        "from": np.array([0]),
        "to": np.array([2**31]),
        "by": np.array([4]),
        "axis": np.array([1]),
        "first": np.array([0]),
    }
    nodes = [
        helper.make_node("Transpose", ["features"], ["rows"], perm=[0, 2, 1]),
        helper.make_node("Slice", ["rows", "from", "to", "axis", "by"], ["steps"]),
        helper.make_node("ReduceMean", ["steps"], ["mean"], axes=[2], keepdims=1),
        helper.make_node("Mul", ["mean", "zero"], ["nothing"]),
        helper.make_node("Shape", ["steps"], ["count"], start=1, end=2),
        helper.make_node("Slice", ["table", "from", "count", "first"], ["said"]),
        helper.make_node("Add", ["nothing", "said"], ["logits"]),
        helper.make_node("LogSoftmax", ["logits"], ["log_probs"], axis=-1),
    ]
    initial = [numpy_helper.from_array(value, name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, "tiny", [features, lengths], [output], initial)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
