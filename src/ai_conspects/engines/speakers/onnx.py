"""Separates speakers by an ONNX model of voices that lies on this machine: WeSpeaker's, 3D-Speaker's and their like.

The model hears windows of three seconds at most, as the recording streams by; what it says of each segment is grouped.
"""

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ai_conspects.engines.errors import EngineMisconfigured
from ai_conspects.engines.speakers.clustering import Rules, speakers
from ai_conspects.engines.speakers.fbank import BINS, Features, fbank
from ai_conspects.engines.speakers.windows import cut, windows
from ai_conspects.engines.speech_to_text.base import Pcm16k, Segment

SETTING = "AI_CONSPECTS_SPEECH__SPEAKER_MODEL"
EXTRA = "pip install 'ai-conspects[speakers]'"
TAKES = f"float features of shape (1, frames, {BINS}) to one embedding, as WeSpeaker and 3D-Speaker export theirs"


def installed() -> bool:
    """Whether the extra is there; imports nothing."""
    return importlib.util.find_spec("onnxruntime") is not None


def mend(model: Path) -> str:
    """What must be done before this model can work, empty if nothing is seen; loads nothing."""
    if not installed():
        return EXTRA
    return "" if model.is_file() else f"set {SETTING} to the path of an .onnx file; {model} is none"


class OnnxSpeakers:
    """A `SpeakerSeparation`. `model` maps a window's features to an embedding; `similarity` as in `Rules`.

    The model is loaded at first use, once. Safe to share between threads. `threads` for a recording, 0: the library's
    default.
    """

    def __init__(self, model: Path, similarity: float, threads: int = 0) -> None:
        self.name = f"onnx:{model.stem}"
        self._model, self._threads = model, threads
        self._rules = Rules(similarity)
        self._lock = Lock()
        self._loaded: Any = None

    def separate(self, audio: Pcm16k, segments: Sequence[Segment]) -> list[str | None]:
        """As `SpeakerSeparation.separate`."""
        session = self._session()
        sums: dict[int, NDArray[np.float32]] = {}
        seconds = np.array([max(segment.end_s - segment.start_s, 0.0) for segment in segments])
        for window, samples in cut(audio, windows(segments)):
            features = fbank(samples)
            if len(features) > 1 and samples.any():  # digital silence says nothing of a voice
                sums[window.segment] = sums.get(window.segment, 0) + len(features) * self._embedding(session, features)
        if not sums:
            return [None] * len(segments)
        found = speakers(_rows(sums, len(segments)), seconds, self._rules)
        return [None if number is None else f"S{number + 1}" for number in found]

    def _embedding(self, session: Any, features: Features) -> NDArray[np.float32]:
        """One row of length 1; zeros where the model tells no direction."""
        try:
            (told, *_) = session.run(None, {session.get_inputs()[0].name: features[np.newaxis]})
        except Exception as error:  # onnxruntime's errors have nothing in common but this
            raise self._other_format(type(error).__name__) from None
        if not isinstance(told, np.ndarray) or told.dtype.kind != "f" or told.ndim < 2 or told.size != told.shape[-1]:
            raise self._other_format("it tells something else")
        row = told.reshape(-1).astype(np.float32)
        length = float(np.linalg.norm(row))
        return row / np.float32(length) if 0 < length < np.inf else np.zeros_like(row)

    def _session(self) -> Any:
        with self._lock:
            if self._loaded is None:
                self._loaded = self._load()
        return self._loaded

    def _load(self) -> Any:
        missing = mend(self._model)
        if missing:
            raise EngineMisconfigured(self.name, f"Speakers can't be told apart: {missing}.")
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self._threads
        options.enable_mem_pattern = False  # it keeps a plan for each length of window
        try:
            session = onnxruntime.InferenceSession(str(self._model), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # as above
            said = f"The speaker model {self._model} can't be loaded ({type(error).__name__})"
            raise EngineMisconfigured(self.name, f"{said}: set {SETTING} to another file.") from None
        self._check(session)
        return session

    def _check(self, session: Any) -> None:
        """See that it takes what it will be given, before a recording is decoded for it."""
        given = session.get_inputs()
        shape = given[0].shape
        turned = len(shape) == 3 and shape[2] != BINS and (isinstance(shape[2], int) or shape[1] == BINS)
        if len(given) != 1 or given[0].type != "tensor(float)" or len(shape) != 3 or turned:
            taken = ", ".join(f"{one.name} {one.type} {one.shape}" for one in given)
            raise self._other_format(f"it takes {taken}")

    def _other_format(self, why: str) -> EngineMisconfigured:
        said = f"The speaker model {self._model} has another format ({why})"
        return EngineMisconfigured(self.name, f"{said}: {SETTING} must name one from {TAKES}.")


def _rows(sums: dict[int, NDArray[np.float32]], count: int) -> NDArray[np.float32]:
    """A row for each segment, of length 1; zeros for one that wasn't heard."""
    rows = np.zeros((count, len(next(iter(sums.values())))), np.float32)
    for index, row in sums.items():
        rows[index] = row / max(float(np.linalg.norm(row)), 1e-9)
    return rows
