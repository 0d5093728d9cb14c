"""What can be wrong with a batch, in words for the client that sent it."""

from ai_conspects.core.errors import BadRequest, Conflict, FieldError, NotFound, TooLarge, Unavailable, Unprocessable


class NoRecordings(BadRequest):
    code = "no_recordings"

    def __init__(self) -> None:
        super().__init__("No recordings provided")


class TooManyRecordings(BadRequest):
    code = "too_many_recordings"

    def __init__(self, most: int) -> None:
        super().__init__("Too many recordings in batch")
        self.most = most


class BodyTooLarge(TooLarge):
    code = "body_too_large"

    def __init__(self, most_mb: int) -> None:
        super().__init__(f"The body is larger than the {most_mb} MiB that one submit may have.")
        self.most_mb = most_mb


class DocumentTooLarge(TooLarge):
    code = "document_too_large"

    def __init__(self) -> None:
        super().__init__("There is more than 1 MiB beside the audio. Audio belongs into recordings[].audio_data.")


class RecordingTooLarge(TooLarge):
    code = "recording_too_large"

    def __init__(self, index: int, most_mb: int) -> None:
        super().__init__(f"recordings[{index}] is larger than the {most_mb} MiB that one recording may have.")
        self.index = index
        self.most_mb = most_mb


class InvalidJson(Unprocessable):
    """The body is no JSON that can be taken. `position` counts bytes of the body from 0."""

    def __init__(self, reason: str, position: int) -> None:
        fault = FieldError(("body", position), reason)
        super().__init__(f"The body is not valid JSON at byte {position}: {reason}.", errors=(fault,))
        self.position = position


class BatchNotFound(NotFound):
    code = "batch_not_found"

    def __init__(self, batch_id: str) -> None:
        super().__init__("Batch not found")
        self.batch_id = batch_id


class BatchExists(Conflict):
    code = "batch_exists"

    def __init__(self, batch_id: str) -> None:
        super().__init__(f"You have sent another batch with the id {batch_id} before. Give this one an id of its own.")
        self.batch_id = batch_id


class RecordingExists(Conflict):
    code = "recording_exists"

    def __init__(self, recording_ids: list[str]) -> None:
        super().__init__(f"These recordings are in another batch of yours already: {', '.join(recording_ids)}.")
        self.recording_ids = recording_ids


class TooManyUploads(Unavailable):
    code = "too_many_uploads"

    def __init__(self) -> None:
        super().__init__("Too many uploads are under way. Try again in a few seconds.", retry_after=10)
