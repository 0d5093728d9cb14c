"""The language engine that needs no model: notes and answers made of sentences that were said, and of no others."""

from ai_conspects.core.prompts import estimated_tokens
from ai_conspects.engines.errors import EngineRejected
from ai_conspects.engines.language_model.base import (
    AnswerDraft,
    AnswerMaterial,
    Completion,
    NoteDrafts,
    NoteMaterial,
    T,
)
from ai_conspects.engines.language_model.extractive_answer import draft_answer
from ai_conspects.engines.language_model.extractive_notes import draft_notes


class ExtractiveModel:
    """Reads a request's material and never its messages."""

    name = "extractive"
    context_tokens = part_tokens = 100_000_000
    """It reads days of speech at once; the number only says that nothing needs cutting."""

    def tokens(self, text: str) -> int:
        """A third of the bytes: it reads no tokens."""
        return estimated_tokens(text)

    def complete(self, request: Completion[T]) -> T:
        """`NoteDrafts` from `NoteMaterial`, or `AnswerDraft` from `AnswerMaterial`.

        Raises `EngineRejected` with the code `unsupported_output` for anything else.
        """
        return request.output.model_validate(self._draft(request).model_dump())

    def _draft(self, request: Completion[T]) -> NoteDrafts | AnswerDraft:
        match request.material:
            case NoteMaterial() if issubclass(request.output, NoteDrafts):
                return draft_notes(request.material)
            case AnswerMaterial() if issubclass(request.output, AnswerDraft):
                return draft_answer(request.material)
        raise EngineRejected(
            self.name,
            f"The extractive engine can't make a {request.output.__name__} of {type(request.material).__name__}.",
            code="unsupported_output",
        )
