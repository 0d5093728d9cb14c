"""Any server that speaks OpenAI's `/audio/transcriptions`: OpenAI, Groq, speaches, LocalAI, vLLM.

A recording goes there in windows cut at silences; a window in which nobody speaks doesn't go there at all.
"""

import io
import json
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import av

from ai_conspects.engines.errors import EngineRejected, EngineUnavailable
from ai_conspects.engines.openai_server import TOO_LONG, RequestRefused, Server
from ai_conspects.engines.speech_to_text import language_tags
from ai_conspects.engines.speech_to_text.base import SAMPLE_RATE, Block, Pcm16k, Segment, TranscriptInfo, Vocabulary
from ai_conspects.engines.speech_to_text.doubts import over_music
from ai_conspects.engines.speech_to_text.openai_answer import Answer, segments
from ai_conspects.engines.speech_to_text.openai_manner import Manner
from ai_conspects.engines.speech_to_text.utterances import stretches
from ai_conspects.engines.speech_to_text.windows import Window, windows

_LONGEST_S = 600.0
"""19.2 MB of samples, less as FLAC: below every known server's limit of 25 MB."""
_SHORT_S = 60.0
"""Where a server tells no times, a window is the only time that a text has; and no server's limit is below it."""
_ROUNDING_S = 0.5  # a window cut at exactly that length may come out a hair longer, and must not go unheard


class OpenAITranscription:
    """A `SpeechToText` on an OpenAI-compatible server. An empty `base_url` means OpenAI's own.

    Confidence is the geometric mean of the token probabilities of a segment (`exp(avg_logprob)`), None where the server
    doesn't tell it. What a server refuses is learnt once, for the life of the object. Safe to share between threads.
    """

    def __init__(self, base_url: str, api_key: str, model: str, timeout_s: float = 600) -> None:
        self.name = f"openai:{model}"
        self._model = model
        self._server = Server(self.name, "SPEECH", base_url, api_key, timeout_s)
        self._manner = Manner.first_for(model)
        self._takes_prompt = True
        self._longest_s = _LONGEST_S

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
        """As `SpeechToText.transcribe`; the language is the one in which the server heard most."""
        told = {"language": language_tags.primary(language)} if language else {}
        told |= {"prompt": vocabulary.as_prompt} if vocabulary else {}
        heard_s: Counter[str] = Counter()
        for window in windows(stretches(audio.blocks(since_s), since_s), longest_s=_LONGEST_S):
            for part, answer in self._answers(window, told):
                for segment in segments(answer, part):
                    on_segment(over_music(segment, part.stretches))
                heard_s[language_tags.tag(answer.language or "")] += round(part.end_s - part.start_s) + 1
            on_progress(window.end_s)
        heard_s.pop(language_tags.UNDETERMINED, None)
        most = heard_s.most_common(1)
        return TranscriptInfo(language or (most[0][0] if most else language_tags.UNDETERMINED))

    def _answers(self, window: Window, told: dict[str, str]) -> Iterator[tuple[Window, Answer]]:
        """The window with its answer, or shorter ones with theirs: where the server tells no times, or takes no more.

        `told` are the fields that tell the server what it will hear.
        """
        if not len(window.samples):
            return
        answer = self._answer(window, told) if _is_within(window, self._longest_s) else None
        if answer is not None:
            yield window, answer
        else:
            self._longest_s = _SHORT_S
            for part in windows(window.stretches, longest_s=_SHORT_S):
                yield from self._answers(part, told)

    def _answer(self, window: Window, told: dict[str, str]) -> Answer | None:
        """What the server hears in it, asked in the first manner that it takes; None where the window is too long.

        It is too long where the server says so, and where it would be the time of a text without times.
        """
        file = ("audio.flac", _flac(window.samples), "audio/flac")
        manner, takes_prompt = self._manner, self._takes_prompt
        while manner is not Manner.TEXT or _is_within(window, _SHORT_S):
            fields = {"file": file, "model": self._model, **told, **manner.fields}
            if not (takes_prompt and manner.takes_prompt):
                fields.pop("prompt", None)
            try:
                answer = self._ask(fields)
            except RequestRefused as refused:
                if "prompt" in fields and refused.is_about("prompt"):
                    takes_prompt = False
                elif manner is Manner.TEXT:
                    raise
                else:
                    manner = manner.plainer
            except EngineRejected as rejected:
                if rejected.code != TOO_LONG or _is_within(window, _SHORT_S):
                    raise
                return None
            else:
                if manner is Manner.TEXT or answer.segments is not None or not answer.text.strip():
                    self._manner, self._takes_prompt = manner, takes_prompt  # only now: it may be about this window
                    return answer
                manner = Manner.TEXT  # it took the question for times and told none
        return None

    def _ask(self, fields: dict[str, Any]) -> Answer:
        create = self._server.client.audio.transcriptions.with_streaming_response.create
        try:
            told = json.loads(self._server.ask(create, fields))
            whole = json.dumps(told, ensure_ascii=False).encode("utf-8", "replace")  # half a surrogate pair becomes “?”
            return Answer.model_validate_json(whole)
        except (ValueError, RecursionError):
            said = "The speech server's answer is no transcription; see AI_CONSPECTS_SPEECH__BASE_URL."
            raise EngineUnavailable(self.name, said) from None


def _is_within(window: Window, seconds: float) -> bool:
    return window.end_s - window.start_s < seconds + _ROUNDING_S


def _flac(samples: Block) -> bytes:
    """The samples as a FLAC file."""
    file = io.BytesIO()
    with av.open(file, "w", format="flac") as container:
        stream = container.add_stream("flac", rate=SAMPLE_RATE, layout="mono")
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = SAMPLE_RATE
        container.mux([*stream.encode(frame), *stream.encode(None)])
    return file.getvalue()
