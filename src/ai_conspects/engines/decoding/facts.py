"""What the decoding process tells of a recording. Imported on both sides of it, so it imports nothing heavy."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class AudioFacts:
    """What a recording is, as decoded.

    `truncated` says that its header claims clearly more (`header_duration_s`) than is there: an upload that was cut.
    `peaks` draw it as a wave (`peaks.py`).
    """

    duration_s: float
    sample_rate: int
    channels: int
    format: str
    codec: str
    truncated: bool
    header_duration_s: float | None
    peaks: list[int] = field(default_factory=list, compare=False)
