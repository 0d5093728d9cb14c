"""PocketSphinx with the US-English model of its wheel: the speech engine of last resort, offline and rough."""

import re
from collections.abc import Callable
from functools import cached_property
from threading import Lock
from typing import Any

from ai_conspects.engines.errors import EngineMisconfigured, EngineRejected
from ai_conspects.engines.speech_to_text.advice import REAL_ENGINES
from ai_conspects.engines.speech_to_text.base import Pcm16k, Segment, TranscriptInfo, Vocabulary, Word
from ai_conspects.engines.speech_to_text.doubts import over_music
from ai_conspects.engines.speech_to_text.language_tags import primary
from ai_conspects.engines.speech_to_text.music import Music
from ai_conspects.engines.speech_to_text.utterances import Stretch, stretches

_FRAMES_A_SECOND = 100
_NO_WORD = re.compile(r"<.*>|\[.*\]|\+\+.*\+\+")
_VARIANT = re.compile(r"\(\d+\)$")

_TUNING = {"maxhmmpf": 5_000, "wip": 0.3}
"""Against the defaults, on four English recordings: 75 % instead of 78 % words wrong, in a third less time."""

NOTICE = (
    "Transcribed offline by PocketSphinx, which gets many words wrong: take this text as a hint of what was said. "
    f"For a real transcript, {REAL_ENGINES}."
)


class PocketSphinxEngine:
    """A `SpeechToText` for US English. The model is loaded at first use. Safe to share between threads.

    A word's confidence is its posterior probability in the decoder's lattice of alternatives; a segment's is the mean
    of its words' by their duration. It tells how sure the decoder is among the words it thought of, and the decoder is
    often sure of a wrong one.
    """

    name = "pocketsphinx:en-us"

    def __init__(self) -> None:
        self._lock = Lock()

    def transcribe(
        self,
        audio: Pcm16k,
        *,
        language: str | None,
        since_s: float,
        on_segment: Callable[[Segment], None],
        on_progress: Callable[[float], None],
        vocabulary: Vocabulary | None = None,
    ) -> TranscriptInfo:
        """As `SpeechToText.transcribe`. Raises `EngineRejected` (`language_unsupported`) for all but English."""
        if language is None or primary(language) != "en":
            raise EngineRejected(self.name, _unsupported(language), code="language_unsupported")
        for stretch in stretches(audio.blocks(since_s), since_s):
            segment = self._heard(stretch) if stretch.speech else None
            if segment:
                on_segment(segment)
            on_progress(stretch.end_s)
        return TranscriptInfo(language="en", notice=NOTICE)

    def _heard(self, stretch: Stretch) -> Segment | None:
        """What the decoder makes of an utterance, None where it finds no word in it."""
        with self._lock:
            self._decoder.start_utt()
            self._decoder.process_raw(stretch.samples.tobytes(), full_utt=True)  # normalises over the whole utterance
            self._decoder.end_utt()
            words = tuple(_word(unit, stretch.start_s) for unit in self._decoder.seg() or () if _is_word(unit))
        if not words:
            return None
        text = " ".join(word.text for word in words)
        heard = Segment(words[0].start_s, words[-1].end_s, text, _mean_confidence(words), words)
        return over_music(heard, [stretch], Music.HARDLY)  # its confidence tells word from word, not word from tune

    @cached_property
    def _decoder(self) -> Any:
        from pocketsphinx import Decoder  # opens its model at once, which a process without speech needn't

        try:
            return Decoder(loglevel="FATAL", **_TUNING)
        except (RuntimeError, OSError):
            said = "The model inside the pocketsphinx package can't be loaded: reinstall it, or "
            raise EngineMisconfigured(self.name, said + REAL_ENGINES + ".") from None


def _is_word(unit: Any) -> bool:
    return not _NO_WORD.fullmatch(unit.word)


def _word(unit: Any, at_s: float) -> Word:
    start_s, end_s = (round(at_s + frame / _FRAMES_A_SECOND, 3) for frame in (unit.start_frame, unit.end_frame + 1))
    return Word(_VARIANT.sub("", unit.word), start_s, end_s, min(max(unit.prob, 0.0), 1.0))


def _mean_confidence(words: tuple[Word, ...]) -> float:
    weights = [word.end_s - word.start_s for word in words]
    return sum((word.confidence or 0.0) * weight for word, weight in zip(words, weights, strict=True)) / sum(weights)


def _unsupported(language: str | None) -> str:
    heard = "can't tell which language is spoken" if language is None else f"can't do the language “{language}”"
    say = " say that the recording is in English (“en”), or" if language is None else ""
    return f"The offline engine PocketSphinx knows only US English and {heard}. To transcribe it,{say} {REAL_ENGINES}."
