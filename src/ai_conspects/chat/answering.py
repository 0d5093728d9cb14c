"""From passages to an answer whose every statement has been checked against them. No database, no HTTP."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ai_conspects.chat.passages import Cited, Passages
from ai_conspects.core.prompts import fenced, prompt, script
from ai_conspects.engines.cancelling import Cancellation
from ai_conspects.engines.language_model.base import (
    AnswerDraft,
    Claim,
    Completion,
    LanguageModel,
    Message,
    Meter,
    StreamingModel,
)
from ai_conspects.notes.grounding import heard
from ai_conspects.text.checking.check import Doubt, check
from ai_conspects.text.support import question_coverage
from ai_conspects.text.words import content_words, words

PROMPTS = "ai_conspects.chat.prompts"
EXTRACTIVE = "extractive"
NOTHING_WORD = "NOTHING"
MAX_OUTPUT_TOKENS = 1_500
DISPROVED: frozenset[Doubt] = frozenset({"number", "date", "negation", "opposite", "quote"})
"""Doubts for which a statement is not shown, in whatever language it is."""
_NUMBERS = re.compile(r"\s*((?:\[\d+(?:\s*,\s*\d+)*\]\s*)+)[.!?…]?\s*$")
_NUMBER = re.compile(r"\d+")
_BULLET = re.compile(r"^\s*(?:[-*•]|\d+[.)])\s+")


@dataclass(frozen=True)
class Question:
    """What is asked: as it was typed, as it stands by itself, and in which language."""

    text: str
    standalone: str
    language: str


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
    model: LanguageModel, question: Question, passages: Passages, history: Sequence[Message], meter: Meter
) -> Answer:
    """Ask the model, then keep only what stands on the passages. Raises the engine's errors and the meter's."""
    if not passages.parts:
        return NOTHING
    draft = model.complete(
        Completion(
            output=AnswerDraft,
            messages=_messages("answer", question, passages, history),
            material=passages.material(question.standalone, question.language),
            max_output_tokens=MAX_OUTPUT_TOKENS,
            meter=meter,
        )
    )
    statements = [s for claim in draft.claims if (s := _statement(claim, passages, question.language)) is not None]
    about_it = draft.found and (model.name != EXTRACTIVE or _own_words_said(question, statements))
    return concluded(question, statements if about_it else [], _typed(question, draft.missing))


def streamed(
    model: StreamingModel,
    question: Question,
    passages: Passages,
    history: Sequence[Message],
    cancellation: Cancellation,
    meter: Meter,
) -> Iterator[Statement]:
    """The statements that hold, each as soon as the model has finished it: what isn't checked is never shown.

    Raises the engine's errors and the meter's.
    """
    if not passages.parts:
        return
    pieces = model.stream(_messages("stream", question, passages, history), MAX_OUTPUT_TOKENS, cancellation, meter)
    for line in _lines(pieces):
        claim = _claim(line)
        statement = _statement(claim, passages, question.language) if claim else None
        if statement:
            yield statement


def _typed(question: Question, missing: Sequence[str]) -> tuple[str, ...]:
    """Those of the missing words that were typed; those of the question before were not asked now."""
    if question.standalone == question.text:
        return tuple(missing)
    typed = set(words(question.text))
    return tuple(one for one in missing if typed.issuperset(words(one)))


def _own_words_said(question: Question, statements: Sequence[Statement]) -> bool:
    """Whether something of what was typed is said near the quotes. Words that were only carried over from the question
    before answer nothing: “And what does it cost?” isn't answered by what it is."""
    if question.standalone == question.text:
        return True
    own = content_words(question.text, question.language)
    said = " ".join(one.hit.text for statement in statements for one in statement.cited)
    return not own or question_coverage(" ".join(own), said, question.language)[0] > 0


def concluded(question: Question, statements: Sequence[Statement], missing: tuple[str, ...] = ()) -> Answer:
    """The answer that the statements make.

    `confidence` is the mean support of the statements × the share of the question's words that the cited sentences
    have (weighed by rarity) × the speech engine's confidence in those sentences, where it gave one.
    """
    if not statements:
        return Answer((), missing, 0.0)
    cited = [one.sentence for statement in statements for one in statement.cited]
    said = " ".join(sentence.text for sentence in cited)
    asked_for, _ = question_coverage(question.standalone, said, question.language)
    supported = sum(statement.support for statement in statements) / len(statements)
    sure = heard(cited)
    return Answer(tuple(statements), missing, supported * asked_for * (1.0 if sure is None else sure))


def _messages(name: str, question: Question, passages: Passages, history: Sequence[Message]) -> tuple[Message, ...]:
    """Everything that isn't ours stands in the user's role, the passages between tags that nobody can guess."""
    instructions = prompt(PROMPTS, name, question.language).safe_substitute(
        language=question.language, nothing=NOTHING_WORD
    )
    asked = f"{fenced('passages', passages.lines())}\n\n{question.text}"
    return (Message("system", instructions), *history, Message("user", asked))


def _lines(pieces: Iterator[str]) -> Iterator[str]:
    held = ""
    for piece in pieces:
        *whole, held = (held + piece).split("\n")
        yield from whole
    yield held


def _claim(line: str) -> Claim | None:
    """A line as a claim; None where it names no sentence."""
    numbers = _NUMBERS.search(line)
    if numbers is None:
        return None
    text = _BULLET.sub("", line[: numbers.start()]).strip()
    return Claim(text=text, sentence_ids=[int(number) for number in _NUMBER.findall(numbers.group(1))])


def _statement(claim: Claim, passages: Passages, language: str) -> Statement | None:
    """None for a claim that is empty, names no sentence it was given, or that these don't bear out: a figure, a day or
    a quotation that isn't theirs, a denial, an opposite; in their own script, also a name or only words of others."""
    cited = tuple(passages.index[i] for i in dict.fromkeys(claim.sentence_ids) if i in passages.index)
    text = " ".join(claim.text.split())
    if not text or not cited:
        return None
    said = " ".join(one.sentence.text for one in cited)
    checked = check(text, said, language)
    same_script = script(text) == script(said)  # else the words can't be the same, however true it is
    doubts = set(checked.doubts) & (DISPROVED | {"name"} if same_script else DISPROVED)
    unheard_of = same_script and checked.support == 0 and "words" in checked.doubts
    return None if doubts or unheard_of else Statement(text, cited, checked.support)
