"""How much one user may keep here: recordings, their bytes and their hours. What is deleted counts no more."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ai_conspects.core.errors import TooLarge
from ai_conspects.core.settings import LimitSettings
from ai_conspects.models import AudioRecording, Upload, User


@dataclass(frozen=True)
class Usage:
    """What is kept, or what is to come. Unfinished uploads count by their announced bytes."""

    recordings: int = 0
    bytes: int = 0
    audio_s: float = 0.0


NOTHING = Usage()


class QuotaExceeded(TooLarge):
    """What was sent would be more than this user may keep. `quota` says of what."""

    code = "quota_exceeded"

    def __init__(self, quota: str, most: str) -> None:
        super().__init__(f"This account may keep {most} here. Delete recordings to make room, then send it again.")
        self.quota = quota


def used(session: Session, user_id: UUID) -> Usage:
    """What the user keeps."""
    of = AudioRecording
    sums = func.count(), func.coalesce(func.sum(of.file_size), 0), func.coalesce(func.sum(of.duration), 0.0)
    recordings, size, audio_s = session.execute(select(*sums).where(of.user_id == user_id)).one()
    begun = func.count(), func.coalesce(func.sum(Upload.length), 0)
    uploads, coming = session.execute(
        select(*begun).where(Upload.user_id == user_id, Upload.finished_at.is_(None))
    ).one()
    return Usage(recordings + uploads, int(size + coming), float(audio_s))


def require_room(session: Session, user_id: UUID, limits: LimitSettings, more: Usage = NOTHING) -> None:
    """Whether what stands, and `more`, is not too much. Raises `QuotaExceeded`, for the transaction to be undone.

    Of one user's requests that come at once each waits for the one before it.
    """
    if not (limits.user_recordings or limits.user_gb or limits.user_audio_hours):
        return
    session.execute(select(User.id).where(User.id == user_id).with_for_update(key_share=True))
    kept = used(session, user_id)
    if limits.user_recordings and kept.recordings + more.recordings > limits.user_recordings:
        raise QuotaExceeded("recordings", f"{limits.user_recordings} recordings")
    if limits.user_gb and kept.bytes + more.bytes > limits.user_gb * 2**30:
        raise QuotaExceeded("bytes", f"{limits.user_gb:g} GiB")
    if limits.user_audio_hours and kept.audio_s + more.audio_s > limits.user_audio_hours * 3600:
        raise QuotaExceeded("audio", f"{limits.user_audio_hours:g} hours of audio")
