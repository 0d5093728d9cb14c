"""What can be wrong with a resumable upload. Statuses are those of tus 1.0, where it names one."""

from ai_conspects.core.errors import BadRequest, Conflict, DomainError, NotFound, TooLarge, TooMany, Unprocessable


class UploadNotFound(NotFound):
    """Not there, expired, or someone else's: which of them is not told."""

    code = "upload_not_found"
    detail = "Upload not found"


class UploadExists(Conflict):
    code = "upload_exists"

    def __init__(self, recording_id: str) -> None:
        super().__init__(
            f"An upload of another length or with other metadata was begun for the recording {recording_id}. "
            "Go on with it, end it, or give this recording an id of its own."
        )


class UploadLocked(DomainError):
    """Another request appends to it, or one has died a few seconds ago."""

    status = 423
    code = "upload_locked"
    retry_after = 5
    detail = "Another request is appending to this upload. Ask for its offset and go on from there."


class OffsetMismatch(Conflict):
    code = "offset_mismatch"

    def __init__(self, stored: int) -> None:
        super().__init__(f"The upload stands at {stored} bytes. Go on from there.")


class ChecksumMismatch(DomainError):
    status = 460  # tus 1.0, "Checksum"
    code = "checksum_mismatch"
    detail = "What arrived isn't what the checksum was made of. Nothing of it was kept: send it again."


class BadTusHeader(BadRequest):
    """A header of the protocol is missing or unreadable; the detail names it."""

    code = "bad_tus_header"


class WrongTusVersion(DomainError):
    status = 412
    code = "wrong_tus_version"
    detail = "This server speaks tus 1.0.0: say so in Tus-Resumable."


class WrongContentType(DomainError):
    status = 415
    code = "wrong_content_type"
    detail = "Bytes are sent as application/offset+octet-stream."


class UploadTooLarge(TooLarge):
    code = "recording_too_large"

    def __init__(self, most_mb: int) -> None:
        super().__init__(f"The recording is larger than the {most_mb} MiB that one may have.")


class TooManyParts(TooLarge):
    code = "too_many_parts"

    def __init__(self, most: int) -> None:
        super().__init__(f"The upload has come in {most} pieces. Begin again, with larger ones.")


class MoreThanAnnounced(Unprocessable):
    code = "more_than_announced"

    def __init__(self, length: int) -> None:
        super().__init__(f"More was sent than the {length} bytes that were announced. What fits was kept.")


class TooManyOpenUploads(TooMany):
    code = "too_many_open_uploads"
    retry_after = 60

    def __init__(self, most: int) -> None:
        super().__init__(f"{most} uploads of yours are unfinished. Finish or end some first.")
