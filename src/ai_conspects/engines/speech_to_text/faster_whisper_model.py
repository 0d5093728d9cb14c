"""Finds and loads a CTranslate2 Whisper: a folder, or a model of Hugging Face's hub, from its cache if it is there."""

import importlib.util
import logging
import re
from pathlib import Path
from typing import Any, Literal

from ai_conspects.engines.errors import EngineMisconfigured, EngineUnavailable

Device = Literal["auto", "cpu", "cuda"]

DEFAULT = "small"
"""Where none is named: 244 M parameters, 0.5 GB, as good as a CPU is fast enough for."""
_WEIGHTS = "model.bin"
DEFAULT_FILE = ("Systran/faster-whisper-small", _WEIGHTS)
"""The default's repository, and the file that is there once it has come."""
EXTRA = "pip install 'ai-conspects[whisper]'"
_NEEDED = ["config.json", "preprocessor_config.json", _WEIGHTS, "tokenizer.json", "vocabulary.*"]


def installed() -> bool:
    """Whether the extra is there; imports nothing."""
    return importlib.util.find_spec("faster_whisper") is not None


def load(name: str, model: str, device: Device, threads: int) -> Any:
    """A `faster_whisper.WhisperModel`, on a GPU in float16 where CTranslate2 sees one, else on the CPU in int8.

    Raises `EngineMisconfigured` or `EngineUnavailable`, saying how to mend it; `name` is the engine's.
    """
    if not installed():
        raise EngineMisconfigured(name, f"The package faster-whisper is not installed: {EXTRA}")
    import ctranslate2
    from faster_whisper import WhisperModel

    logging.getLogger("faster_whisper").setLevel(logging.WARNING)  # it would say two lines for each minute heard
    folder = fetched(name, model)
    seen = ctranslate2.get_cuda_device_count() > 0
    place = ("cuda" if seen else "cpu") if device == "auto" else device
    try:
        offered = ctranslate2.get_supported_compute_types(place)
        kind = next(kind for kind in ("float16", "int8", "float32") if kind in offered and (place, kind) != _CPU_HALF)
        return WhisperModel(str(folder), device=place, compute_type=kind, cpu_threads=threads)
    except (RuntimeError, ValueError, OSError) as error:
        said = f"The Whisper model “{Path(model).name}” can't be loaded on “{place}” ({_first_line(error)})."
        raise EngineMisconfigured(name, f"{said} {_mend(model)}") from None


_CPU_HALF = ("cpu", "float16")


def fetched(name: str, model: str, *, shown: bool = False) -> Path:
    """The model's folder, downloaded unless it lies in the cache; what was begun goes on. `shown` draws the progress.

    Raises `EngineMisconfigured` for a model that is not to be had, `EngineUnavailable` where the hub can't be reached.
    """
    if Path(model).is_dir():
        return Path(model)
    if not installed():
        raise EngineMisconfigured(name, f"The package faster-whisper is not installed: {EXTRA}")
    from huggingface_hub import is_offline_mode, snapshot_download
    from huggingface_hub.errors import HFValidationError, RepositoryNotFoundError
    from huggingface_hub.utils.tqdm import disable_progress_bars

    repository = _repository(name, model)
    held = _cached(repository)
    if held:
        return held
    missing = f"The Whisper model “{model}” is not on this machine"
    if is_offline_mode():
        raise EngineMisconfigured(name, f"{missing}, and HF_HUB_OFFLINE forbids to download it. {_mend(model)}")
    if not shown:
        disable_progress_bars()
    try:
        return Path(snapshot_download(repository, allow_patterns=_NEEDED))
    except (RepositoryNotFoundError, HFValidationError):
        raise EngineMisconfigured(name, f"Hugging Face has no model “{model}”. {_mend(model)}") from None
    except Exception as error:  # what breaks a download off differs by the hub's version and its transport
        said = f"{missing}, and it could not be fetched from Hugging Face ({type(error).__name__})."
        raise EngineUnavailable(name, f"{said} {_mend(model)}") from None


def _cached(repository: str) -> Path | None:
    """Its folder in the cache, where it has come whole; asks nobody."""
    from huggingface_hub import snapshot_download

    try:
        held = Path(snapshot_download(repository, allow_patterns=_NEEDED, local_files_only=True))
    except OSError:
        return None
    return held if (held / _WEIGHTS).is_file() else None


def _repository(name: str, model: str) -> str:
    """`org/model` as it is, a short name by faster-whisper's own list."""
    from faster_whisper.utils import _MODELS as REPOSITORIES

    repository = model if re.fullmatch(r"[\w.-]+/[\w.-]+", model) else REPOSITORIES.get(model)
    if repository is None:
        known = ", ".join(REPOSITORIES)
        raise EngineMisconfigured(name, f"There is no Whisper model “{model}”, and no such folder. Known are: {known}.")
    return str(repository)


def _mend(model: str) -> str:
    short = Path(model).name if Path(model).is_absolute() else model
    return (
        f"Download it with `ai-conspects models pull {short}` where there is a network, or set "
        "AI_CONSPECTS_SPEECH__WHISPER_MODEL to a folder that holds a CTranslate2 Whisper."
    )


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n", 1)[0][:200]
