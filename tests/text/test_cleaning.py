"""Cleaning takes white space and doubled fragments away, and nothing that was said."""

from dataclasses import dataclass

import pytest

from ai_conspects.text.cleaning import Piece, doubled, spaced, without_beginning
from ai_conspects.text.paragraphs import paragraphs


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("  Нейронная   сеть\nучится . ", "Нейронная сеть учится."),
        ("Well , yes .", "Well, yes."),
        ("Vraiment ? Oui !", "Vraiment ? Oui !"),
        ("point .5 and … so", "point .5 and … so"),
        ("— , —", "— , —"),
        ("", ""),
    ],
)
def test_white_space_is_made_one(raw: str, clean: str) -> None:
    assert spaced(raw) == clean


def timed(text: str, start_s: float, seconds_each: float = 0.5) -> Piece:
    """A piece whose words follow each other."""
    count = len(text.split())
    times = tuple((start_s + at * seconds_each, start_s + (at + 1) * seconds_each) for at in range(count))
    return Piece(text, start_s, start_s + count * seconds_each, times)


@pytest.mark.parametrize(
    ("before", "after", "count"),
    [
        (timed("the resonant frequencies of the room", 0), timed("Of the room, reinforce themselves", 1.5), 3),
        (timed("the resonant frequencies of the room", 0), timed("Of the room, reinforce themselves", 1.6), 3),
        (timed("идём в тёмный лес", 0), timed("Темный лес — это опасно.", 1.0), 2),
        (timed("очень", 0), timed("очень хорошо", 0.5), 0),  # said twice
        (timed("what you can do", 0), timed("what you can do for your country", 2.0), 0),
        (timed("what you can do", 0), timed("for your country", 1.0), 0),
        (timed("what you can do", 0), timed("What you can do.", 0), 4),
        (timed("what you can do", 0), timed("do", 1.5), 1),
        (Piece("of the room", 0, 3), Piece("the room reinforce", 2.5, 5), 2),
        (Piece("of the room", 0, 3), Piece("the room reinforce", 3.0, 5), 0),
        (Piece("of the room", 0, 3), Piece("the room reinforce", 2.9, 5), 0),  # too short a time for the fragment
        (Piece("", 0, 3), Piece("the room", 2, 5), 0),
        (Piece("— —", 0, 3), Piece("—", 2, 5), 1),
    ],
)
def test_a_fragment_is_doubled_where_both_copies_are_one_sound(before: Piece, after: Piece, count: int) -> None:
    assert doubled(before, after) == count


def test_what_is_left_keeps_its_punctuation() -> None:
    assert without_beginning("Of the room, reinforce themselves.", 3) == "reinforce themselves."


@dataclass
class Spoken:
    text: str
    start_s: float | None = 0.0
    end_s: float | None = 0.0
    speaker: str | None = None


LONG = "x" * 300 + "."


@pytest.mark.parametrize(
    ("segments", "lengths"),
    [
        ([], []),
        ([Spoken("a", 0, 1), Spoken("b", 1.5, 2), Spoken("c", 4.0, 5)], [2, 1]),
        ([Spoken("a", 0, 1, "A"), Spoken("b", 1, 2, "B"), Spoken("c", 2, 3, "B")], [1, 2]),
        ([Spoken(LONG, 0, 1), Spoken(LONG, 1, 2), Spoken("c", 2, 3)], [2, 1]),
        ([Spoken(LONG, 0, 1), Spoken("x" * 300, 1, 2), Spoken("c.", 2, 3), Spoken("d", 3, 4)], [3, 1]),
        ([Spoken("a", 0, 1), Spoken(" ", 1, 2), Spoken("b", 2, 3)], [2]),
        ([Spoken("a", None, None), Spoken("b", None, None)], [1, 1]),
    ],
)
def test_paragraphs_begin_at_pauses_speakers_and_when_one_is_long(segments: list[Spoken], lengths: list[int]) -> None:
    found = paragraphs(segments)
    assert [len(paragraph) for paragraph in found] == lengths
    assert [segment for paragraph in found for segment in paragraph] == [one for one in segments if one.text.strip()]
