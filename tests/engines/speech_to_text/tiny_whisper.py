"""Whispers of a few thousand weights in CTranslate2's format, which write what they are told to over any speech.

The format, vocabulary size, tokens and layers are a real Whisper's, so that the real code loads and runs it; the audio
goes through random weights and decides nothing but where words are aligned. No hub can be reached by the tests.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from ctranslate2.specs.model_spec import visit_spec
from ctranslate2.specs.whisper_spec import WhisperSpec
from faster_whisper.tokenizer import _LANGUAGE_CODES
from tokenizers import AddedToken, Tokenizer
from tokenizers.decoders import ByteLevel as ByteDecoder
from tokenizers.models import BPE
from tokenizers.pre_tokenizers import ByteLevel

WIDTH, POSITIONS, MELS = 64, 448, 80
PROMPT = 4
"""Start, language, task, no timestamps: the first word follows these."""


@dataclass(frozen=True)
class Script:
    """What the model writes (each word with the space before it), how surely, and what else it thinks.

    `sureness` is the distance of the right token's logit; `no_speech` and `language` add to those tokens' logits.
    """

    words: tuple[str, ...] = (" And", " so", " my", " fellow", " Americans.")
    sureness: float = 30.0
    language: str = "en"
    language_sureness: float = 8.0
    no_speech: float = -30.0
    multilingual: bool = True


def write_whisper(folder: Path, script: Script) -> Path:
    """The model's files in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    tokens = _tokens(script)
    spec = WhisperSpec(1, 2, 1, 2)
    random = np.random.default_rng(7)
    visit_spec(spec, lambda layer, name, value: _fill(layer, name, value, random))
    spec.decoder.projection.weight, spec.decoder.projection.bias = _projection(script, tokens, spec)
    spec.register_vocabulary(tokens)
    spec.config.lang_ids = [tokens.index(f"<|{code}|>") for code in _languages(script)]
    spec.config.alignment_heads = [(0, 0)]
    spec.config.suppress_ids = []
    spec.config.suppress_ids_begin = [tokens.index("<|endoftext|>")]
    spec.validate()
    spec.optimize(quantization="int8")  # as a model for a CPU is
    spec.save(str(folder))
    _tokenizer(tokens).save(str(folder / "tokenizer.json"))
    extractor = {"feature_size": MELS, "sampling_rate": 16_000, "hop_length": 160, "chunk_length": 30, "n_fft": 400}
    (folder / "preprocessor_config.json").write_text(json.dumps(extractor))
    return folder


def _languages(script: Script) -> list[str]:
    return [code for code in _LANGUAGE_CODES if code != "yue"] if script.multilingual else ["en"]


def _tokens(script: Script) -> list[str]:
    """As many as OpenAI's models have, in their order."""
    alphabet = sorted(ByteLevel.alphabet())
    written = [token for token in dict.fromkeys(map(_in_bytes, script.words)) if token not in alphabet]
    text = [*alphabet, *written]
    text += [f"Ġfiller{number}" for number in range(50_256 - len(text))]
    text += [""] if script.multilingual else []  # by this or by their number, CTranslate2 tells a multilingual model
    special = [
        "<|endoftext|>",
        "<|startoftranscript|>",
        *(f"<|{code}|>" for code in _languages(script)),
        *(
            f"<|{name}|>"
            for name in ("translate", "transcribe", "startoflm", "startofprev", "nospeech", "notimestamps")
        ),
    ]
    return [*text, *special, *(f"<|{number * 0.02:.2f}|>" for number in range(1501))]


def _in_bytes(text: str) -> str:
    """A token as byte-level vocabularies write it."""
    return "".join(piece for piece, _ in ByteLevel(add_prefix_space=False, use_regex=False).pre_tokenize_str(text))


def _tokenizer(tokens: list[str]) -> Tokenizer:
    end = tokens.index("<|endoftext|>")
    made = Tokenizer(BPE(vocab={token: number for number, token in enumerate(tokens[:end])}, merges=[]))
    made.pre_tokenizer = ByteLevel(add_prefix_space=False)
    made.decoder = ByteDecoder()
    made.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in tokens[end:]])
    return made


SHAPES = {
    "conv1/weight": (WIDTH, MELS, 3),
    "conv2/weight": (WIDTH, WIDTH, 3),
    "self_attention/linear_0/weight": (3 * WIDTH, WIDTH),
    "attention/linear_0/weight": (WIDTH, WIDTH),
    "attention/linear_1/weight": (2 * WIDTH, WIDTH),
    "attention/linear_2/weight": (WIDTH, WIDTH),
    "self_attention/linear_1/weight": (WIDTH, WIDTH),
    "ffn/linear_0/weight": (4 * WIDTH, WIDTH),
    "ffn/linear_1/weight": (WIDTH, 4 * WIDTH),
}


def _fill(layer: Any, name: str, value: Any, random: np.random.Generator) -> None:
    attribute = name.rpartition("/")[2]
    if attribute in {"gamma", "beta"}:
        setattr(layer, attribute, np.full(WIDTH, float(attribute == "gamma"), np.float32))
    elif name.endswith("position_encodings/encodings"):
        count = 1500 if name.startswith("encoder") else POSITIONS
        layer.encodings = random.normal(0, 1, (count, WIDTH)).astype(np.float32)
    elif name == "decoder/embeddings/weight":
        layer.weight = np.zeros((1, WIDTH), np.float32)  # set with the projection
    elif attribute == "weight" and value is None and name != "decoder/projection/weight":
        shape = next(SHAPES[ending] for ending in sorted(SHAPES, key=len, reverse=True) if name.endswith(ending))
        in_decoder = name.startswith("decoder")
        layer.weight = random.normal(0, 0.01 if in_decoder else 0.2, shape).astype(np.float32)
        if hasattr(layer, "bias"):
            layer.bias = np.zeros(shape[0], np.float32)


def _projection(script: Script, tokens: list[str], spec: WhisperSpec) -> tuple[Any, Any]:
    """From a place in the text to the word that stands there."""
    spec.decoder.embeddings.weight = np.zeros((len(tokens), WIDTH), np.float32)
    places = spec.decoder.position_encodings.encodings
    places = (places - places.mean(axis=1, keepdims=True)) / places.std(axis=1, keepdims=True)
    prompt = PROMPT if script.multilingual else 2
    weight = np.zeros((len(tokens), WIDTH), np.float32)
    bias = np.full(len(tokens), -30.0, np.float32)
    for place, token in enumerate([*map(_in_bytes, script.words), "<|endoftext|>"], start=prompt - 1):
        weight[tokens.index(token)] += script.sureness * places[place] / WIDTH
        bias[tokens.index(token)] = 0.0
    bias[tokens.index(f"<|{script.language}|>")] += script.language_sureness
    bias[tokens.index("<|nospeech|>")] = script.no_speech
    return weight, bias
