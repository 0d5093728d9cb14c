"""OpenAI's own Whisper with the weights of a CTranslate2 folder; run by the Python in which `openai-whisper` lives.

`python bench/openai_whisper.py FOLDER LANGUAGE SAMPLES.npy` prints one line of JSON: seconds to load, and of two ways
to hear the samples (mono floats at 16 kHz): `same` does what ours does (five beams, words with times), `plain` is the
package's default (greedy, no words). It imports nothing of this project, which has no torch.
"""

import json
import os
import struct
import sys
import time
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

Tensors = dict[str, Any]
_TYPES = {0: np.float32, 1: np.int8, 2: np.int16, 3: np.int32, 4: np.float16}
_SAME = {"beam_size": 5, "word_timestamps": True, "condition_on_previous_text": False}


def main() -> None:
    """Load, hear twice, tell."""
    torch, whisper = import_module("torch"), import_module("whisper")
    folder, language, samples = sys.argv[1:]
    since = time.perf_counter()
    tensors = read(Path(folder) / "model.bin")
    weights = named(tensors)
    model = whisper.model.Whisper(dimensions(tensors))
    model.load_state_dict({name: torch.from_numpy(np.array(value, np.float32)) for name, value in weights.items()})
    heads = torch.zeros(model.dims.n_text_layer, model.dims.n_text_head, dtype=torch.bool)
    for layer, head in json.loads((Path(folder) / "config.json").read_text("utf-8"))["alignment_heads"]:
        heads[layer, head] = True
    model.register_buffer("alignment_heads", heads.to_sparse(), persistent=False)
    model.eval()
    told: dict[str, Any] = {"load_s": time.perf_counter() - since}
    audio = np.load(samples)
    hear = partial(model.transcribe, audio, language=language, fp16=False)
    model.transcribe(
        audio[: 5 * 16_000], language=language, fp16=False, **_SAME
    )  # compiles what it compiles at first use
    told |= {"same": timed(partial(hear, **_SAME)), "plain": timed(hear)}
    print(json.dumps(told))


def timed(call: Callable[[], Any]) -> dict[str, Any]:
    """Seconds by the clock and of the CPU, and the text."""
    wall_s, cpu = time.perf_counter(), os.times()
    text = call()["text"]
    now = os.times()
    return {
        "wall_s": time.perf_counter() - wall_s,
        "cpu_s": now.user + now.system - cpu.user - cpu.system,
        "text": text,
    }


def read(file: Path) -> Tensors:
    """The tensors of a `model.bin`, by CTranslate2's names; the format as its `ModelSpec.save` writes it."""
    with file.open("rb") as source:
        _number(source, "I"), _name(source), _number(source, "I")  # versions, and what it is
        return dict(_tensor(source) for _ in range(_number(source, "I")))


def _tensor(source: BinaryIO) -> tuple[str, Any]:
    name = _name(source)
    shape = [_number(source, "I") for _ in range(_number(source, "B"))]
    kind = _TYPES[_number(source, "B")]
    return name, np.frombuffer(source.read(_number(source, "I")), kind).reshape(shape)


def _number(source: BinaryIO, kind: str) -> int:
    value: int = struct.unpack(kind, source.read(struct.calcsize(kind)))[0]
    return value


def _name(source: BinaryIO) -> str:
    return source.read(_number(source, "H"))[:-1].decode()


def dimensions(tensors: Tensors) -> Any:
    """What OpenAI's class must know of the model's shape."""
    mels = tensors["encoder/conv1/weight"].shape[1]
    heads = [int(tensors[f"{part}/num_heads"]) for part in ("encoder", "decoder")]
    layers = [
        len({name.split("/")[1] for name in tensors if name.startswith(f"{part}/layer_")}) - extra
        for part, extra in (("encoder", 1), ("decoder", 1))
    ]  # one of them is the norm at the end
    (vocabulary, width), (context, _) = (
        tensors["decoder/embeddings/weight"].shape,
        tensors["decoder/position_encodings/encodings"].shape,
    )
    audio = tensors["encoder/position_encodings/encodings"].shape[0]
    return import_module("whisper.model").ModelDimensions(
        mels, audio, width, heads[0], layers[0], vocabulary, context, width, heads[1], layers[1]
    )


def named(tensors: Tensors) -> Tensors:
    """The same by OpenAI's names."""
    made = {
        "encoder.positional_embedding": tensors["encoder/position_encodings/encodings"],
        "decoder.positional_embedding": tensors["decoder/position_encodings/encodings"],
        "decoder.token_embedding.weight": tensors["decoder/embeddings/weight"],
    }
    for conv in ("conv1", "conv2"):
        for part in ("weight", "bias"):
            made[f"encoder.{conv}.{part}"] = tensors[f"encoder/{conv}/{part}"]
    made |= _norm(tensors, "encoder/layer_norm", "encoder.ln_post") | _norm(tensors, "decoder/layer_norm", "decoder.ln")
    for name in {"/".join(name.split("/")[:2]) for name in tensors if "/layer_" in name} - {
        "encoder/layer_norm",
        "decoder/layer_norm",
    }:
        made |= _block(tensors, name, name.replace("/layer_", ".blocks."))
    return made


def _block(tensors: Tensors, source: str, target: str) -> Tensors:
    made = _norm(tensors, f"{source}/ffn/layer_norm", f"{target}.mlp_ln")
    made |= _linear(tensors, f"{source}/ffn/linear_0", f"{target}.mlp.0")
    made |= _linear(tensors, f"{source}/ffn/linear_1", f"{target}.mlp.2")
    for ours, theirs in (("self_attention", "attn"), ("attention", "cross_attn")):
        if f"{source}/{ours}/linear_0/weight" in tensors:
            made |= _attention(tensors, f"{source}/{ours}", f"{target}.{theirs}")
    return made


def _attention(tensors: Tensors, source: str, target: str) -> Tensors:
    """Query, key and value lie in one matrix, or the query by itself where it is another's text."""
    joined = [name for name in ("linear_0", "linear_1", "linear_2") if f"{source}/{name}/weight" in tensors]
    *inner, out = joined
    made = _norm(tensors, f"{source}/layer_norm", f"{target}_ln") | _linear(tensors, f"{source}/{out}", f"{target}.out")
    for part in ("weight", "bias"):
        rows = np.concatenate([tensors[f"{source}/{name}/{part}"] for name in inner])
        for name, value in zip(("query", "key", "value"), np.split(rows, 3), strict=True):
            made[f"{target}.{name}.{part}"] = value
    del made[f"{target}.key.bias"]  # it is none: all zeros
    return made


def _linear(tensors: Tensors, source: str, target: str) -> Tensors:
    return {f"{target}.{part}": tensors[f"{source}/{part}"] for part in ("weight", "bias")}


def _norm(tensors: Tensors, source: str, target: str) -> Tensors:
    return {f"{target}.weight": tensors[f"{source}/gamma"], f"{target}.bias": tensors[f"{source}/beta"]}


if __name__ == "__main__":
    main()
