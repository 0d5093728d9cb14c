"""What can be wrong with a recording or its transcript, in words for its owner."""

from ai_conspects.core.errors import Conflict, DomainError, FieldError, NotFound, TooLarge, Unprocessable
from ai_conspects.models import StepName


class RecordingNotFound(NotFound):
    """No such recording, or it is someone else's."""

    code = "recording_not_found"
    detail = "Recording not found"


class NoAudio(NotFound):
    """The recording has no audio: it was imported as a transcript, or the store has lost the audio."""

    code = "audio_not_found"
    detail = "It was imported as a transcript: there is no audio."


class TranscriptNotReady(NotFound):
    """Nothing is transcribed yet. `step` is where the recording stands, None where its steps are all done."""

    code = "transcript_not_ready"

    def __init__(self, step: StepName | None, why: str | None = None) -> None:
        place = f"The recording is at the step {step.value}" if step else "The recording has none"
        super().__init__(f"There is no transcript yet. {place}{f': {why}' if why else '.'}")


class TranscriptWithoutTimes(Conflict):
    """Subtitles of a text that was imported without times."""

    code = "transcript_without_times"
    detail = "This transcript has no times, so it can't be subtitles. Ask for .txt, .md or JSON."


class RecordingBusy(Conflict):
    """A worker has the recording, or will soon."""

    code = "recording_busy"
    detail = "The recording is being worked on. Correct its transcript when that is done."


class RecordingCancelled(Conflict):
    """Its batch was cancelled: nothing is made of it any more."""

    code = "recording_cancelled"
    detail = "The recording was cancelled, so nothing is made of its transcript any more."


class StaleTranscript(DomainError):
    """`If-Match` names an older state."""

    status = 412
    code = "transcript_changed"
    detail = "The transcript has changed since you read it. Read it again, then correct it."


class ImportTooLarge(TooLarge):
    """The body, or the text in it, is more than any recording says."""

    code = "transcript_too_large"


class InvalidTranscript(Unprocessable):
    """`where` is the line of the content, counted from 1, or the place in its JSON."""

    code = "invalid_transcript"

    def __init__(self, reason: str, where: int | str | None = None) -> None:
        place = f"Line {where}: " if isinstance(where, int) else f"{where}: " if where else ""
        loc = ("content",) if where is None else ("content", where)
        super().__init__(f"The transcript can't be read. {place}{reason}.", errors=(FieldError(loc, reason),))
        self.where = where


class TranscriptCorrected(Conflict):
    """It holds its owner's work, which would be lost."""

    code = "transcript_corrected"
    detail = (
        "You have corrected this transcript, and to hear the recording again would lose that. "
        "Ask with `discard_corrections` if it may be lost."
    )


class TranscriptIncomplete(Conflict):
    """The transcription failed on its way: there is only a beginning."""

    code = "transcript_incomplete"
    detail = "The transcription failed before its end, so nothing can be made of its text."
