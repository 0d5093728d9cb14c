"""Sentences: what was said, one statement at a time, with its place in the audio."""

from pydantic import BaseModel


class Sentence(BaseModel, frozen=True):
    """`id` numbers the sentences of one text from 0. Times are seconds of the recording, None for typed text.

    `confidence` is the speech engine's, 0 to 1, None where it gave none.
    """

    id: int
    text: str
    start_s: float | None = None
    end_s: float | None = None
    confidence: float | None = None
