"""Writes transcripts as they are heard, and says how far they are to be trusted."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from ai_conspects.engines.speech_to_text.base import Segment as Heard
from ai_conspects.engines.speech_to_text.base import Word
from ai_conspects.models import Segment, Transcript
from ai_conspects.recordings import repository, review, telling
from ai_conspects.recordings.imports.imported import ImportedSegment
from ai_conspects.text.doubts import Said
from ai_conspects.text.plain import plain


def append(
    session: Session,
    user_id: UUID,
    recording_id: UUID,
    heard: Sequence[Heard | ImportedSegment],
    *,
    done_until_s: float,
    engine: str,
) -> Transcript:
    """Add segments to the recording's transcript (made if it isn't there) and note how far it has come, in seconds.

    They are cleaned and flagged on the way, and so are those before them by what has become known.
    """
    transcript = repository.transcript(session, user_id, recording_id)
    if transcript is None:
        transcript = Transcript(recording_id=recording_id, user_id=user_id, engine=engine)
        session.add(transcript)
        session.flush()
    known = review.latest(session, transcript)
    written = known[-1].position + 1 if known else 0
    new = [_row(transcript.id, user_id, position, segment) for position, segment in enumerate(heard, start=written)]
    review.look_over(known, new, until_s=done_until_s)
    told = telling.changed(session, known, new, from_s=transcript.done_until_s or 0.0)
    session.add_all(new)
    transcript.done_until_s = done_until_s
    transcript.engine = engine
    transcript.revision += 1
    session.flush()
    telling.tell_saved(session, recording_id, told, until_s=done_until_s)
    return transcript


def confidence(segments: Iterable[Said]) -> float | None:
    """How well the whole was heard: Σ seconds × confidence × (0 if flagged, else 1) / Σ seconds, from 0 to 1.

    Segments without a confidence count in neither sum, unless they are flagged. None where no segment has one.
    """
    told = list(segments)
    weighed = [
        (0.0 if s.flags else s.confidence or 0.0, _seconds(s)) for s in told if s.flags or s.confidence is not None
    ]
    seconds = sum(length for _, length in weighed)
    if seconds <= 0 or all(s.confidence is None for s in told):
        return None
    return sum(value * length for value, length in weighed) / seconds


def _seconds(segment: Said) -> float:
    if segment.start_s is None or segment.end_s is None:
        return 0.0
    return max(segment.end_s - segment.start_s, 0.0)


def _row(transcript_id: UUID, user_id: UUID, position: int, heard: Heard | ImportedSegment) -> Segment:
    return Segment(
        transcript_id=transcript_id,
        user_id=user_id,
        position=position,
        start_s=heard.start_s,
        end_s=heard.end_s,
        text=plain(heard.text),
        confidence=heard.confidence,
        speaker=heard.speaker,
        flags=list(heard.flags),
        words=[_word(word) for word in heard.words],
    )


def _word(word: Word) -> dict[str, object]:
    return {"text": plain(word.text), "start_s": word.start_s, "end_s": word.end_s, "confidence": word.confidence}
