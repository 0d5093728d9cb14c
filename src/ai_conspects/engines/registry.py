"""Builds the engines that the settings ask for, and says in a sentence why it took each. It loads no model.

An engine's module is imported when the engine is chosen; what is heavy in it is loaded at its first use, so that it
happens in the process (and after the fork) that does the work.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ai_conspects.core import machine
from ai_conspects.core.engine_settings import EmbeddingSettings, LanguageModelSettings, SpeechSettings
from ai_conspects.core.settings import Settings
from ai_conspects.engines import openai_server
from ai_conspects.engines.embeddings.base import Embeddings
from ai_conspects.engines.language_model.base import LanguageModel
from ai_conspects.engines.object_storage.base import ObjectStore
from ai_conspects.engines.speakers.base import SpeakerSeparation
from ai_conspects.engines.speech_to_text.base import SpeechToText
from ai_conspects.engines.web_search import choosing
from ai_conspects.engines.web_search.base import WebSearch


@dataclass(frozen=True)
class Engines:
    """The tools of a process. `web_search` and `speakers` are None where none is configured."""

    speech: SpeechToText
    language_model: LanguageModel
    embeddings: Embeddings
    web_search: WebSearch | None
    store: ObjectStore
    speakers: SpeakerSeparation | None = None


@dataclass(frozen=True)
class Choice:
    """What was chosen for a kind of work, and why, in a sentence for the operator; it holds no key and no URL."""

    kind: str
    engine: str
    why: str
    mend: str = ""
    """What must be done before it can work, empty where it can."""


def build(settings: Settings, home: Path) -> Engines:
    """The engines by the settings; objects go below `home` unless a bucket is named. Talks to nobody."""
    return Engines(
        speech=speech_of(settings),
        language_model=_language_model(settings),
        embeddings=_embeddings(settings),
        web_search=choosing.engine(settings),
        store=store(settings, home),
        speakers=_speakers(settings),
    )


def describe(settings: Settings) -> list[Choice]:
    """What `build` takes for each kind, and why."""
    search = Choice("web_search", *choosing.explained(settings))
    chosen = [*(_choice(kind, settings) for kind in OFFLINE), search, _store_choice(settings)]
    return [*chosen, _speakers_choice(settings)] if settings.speech.speaker_model else chosen


def import_ahead(settings: Settings, kinds: Iterable[str]) -> None:
    """Import, before a fork, what every process after it would at its first step of these kinds. Loads no model."""
    if any(_choice(kind, settings).engine == "openai" for kind in kinds):
        openai_server.import_ahead()


def clean_store(settings: Settings, home: Path) -> int:
    """Remove what killed writers left in the local store; how many files. A bucket's lifecycle rule does it for S3."""
    if settings.s3_bucket:
        return 0
    from ai_conspects.engines.object_storage.local import sweep_unfinished

    return sweep_unfinished(home / "objects")


Group = SpeechSettings | LanguageModelSettings | EmbeddingSettings

OFFLINE = {
    "speech": ("pocketsphinx", "It hears US English only, and roughly."),
    "language_model": ("extractive", "It picks sentences that were said and writes none."),
    "embeddings": ("hashed", "It finds words and their forms, not what is meant by other words."),
}
"""For each group of settings with a choice: the engine that needs no server, and its limits."""


def _choice(kind: str, settings: Settings) -> Choice:
    """`openai` where a key or a base URL is at hand, else the offline engine, unless one is named."""
    group: Group = getattr(settings, kind)
    offline, limits = OFFLINE[kind]
    prefix = f"AI_CONSPECTS_{kind.upper()}__"
    reason = (
        (f"{prefix}BASE_URL is set" if group.base_url else "")
        or (f"{prefix}API_KEY is set" if group.api_key.get_secret_value() else "")
        or ("OPENAI_API_KEY is set" if settings.openai_api_key.get_secret_value() else "")
    )
    if group.engine == "openai":
        return Choice(kind, "openai", f"{prefix}ENGINE names it{f'; {reason}' if reason else ', but no key is set'}.")
    if kind == "speech" and not (group.engine == "auto" and reason):
        from ai_conspects.engines.speech_to_text import local

        return Choice(kind, *local.explained(local.candidates(settings.speech, _threads(settings))))
    if isinstance(group, EmbeddingSettings) and (group.engine == "onnx" or (group.engine == "auto" and not reason)):
        encoder = _encoder_choice(group)
        if encoder is not None:
            return encoder
    if group.engine != "auto":
        return Choice(kind, group.engine, f"{prefix}ENGINE names it. {limits}")
    if reason:
        return Choice(kind, "openai", f"{reason}.")
    return Choice(kind, offline, f"No key and no {prefix}BASE_URL are set, so it works offline. {limits}")


def _encoder_choice(group: EmbeddingSettings) -> Choice | None:
    """A sentence encoder on this machine, if one is named."""
    from ai_conspects.engines.embeddings import onnx

    if group.engine != "onnx" and not group.onnx_folder:
        return None
    why = f"{onnx.SETTING} is set." if group.onnx_folder else "AI_CONSPECTS_EMBEDDINGS__ENGINE names it."
    return Choice("embeddings", "onnx", why, onnx.mend(Path(group.onnx_folder)))


def _store_choice(settings: Settings) -> Choice:
    if settings.s3_bucket:
        return Choice("store", "s3", "S3_BUCKET is set.")
    return Choice("store", "local", "S3_BUCKET is empty, so audio stays on this machine, under the data folder.")


def _speakers_choice(settings: Settings) -> Choice:
    from ai_conspects.engines.speakers import onnx

    return Choice("speakers", "onnx", f"{onnx.SETTING} is set.", onnx.mend(Path(settings.speech.speaker_model)))


def key_of(group: Group, settings: Settings) -> str:
    """The group's own key, else OpenAI's, which goes to no server but OpenAI's."""
    own = group.api_key.get_secret_value()
    return own or ("" if group.base_url else settings.openai_api_key.get_secret_value())


def speech_of(settings: Settings) -> SpeechToText:
    """The speech engine alone, for a command that needs no other."""
    if _choice("speech", settings).engine == "openai":
        from ai_conspects.engines.speech_to_text.openai import OpenAITranscription

        group = settings.speech
        return OpenAITranscription(group.base_url, key_of(group, settings), group.model)
    from ai_conspects.engines.speech_to_text import local

    return local.speech(settings.speech, _threads(settings))


def _threads(settings: Settings) -> int:
    """The cores for one recording: all of them, shared among as many as are heard at a time."""
    cores = machine.cores()
    at_a_time = settings.worker.audio_processes or machine.heard_at_a_time(cores, machine.memory_bytes())
    return max(1, cores // at_a_time)


def _language_model(settings: Settings) -> LanguageModel:
    if _choice("language_model", settings).engine == "openai":
        from ai_conspects.engines.language_model.openai import OpenAIModel

        group = settings.language_model
        return OpenAIModel(
            group.base_url,
            key_of(group, settings),
            group.model,
            group.context_tokens,
            group.timeout_s,
            group.part_tokens,
        )
    from ai_conspects.engines.language_model.extractive import ExtractiveModel

    return ExtractiveModel()


def _embeddings(settings: Settings) -> Embeddings:
    group = settings.embeddings
    chosen = _choice("embeddings", settings).engine
    if chosen == "openai":
        from ai_conspects.engines.embeddings.openai import OpenAIEmbeddings

        return OpenAIEmbeddings(group.base_url, key_of(group, settings), group.model, group.dimensions)
    if chosen == "onnx":
        from ai_conspects.engines.embeddings.onnx import OnnxEmbeddings

        return OnnxEmbeddings(Path(group.onnx_folder), group.dimensions)
    from ai_conspects.engines.embeddings.hashed import HashedEmbeddings

    return HashedEmbeddings(group.dimensions)


def _speakers(settings: Settings) -> SpeakerSeparation | None:
    group = settings.speech
    if not group.speaker_model:
        return None
    from ai_conspects.engines.speakers.onnx import OnnxSpeakers

    return OnnxSpeakers(Path(group.speaker_model), group.speaker_similarity, _threads(settings))


def store(settings: Settings, home: Path) -> ObjectStore:
    """The bucket, or the folder below `home`."""
    if not settings.s3_bucket:
        from ai_conspects.engines.object_storage.local import local_store

        return local_store(home / "objects")
    from ai_conspects.engines.object_storage.s3 import s3_store

    return s3_store(
        settings.s3_bucket,
        endpoint=settings.s3_endpoint,
        region=settings.s3_region,
        access_key=settings.s3_access_key.get_secret_value(),
        secret_key=settings.s3_secret_key.get_secret_value(),
    )
