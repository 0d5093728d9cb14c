"""From passages to an answer whose every statement has been checked against them. No database, no HTTP."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from ai_conspects.core.prompts import estimated_tokens, fenced, prompt
from ai_conspects.engines.language_model.base import (
    AnswerDraft,
    AnswerMaterial,
    Claim,
    Completion,
    LanguageModel,
    Message,
)
from ai_conspects.notes.grounding import heard
from ai_conspects.search.service import Hit
from ai_conspects.text.sentences import Sentence
from ai_conspects.text.support import question_coverage, support

PROMPTS = "ai_conspects.chat.prompts"
SHARE_FOR_PASSAGES = 0.5
"""Of the model's context; the rest is for the instructions, the conversation and the answer."""


@dataclass(frozen=True)
class Cited:
    """A sentence on which a statement stands, and the passage that it is from."""

    sentence: Sentence
    hit: Hit


@dataclass(frozen=True)
class Statement:
    """A statement and what it stands on. `support`: how far those words bear it out, 0 to 1."""

    text: str
    cited: tuple[Cited, ...]
    support: float


@dataclass(frozen=True)
class Answer:
    """The statements that held; none where the notes say nothing. `missing`: the question's words they lack."""

    statements: tuple[Statement, ...]
    missing: tuple[str, ...]
    confidence: float


NOTHING = Answer((), (), 0.0)


def answer(
    model: LanguageModel, question: str, language: str, hits: Sequence[Hit], history: Sequence[Message]
) -> Answer:
    """Ask the model, then keep only what stands on the passages.

    `confidence` is the mean support of the statements × the share of the question's words that the cited sentences
    have (weighed by rarity) × the speech engine's confidence in those sentences, where it gave one.
    Raises the engine's errors.
    """
    passages, index = _passages(hits, model.context_tokens)
    if not passages:
        return NOTHING
    draft = model.complete(_request(question, language, passages, history))
    statements = tuple(s for claim in draft.claims if (s := _statement(claim, index, language)) is not None)
    if not draft.found or not statements:
        return Answer((), tuple(draft.missing), 0.0)
    return Answer(statements, tuple(draft.missing), _confidence(question, language, statements))


def _confidence(question: str, language: str, statements: Sequence[Statement]) -> float:
    cited = [one.sentence for statement in statements for one in statement.cited]
    asked_for, _ = question_coverage(question, " ".join(sentence.text for sentence in cited), language)
    supported = sum(statement.support for statement in statements) / len(statements)
    sure = heard(cited)
    return supported * asked_for * (1.0 if sure is None else sure)


def _passages(hits: Sequence[Hit], context_tokens: int) -> tuple[tuple[tuple[Sentence, ...], ...], dict[int, Cited]]:
    """Each hit as numbered sentences, as many hits as the context holds; a sentence that came before is left out."""
    passages: list[tuple[Sentence, ...]] = []
    index: dict[int, Cited] = {}
    seen: set[tuple[UUID, str]] = set()
    used = 0
    for hit in hits:
        used += estimated_tokens(hit.text)
        if passages and used > context_tokens * SHARE_FOR_PASSAGES:
            break
        fresh = [one for one in hit.sentences if (hit.note.id, one.text.casefold()) not in seen]
        seen |= {(hit.note.id, one.text.casefold()) for one in fresh}
        passage = tuple(one.model_copy(update={"id": len(index) + at}) for at, one in enumerate(fresh))
        index |= {sentence.id: Cited(sentence, hit) for sentence in passage}
        if passage:
            passages.append(passage)
    return tuple(passages), index


def _request(
    question: str, language: str, passages: tuple[tuple[Sentence, ...], ...], history: Sequence[Message]
) -> Completion[AnswerDraft]:
    lines = "\n\n".join("\n".join(f"[{s.id}] {s.text}" for s in passage) for passage in passages)
    instructions = prompt(PROMPTS, "answer", language).substitute(language=language)
    return Completion(
        output=AnswerDraft,
        messages=(
            Message("system", instructions),
            *history,
            Message("user", f"{fenced('passages', lines)}\n\n{question}"),
        ),
        material=AnswerMaterial(question, language, passages),
        max_output_tokens=1_500,
    )


def _statement(claim: Claim, index: dict[int, Cited], language: str) -> Statement | None:
    """None for a claim that is empty or names no sentence that it was given."""
    cited = tuple(index[i] for i in dict.fromkeys(claim.sentence_ids) if i in index)
    text = " ".join(claim.text.split())
    if not text or not cited:
        return None
    said = " ".join(one.sentence.text for one in cited)
    return Statement(text, cited, support(text, said, language))
