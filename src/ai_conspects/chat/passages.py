"""What an engine is given to answer from: sentences of the found chunks, numbered, as many as its context holds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from ai_conspects.engines.language_model.base import AnswerMaterial, Message
from ai_conspects.search.service import Hit
from ai_conspects.text.sentences import Sentence

SHARE_FOR_PASSAGES = 0.5
"""Of the model's context; the rest is for the instructions, the conversation and the answer."""
SHARE_FOR_HISTORY = 0.15


@dataclass(frozen=True)
class Cited:
    """A sentence on which a statement stands, and the passage that it is from."""

    sentence: Sentence
    hit: Hit


@dataclass(frozen=True)
class Passages:
    """The passages, best first, and their sentences by number; `hits` are those that found room."""

    parts: tuple[tuple[Sentence, ...], ...] = ()
    index: dict[int, Cited] = field(default_factory=dict)
    hits: tuple[Hit, ...] = ()

    def lines(self) -> str:
        """As a model reads them."""
        return "\n\n".join("\n".join(f"[{s.id}] {s.text}" for s in part) for part in self.parts)

    def material(self, question: str, language: str) -> AnswerMaterial:
        """As an engine that reads no messages takes them."""
        return AnswerMaterial(question, language, self.parts)


def pack(hits: Sequence[Hit], tokens: Callable[[str], int], context_tokens: int) -> Passages:
    """Each hit as numbered sentences, until the share of the context is full; a sentence that came before is left out.

    A hit that is too long by itself gives as many of its sentences as fit.
    """
    room = int(context_tokens * SHARE_FOR_PASSAGES)
    parts: list[tuple[Sentence, ...]] = []
    index: dict[int, Cited] = {}
    kept: list[Hit] = []
    seen: set[tuple[UUID, str]] = set()
    for hit in hits:
        fresh: list[Sentence] = []
        for sentence in hit.sentences:
            key = (hit.note.id, sentence.text.casefold())
            if key in seen:
                continue
            room -= tokens(f"[{len(index)}] {sentence.text}\n")
            if room < 0:
                break
            seen.add(key)
            numbered = sentence.model_copy(update={"id": len(index)})
            index[numbered.id] = Cited(numbered, hit)
            fresh.append(numbered)
        if fresh:
            parts.append(tuple(fresh))
            kept.append(hit)
        if room < 0:
            break
    return Passages(tuple(parts), index, tuple(kept))


def recent(history: Sequence[Message], tokens: Callable[[str], int], context_tokens: int) -> list[Message]:
    """The latest turns that fit their share of the context, oldest first."""
    room = int(context_tokens * SHARE_FOR_HISTORY)
    kept: list[Message] = []
    for turn in reversed(history):
        room -= tokens(turn.content)
        if room < 0:
            break
        kept.append(turn)
    return kept[::-1]
