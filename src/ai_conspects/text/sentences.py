"""Sentences: what was said, one statement at a time, with its place in the audio."""

from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise
from typing import Protocol

from pydantic import BaseModel

from ai_conspects.text import boundaries
from ai_conspects.text.languages import UNKNOWN

LONGEST = 400
"""Characters: a sentence over this is cut, at its punctuation or else between words."""
_PAUSE_S, _LONG_PAUSE_S = 2.0, 10.0
"""A silence as long as this ends a sentence; if the next word has a small letter, only one as long as the second."""
_WORDS_PER_MARK = 80
"""Text with fewer sentence marks than one in so many words counts as unpunctuated."""
_UNPUNCTUATED = 200
"""Characters of a piece of unpunctuated speech."""


class Sentence(BaseModel, frozen=True):
    """`id` numbers the sentences of one text from 0. Times are seconds of the recording, None for typed text.

    `confidence` is the speech engine's, 0 to 1, None where it gave none; `unsure` are the words in which it had little.
    """

    id: int
    text: str
    start_s: float | None = None
    end_s: float | None = None
    confidence: float | None = None
    unsure: tuple[str, ...] = ()


class Timed(Protocol):
    """A stretch of speech: seconds (None where nobody knows) and text."""

    @property
    def start_s(self) -> float | None: ...
    @property
    def end_s(self) -> float | None: ...
    @property
    def text(self) -> str: ...


class Span(Timed, Protocol):
    """As an engine gave it: with a confidence, if any, and the places in `text.split()` of words in which it had
    little."""

    @property
    def confidence(self) -> float | None: ...
    @property
    def unsure(self) -> Collection[int]: ...


def split(text: str, language: str = UNKNOWN) -> list[str]:
    """The sentences of a text, stripped, none empty; line breaks end a sentence too."""
    return [text[first:last] for first, last in boundaries.sentences(text, language)]


def from_text(text: str, language: str = UNKNOWN) -> tuple[Sentence, ...]:
    """The numbered sentences of a typed text, none much longer than `LONGEST`."""
    pieces = [
        text[first:last]
        for sentence in boundaries.sentences(text, language)
        for first, last in boundaries.pieces(text, sentence, LONGEST)
    ]
    return tuple(Sentence(id=number, text=piece) for number, piece in enumerate(pieces))


def from_segments(spans: Sequence[Span], language: str = UNKNOWN) -> tuple[Sentence, ...]:
    """The numbered sentences of a transcript, in order, with times interpolated inside each span.

    Where the engine punctuates, a sentence may begin and end inside a span or run over several; a silence of two
    seconds ends it all the same. Where it doesn't, each span is a sentence, and a long one is cut evenly.
    A span without times is a paragraph: no sentence goes beyond it.
    """
    spoken = [span for span in spans if span.text.strip()]
    if not spoken:
        return ()
    runs = _runs(spoken) if punctuated(spoken) else [[span] for span in spoken]
    longest = LONGEST if punctuated(spoken) else _UNPUNCTUATED
    found = [sentence for run in runs for sentence in _cut(run, language, longest)]
    return tuple(sentence.model_copy(update={"id": number}) for number, sentence in enumerate(found))


def punctuated(spans: Sequence[Span]) -> bool:
    """Whether the text has sentence marks enough to be cut by them."""
    marks = sum(boundaries.marks(span.text) for span in spans)
    return marks * _WORDS_PER_MARK >= sum(len(span.text.split()) for span in spans)


def _runs(spans: Sequence[Span]) -> list[list[Span]]:
    """The spans, parted where nothing was said for a while, or where nobody knows."""
    runs: list[list[Span]] = [[spans[0]]]
    for before, span in pairwise(spans):
        pause_s = _LONG_PAUSE_S if boundaries.goes_on(span.text) else _PAUSE_S
        if span.start_s is None or before.end_s is None or span.start_s - before.end_s >= pause_s:
            runs.append([])
        runs[-1].append(span)
    return runs


def _cut(run: list[Span], language: str, longest: int) -> list[Sentence]:
    """The sentences of spans that follow each other, all with id 0."""
    text = ""
    places: list[tuple[int, int, Span]] = []
    for span in run:
        said = " ".join(span.text.split())
        text += " " if text else ""
        places.append((len(text), len(text) + len(said), span))
        text += said
    return [
        Sentence(
            id=0,
            text=text[first:last],
            start_s=_time(places, first),
            end_s=_time(places, last),
            confidence=_confidence(places, first, last),
            unsure=tuple(dict.fromkeys(_unsure(places, text, first, last))),
        )
        for sentence in boundaries.sentences(text, language)
        for first, last in boundaries.pieces(text, sentence, longest)
    ]


def _time(places: list[tuple[int, int, Span]], at: int) -> float | None:
    """The second at which the character `at` was said, if speech within a span goes evenly; None without times."""
    for first, last, span in places:
        if span.start_s is None or span.end_s is None:
            return None
        if at <= last:
            share = max(0, at - first) / max(1, last - first)
            return round(span.start_s + share * max(0.0, span.end_s - span.start_s), 3)
    return places[-1][2].end_s


def _confidence(places: list[tuple[int, int, Span]], first: int, last: int) -> float | None:
    """The mean of the spans that the sentence lies in, by the characters it has of each."""
    known = [
        (min(last, end) - max(first, begin), span.confidence)
        for begin, end, span in places
        if begin < last and end > first and span.confidence is not None
    ]
    total = sum(characters for characters, _ in known)
    return sum(characters * confidence for characters, confidence in known) / total if total else None


def _unsure(places: list[tuple[int, int, Span]], text: str, first: int, last: int) -> Iterator[str]:
    """The words between two places in which the engine had little confidence."""
    for begin, end, span in places:
        at = begin
        for place, word in enumerate(text[begin:end].split() if span.unsure and begin < last and end > first else ()):
            if place in span.unsure and first <= at < last:
                yield word
            at += len(word) + 1
