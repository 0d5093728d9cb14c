"""A sentence encoder in ONNX that lies in a folder on this machine: multilingual-e5-small, MiniLM and their like.

The folder holds `tokenizer.json` and `model.onnx` (also in `onnx/`), as model hubs give them. No torch is needed.
"""

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import Any, Literal

import numpy as np
from numpy import float32
from numpy.typing import NDArray

from ai_conspects.engines.errors import EngineMisconfigured

SETTING = "AI_CONSPECTS_EMBEDDINGS__ONNX_FOLDER"
EXTRA = "pip install 'ai-conspects[embeddings]'"
PLACES = ("model.onnx", "onnx/model.onnx", "model_int8.onnx", "onnx/model_int8.onnx", "model_quantized.onnx")
LONGEST = 512
"""Tokens of one text that are read; chunks have fewer."""
BATCH = 16


def mend(folder: Path) -> str:
    """What must be done before the model can work, empty if nothing is seen; loads nothing."""
    if not all(importlib.util.find_spec(package) for package in ("onnxruntime", "tokenizers")):
        return EXTRA
    if _model_file(folder) is None or not (folder / "tokenizer.json").is_file():
        return (
            f"{SETTING} must be a folder with model.onnx and tokenizer.json, and {folder} is none. A model of a hub is "
            "brought by its name where there is a network: hf download Xenova/multilingual-e5-small --local-dir FOLDER"
        )
    return ""


class OnnxEmbeddings:
    """`Embeddings` by the model in a folder, whose name names the space. Loaded at first use; safe between threads.

    The E5 family is told which side of a search a text is on, as it was trained.
    """

    def __init__(self, folder: Path, dimensions: int, threads: int = 0) -> None:
        self.model = f"onnx:{folder.name}@{dimensions}"
        self.dimensions = dimensions
        self._folder, self._threads = folder, threads
        self._prefixes = "e5" in folder.name.lower().split("-")
        self._lock = Lock()
        self._loaded: tuple[Any, Any] | None = None

    def embed(self, texts: Sequence[str], *, kind: Literal["query", "passage"]) -> NDArray[float32]:
        """Shape `(len(texts), dimensions)`, rows of length 1, zeros for a blank text. Raises `EngineMisconfigured`."""
        vectors = np.zeros((len(texts), self.dimensions), float32)
        said = [row for row, text in enumerate(texts) if text.strip()]
        said.sort(key=lambda row: len(texts[row]))  # texts of one length waste no padding
        for start in range(0, len(said), BATCH):
            rows = said[start : start + BATCH]
            vectors[rows] = self._batch([f"{kind}: {texts[row]}" if self._prefixes else texts[row] for row in rows])
        return vectors

    def _batch(self, texts: list[str]) -> NDArray[float32]:
        session, tokenizer = self._both()
        encoded = tokenizer.encode_batch(texts)
        mask = np.array([one.attention_mask for one in encoded], np.int64)
        known = {
            "input_ids": np.array([one.ids for one in encoded], np.int64),
            "attention_mask": mask,
            "token_type_ids": np.zeros_like(mask),
        }
        try:
            told, *_ = session.run(None, {wanted.name: known[wanted.name] for wanted in session.get_inputs()})
        except Exception as error:  # onnxruntime's errors have nothing in common but this
            raise EngineMisconfigured(self.model, f"{SETTING}: no sentence encoder ({type(error).__name__}).") from None
        return self._pooled(np.asarray(told, float32), mask)

    def _pooled(self, told: NDArray[float32], mask: NDArray[np.int64]) -> NDArray[float32]:
        """The mean over a text's tokens, where the model tells of each token."""
        if told.ndim == 3:
            weights = mask[:, :, None].astype(float32)
            told = (told * weights).sum(axis=1) / np.maximum(weights.sum(axis=1), 1)
        if told.shape[1:] != (self.dimensions,):
            raise EngineMisconfigured(
                self.model,
                f"The model gives vectors of shape {told.shape[1:]}, AI_CONSPECTS_EMBEDDINGS__DIMENSIONS is "
                f"{self.dimensions}; take another model or make the database for that length.",
            )
        lengths = np.linalg.norm(told, axis=1, keepdims=True)
        return np.asarray(told / np.maximum(lengths, np.finfo(float32).tiny), float32)

    def _both(self) -> tuple[Any, Any]:
        with self._lock:
            if self._loaded is None:
                self._loaded = self._load()
            return self._loaded

    def _load(self) -> tuple[Any, Any]:
        missing, file = mend(self._folder), _model_file(self._folder)
        if missing or file is None:
            raise EngineMisconfigured(self.model, f"The embedding model can't be used: {missing}.")
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self._threads
        options.log_severity_level = 4
        try:
            session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
            tokenizer = Tokenizer.from_file(str(self._folder / "tokenizer.json"))
        except Exception as error:  # neither library has an error of its own
            raise EngineMisconfigured(self.model, f"{SETTING}: can't be read ({type(error).__name__}).") from None
        tokenizer.enable_truncation(LONGEST)
        tokenizer.enable_padding()
        return session, tokenizer


def _model_file(folder: Path) -> Path | None:
    return next((folder / place for place in PLACES if (folder / place).is_file()), None)
