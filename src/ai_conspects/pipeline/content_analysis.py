"""content_analysis: sentences, topics and key phrases of what was said."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from ai_conspects.models import ProcessingBatch, Segment
from ai_conspects.pipeline.claims import Claim
from ai_conspects.pipeline.step import Hands, Outcome
from ai_conspects.recordings import repository
from ai_conspects.text.analysis import ContentAnalysis
from ai_conspects.text.analyze import analyze
from ai_conspects.text.pauses import Spoken, at_pauses
from ai_conspects.text.sentences import from_segments
from ai_conspects.text.words import rarity, words

UNSURE, UNSURE_UNLISTED = 0.6, 0.85
"""A word of less confidence may have been misheard, the second where the language's list of words doesn't hold it:
nothing is named after it."""


@dataclass(frozen=True)
class Loaded:
    """The transcript's trusted segments and their language."""

    said: tuple[Spoken, ...]
    language: str
    max_notes: int


def load(session: Session, claim: Claim) -> Loaded:
    transcript = repository.transcript(session, claim.user_id, claim.recording_id)
    if transcript is None or transcript.language is None:
        raise LookupError(f"recording {claim.recording_id} has no finished transcript")
    batch = session.get_one(ProcessingBatch, claim.batch_id)
    said = tuple(
        _spoken(segment, transcript.language)
        for segment in repository.segments(session, transcript.id)
        if not segment.flags  # doubtful segments stay in the transcript and out of the notes
    )
    asked = batch.settings | (repository.recording(session, claim.user_id, claim.recording_id).remade or {})
    return Loaded(said, transcript.language, asked["max_notes_per_recording"])


def run(loaded: Loaded, hands: Hands) -> ContentAnalysis:
    """Pure text work; no model."""
    with hands.engine_time():
        return analyze(from_segments(at_pauses(loaded.said), loaded.language), loaded.language, loaded.max_notes)


def save(session: Session, claim: Claim, loaded: Loaded, analysis: ContentAnalysis) -> Outcome:
    return Outcome(analysis, engine="text")


def _spoken(segment: Segment, language: str) -> Spoken:
    """With what is known of its words, unless a person has rewritten it meanwhile."""
    is_whole = " ".join(word["text"] for word in segment.words).split() == segment.text.split()
    heard = segment.words if is_whole else []
    times = tuple((word["start_s"], word["end_s"]) for word in heard)
    unsure = frozenset(at for at, word in enumerate(heard) if _is_unsure(word["text"], word["confidence"], language))
    return Spoken(segment.start_s, segment.end_s, segment.text, segment.confidence, times, unsure)


def _is_unsure(text: str, confidence: float | None, language: str) -> bool:
    if confidence is None or confidence >= UNSURE_UNLISTED:
        return False
    return confidence < UNSURE or any(rarity(word, language) >= 1 for word in words(text))
