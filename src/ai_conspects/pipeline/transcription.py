"""transcription: speech becomes segments, kept as they come, so that a crash goes on from the last checkpoint."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil

from sqlalchemy.orm import Session

from ai_conspects.accounts import preferences
from ai_conspects.core import metrics
from ai_conspects.engines.decoding.audio import DecodedAudio
from ai_conspects.engines.speech_to_text.base import Segment, SpeechToText, TranscriptInfo, Vocabulary
from ai_conspects.engines.speech_to_text.router import engine_for
from ai_conspects.models import ProcessingBatch
from ai_conspects.models import Segment as SegmentRow
from ai_conspects.pipeline.audio_files import decoding_limits, fetched
from ai_conspects.pipeline.claims import Claim
from ai_conspects.pipeline.speakers import Speakers, label, spans, told_apart
from ai_conspects.pipeline.step import Hands, Outcome
from ai_conspects.recordings import repository, transcripts
from ai_conspects.recordings.telling import tell_heard
from ai_conspects.text.languages import UNKNOWN, detect

NO_SPEECH = "No speech was heard in this recording."
ALL_DOUBTED = (
    "Nothing was heard in this recording that is certain enough for a note. What was heard stands in the transcript, "
    "with what speaks against it."
)


@dataclass(frozen=True)
class Loaded:
    """What to hear, from which second on; `earlier` was heard before. `language` is a BCP 47 tag, None to detect."""

    claim: Claim
    key: str
    duration_s: float
    language: str | None
    since_s: float
    earlier: tuple[Segment, ...] = ()
    vocabulary: Vocabulary | None = None


@dataclass(frozen=True)
class Heard:
    """What came after the last checkpoint; the speakers of all."""

    info: TranscriptInfo
    engine: str
    segments: tuple[Segment, ...]
    speakers: Speakers


@dataclass
class _Ear:
    """Collects segments and saves them every `checkpoint_s` seconds of audio."""

    loaded: Loaded
    hands: Hands
    engine: str
    saved_until_s: float
    heard_until_s: float
    unsaved: list[Segment] = field(default_factory=list)
    said: list[Segment] = field(default_factory=list)

    def hear(self, segment: Segment) -> None:
        if any(map(str.isalnum, segment.text)):  # over music, Whisper likes to write a full stop
            self.unsaved.append(segment)
            self.said += spans([segment])

    def move_on(self, until_s: float) -> None:
        self.heard_until_s = until_s
        share = min(until_s / self.loaded.duration_s, 1.0) if self.loaded.duration_s else 0.0
        if until_s - self.saved_until_s < self.hands.settings.speech.checkpoint_s:
            self.hands.report(share, lambda session: self._show(session, until_s))
            return
        heard, self.unsaved, self.saved_until_s = tuple(self.unsaved), [], until_s
        self.hands.checkpoint(share, lambda session: self._write(session, heard, until_s))

    def _show(self, session: Session, until_s: float) -> None:
        tell_heard(session, self.loaded.claim.names, self.unsaved, from_s=self.saved_until_s, until_s=until_s)

    def _write(self, session: Session, heard: tuple[Segment, ...], until_s: float) -> None:
        claim = self.loaded.claim
        transcripts.append(session, claim.user_id, claim.recording_id, heard, done_until_s=until_s, engine=self.engine)


def load(session: Session, claim: Claim) -> Loaded:
    recording = repository.recording(session, claim.user_id, claim.recording_id)
    batch = session.get_one(ProcessingBatch, claim.batch_id)
    asked: str = (batch.settings | (recording.remade or {}))["language"]
    started = repository.transcript(session, claim.user_id, claim.recording_id)
    return Loaded(
        claim,
        repository.audio_key(recording),
        recording.duration,
        None if asked == "auto" else asked,
        started.done_until_s if started else 0.0,
        spans(repository.segments(session, started.id)) if started else (),
        preferences.vocabulary(session, claim.user_id),
    )


def run(loaded: Loaded, hands: Hands) -> Heard:
    """Hear it with the engine for its language."""
    with hands.engine_time(), fetched(hands.engines.store, loaded.key) as file:
        audio = DecodedAudio(file, decoding_limits(hands.settings))
        engine = engine_for(hands.engines.speech, loaded.language, audio)
        ear = _Ear(loaded, hands, engine.name, loaded.since_s, loaded.since_s)
        info = _heard(engine, audio, ear)
        speakers = told_apart(hands, audio, (*loaded.earlier, *ear.said))
    _measure(engine.name, loaded.duration_s - loaded.since_s, hands.work_s)
    return Heard(info, engine.name, tuple(ear.unsaved), speakers)


def _heard(engine: SpeechToText, audio: DecodedAudio, ear: _Ear) -> TranscriptInfo:
    """Hear the rest of it, within its owner's budget. Raises `BudgetSpent`, and what the engine does."""
    loaded = ear.loaded
    left_s = max(0, ceil(loaded.duration_s - loaded.since_s))
    with ear.hands.hearing.reserved(left_s) as told:
        try:
            info = engine.transcribe(
                audio,
                language=loaded.language,
                since_s=loaded.since_s,
                on_segment=ear.hear,
                on_progress=ear.move_on,
                vocabulary=loaded.vocabulary,
            )
        except BaseException:
            told(int(ear.heard_until_s - loaded.since_s))
            raise
        told(left_s)
    return info


def _measure(engine: str, audio_s: float, work_s: float) -> None:
    metrics.AUDIO_HEARD.labels(engine=engine).inc(max(audio_s, 0.0))
    if audio_s > 0:
        metrics.REALTIME_FACTOR.labels(engine=engine).observe(work_s / audio_s)


def save(session: Session, claim: Claim, loaded: Loaded, heard: Heard) -> Outcome:
    transcript = transcripts.append(
        session, claim.user_id, claim.recording_id, heard.segments, done_until_s=loaded.duration_s, engine=heard.engine
    )
    segments = repository.segments(session, transcript.id)
    transcript.language, transcript.language_probability = _language(heard.info, segments)
    label(segments, heard.speakers)
    notices = (heard.info.notice, heard.speakers.notice, _nothing_certain(segments))
    transcript.notice = (" ".join(notice for notice in notices if notice) or None) if segments else NO_SPEECH
    transcript.confidence = transcripts.confidence(segments)
    transcript.is_complete = True
    return Outcome(engine=heard.engine, notice=transcript.notice)


def _nothing_certain(segments: Sequence[SegmentRow]) -> str | None:
    return ALL_DOUBTED if all(segment.flags for segment in segments) else None


def _language(info: TranscriptInfo, segments: Sequence[SegmentRow]) -> tuple[str, float | None]:
    """The engine's, or where what it heard since the last checkpoint didn't tell, that of the text as a whole."""
    if info.language != UNKNOWN or not segments:
        return info.language, info.language_probability
    return detect(" ".join(segment.text for segment in segments))
