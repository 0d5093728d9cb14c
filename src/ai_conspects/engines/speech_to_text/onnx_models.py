"""The models that onnx-asr runs by name, and the languages of each, as their own cards tell them."""

import importlib.util
from dataclasses import dataclass

from ai_conspects.engines.speech_to_text import language_tags

_RU = frozenset({"ru"})
_EN = frozenset({"en"})
_TURKIC = frozenset({"ru", "kk", "ky", "uz", "en"})
_EUROPE = frozenset("bg cs da de el en es et fi fr hr hu it lt lv mt nl pl pt ro ru sk sl sv uk".split())  # noqa: SIM905 - a list of 25

DEFAULT = "gigaam-v3-e2e-ctc"
"""Where none is named: Russian with punctuation, 0.9 GB (0.2 GB in int8), the fastest of GigaAM-v3."""

DEFAULT_FILE = {
    "full": ("istupakov/gigaam-v3-onnx", "v3_e2e_ctc.onnx"),
    "int8": ("istupakov/gigaam-v3-onnx", "v3_e2e_ctc.int8.onnx"),
}
"""The default's repository, and the file that is there once it has come, by precision."""
EXTRA = "pip install 'ai-conspects[onnx]'"


@dataclass(frozen=True)
class OnnxModel:
    """`asks` says that the model wants to be told the language, `repository` where it comes from."""

    repository: str
    languages: frozenset[str]
    asks: bool = False


MODELS = {
    **{f"gigaam-v2-{head}": OnnxModel("istupakov/gigaam-v2-onnx", _RU) for head in ("ctc", "rnnt")},
    **{
        f"gigaam-v3-{head}": OnnxModel("istupakov/gigaam-v3-onnx", _RU)
        for head in ("ctc", "rnnt", "e2e-ctc", "e2e-rnnt")
    },
    "gigaam-multilingual-ctc": OnnxModel("istupakov/gigaam-multilingual-ctc-onnx", _TURKIC),
    "gigaam-multilingual-large-ctc": OnnxModel("istupakov/gigaam-multilingual-large-ctc-onnx", _TURKIC),
    **{
        f"nemo-fastconformer-ru-{head}": OnnxModel("istupakov/stt_ru_fastconformer_hybrid_large_pc_onnx", _RU)
        for head in ("ctc", "rnnt")
    },
    "nemo-parakeet-ctc-0.6b": OnnxModel("istupakov/parakeet-ctc-0.6b-onnx", _EN),
    "nemo-parakeet-rnnt-0.6b": OnnxModel("istupakov/parakeet-rnnt-0.6b-onnx", _EN),
    "nemo-parakeet-tdt-0.6b-v2": OnnxModel("istupakov/parakeet-tdt-0.6b-v2-onnx", _EN),
    "nemo-parakeet-tdt-0.6b-v3": OnnxModel("istupakov/parakeet-tdt-0.6b-v3-onnx", _EUROPE),
    "nemo-canary-1b-v2": OnnxModel("istupakov/canary-1b-v2-onnx", _EUROPE, asks=True),
    "alphacep/vosk-model-ru": OnnxModel("alphacep/vosk-model-ru", _RU),
    "alphacep/vosk-model-small-ru": OnnxModel("alphacep/vosk-model-small-ru", _RU),
    "t-tech/t-one": OnnxModel("t-tech/T-one", _RU),
    "whisper-base": OnnxModel("istupakov/whisper-base-onnx", language_tags.WHISPER, asks=True),
    **{
        name: OnnxModel(name, language_tags.WHISPER, asks=True)
        for name in (f"onnx-community/whisper-{size}" for size in ("tiny", "base", "small", "large-v3-turbo"))
    },
}


def installed() -> bool:
    """Whether the extra is there; imports nothing."""
    return all(importlib.util.find_spec(package) for package in ("onnx_asr", "onnxruntime"))
