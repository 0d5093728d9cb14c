"""audio_upload: the audio is in the store; measure what it really is, whatever the client or the header said."""

from dataclasses import dataclass

from pydantic import BaseModel
from sqlalchemy.orm import Session

from ai_conspects.core import metrics
from ai_conspects.engines.decoding.audio import probe
from ai_conspects.engines.decoding.facts import AudioFacts
from ai_conspects.pipeline.audio_files import decoding_limits, fetched
from ai_conspects.pipeline.claims import Claim
from ai_conspects.pipeline.step import Hands, Outcome
from ai_conspects.recordings import repository


@dataclass(frozen=True)
class Loaded:
    """Where the audio is."""

    key: str


class Measured(BaseModel):
    """What the file says of its length, and what is there, in seconds; its wave, as `PeaksOut` tells it."""

    duration_s: float
    claimed_duration_s: float
    header_duration_s: float | None
    peaks: list[int]


def load(session: Session, claim: Claim) -> Loaded:
    return Loaded(repository.audio_key(repository.recording(session, claim.user_id, claim.recording_id)))


def run(loaded: Loaded, hands: Hands) -> AudioFacts:
    """Decode it once from end to end. Raises `EngineRejected` for what is no audio, in words for its owner."""
    with hands.engine_time(), fetched(hands.engines.store, loaded.key) as file:
        return probe(file, decoding_limits(hands.settings))


def save(session: Session, claim: Claim, loaded: Loaded, facts: AudioFacts) -> Outcome:
    recording = repository.recording(session, claim.user_id, claim.recording_id)
    measured = Measured(
        duration_s=facts.duration_s,
        claimed_duration_s=recording.duration,
        header_duration_s=facts.header_duration_s,
        peaks=facts.peaks,
    )
    recording.duration = facts.duration_s
    metrics.AUDIO_RECEIVED.inc(facts.duration_s)
    recording.sample_rate = facts.sample_rate
    recording.channels = facts.channels
    recording.format = facts.format
    return Outcome(measured, engine="decoding", notice=_cut_notice(facts) if facts.truncated else None)


def _cut_notice(facts: AudioFacts) -> str:
    said = f" of the {facts.header_duration_s:.1f} s that its header claims" if facts.header_duration_s else ""
    return f"The file is cut off: only its first {facts.duration_s:.1f} s{said} are there."
