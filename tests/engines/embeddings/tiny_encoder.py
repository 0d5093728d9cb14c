"""A sentence encoder of a few thousand random weights, in the form that hubs give multilingual-e5-small."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

WORDS = ("[PAD]", "[UNK]", "query", "passage", ":", "нейрон", "сеть", "молоко", "хлеб", "sea", "ship")


def write_random(folder: Path, dimensions: int = 384, per_token: bool = True) -> Path:
    """`tokenizer.json`, and `onnx/model.onnx`: an embedding of each token, or their plain sum."""
    (folder / "onnx").mkdir(parents=True)
    vocabulary = {word: at for at, word in enumerate(WORDS)}
    tokenizer: dict[str, Any] = {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": [], "post_processor": None,
        "normalizer": {"type": "Lowercase"}, "pre_tokenizer": {"type": "Whitespace"}, "decoder": None,
        "model": {"type": "WordLevel", "vocab": vocabulary, "unk_token": "[UNK]"},
    }  # fmt: skip
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer), "utf-8")
    weights = np.random.default_rng(3).normal(size=(len(WORDS), dimensions)).astype(np.float32)
    nodes = [helper.make_node("Gather", ["weights", "input_ids"], ["tokens"], axis=0)]
    if not per_token:
        nodes.append(helper.make_node("ReduceMean", ["tokens"], ["whole"], axes=[1], keepdims=0))
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "length"])
        for name in ("input_ids", "attention_mask")
    ]
    # a model takes its mask: here it is only looked at
    nodes.append(helper.make_node("Identity", ["attention_mask"], ["seen"]))
    output = helper.make_tensor_value_info("tokens" if per_token else "whole", TensorProto.FLOAT, None)
    seen = helper.make_tensor_value_info("seen", TensorProto.INT64, None)
    graph = helper.make_graph(nodes, "tiny", inputs, [output, seen], [numpy_helper.from_array(weights, "weights")])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
    onnx.save(model, str(folder / "onnx" / "model.onnx"))
    return folder
