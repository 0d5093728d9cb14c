"""What was said is text, never markup."""

from datetime import date

import pytest

from ai_conspects.engines.language_model.base import Claim, NoteDraft, Section
from ai_conspects.notes.grounding import ground
from ai_conspects.notes.markdown import content, reading_time, summary
from ai_conspects.text.markdown import escape
from ai_conspects.text.sentences import Sentence

SAID = (
    Sentence(id=0, text="First this.", start_s=0, end_s=1),
    Sentence(id=1, text="Then that.", start_s=5, end_s=6),
    Sentence(id=2, text="At last.", start_s=9, end_s=10),
)


def test_headings_bullets_and_numbers_of_citations() -> None:
    draft = NoteDraft(
        title="t",
        summary=[Claim(text="First this", sentence_ids=[0]), Claim(text="At last.", sentence_ids=[2])],
        sections=[
            Section(heading="One", claims=[Claim(text="First this", sentence_ids=[0])]),
            Section(
                heading="Two",
                claims=[Claim(text="First, last", sentence_ids=[0, 2]), Claim(text="x", sentence_ids=[9])],
            ),
        ],
        tags=[],
    )
    note = ground(draft, SAID, "en")
    assert note is not None
    assert content(note) == "## One\n\n- First this [1]\n\n## Two\n\n- First, last [1][2]"
    assert summary(note) == "First this. At last."


def test_what_is_to_be_done_comes_first_with_its_day() -> None:
    said = (Sentence(id=0, text="Надо позвонить Ивану до пятницы."), Sentence(id=1, text="Сроки обсудили."))
    draft = NoteDraft(
        title="t",
        summary=[],
        sections=[Section(heading="Сроки", claims=[Claim(text="Сроки обсудили.", sentence_ids=[1])])],
        tags=[],
        action_items=[Claim(text="Позвонить Ивану", sentence_ids=[0]), Claim(text="Ничего", sentence_ids=[7])],
    )
    note = ground(draft, said, "ru", spoken_on=date(2026, 11, 24))
    assert note is not None
    assert content(note) == "## Что сделать\n\n- Позвонить Ивану (2026-11-27) [1]\n\n## Сроки\n\n- Сроки обсудили. [2]"


@pytest.mark.parametrize(
    "said",
    [
        "# a heading",
        "![x](https://evil.example/?q=1)",
        "<script>alert(1)</script>",
        "[link](javascript:alert(1))",
        "`code` and *stars* and _lines_",
        "two\n\n## lines",
        "a | table",
    ],
)
def test_spoken_words_cannot_become_markup(said: str) -> None:
    escaped = escape(said)
    assert "\n" not in escaped
    for at, character in enumerate(escaped):
        if character in "`*_[]<>#|":
            assert escaped[at - 1] == "\\"


@pytest.mark.parametrize(
    ("said", "escaped"), [("1. buy", "1\\. buy"), ("- no", "\\- no"), ("12 is", "12 is"), ("a - b", "a - b")]
)
def test_spoken_words_do_not_begin_a_list(said: str, escaped: str) -> None:
    assert escape(said) == escaped


def test_reading_time_is_minutes_rounded_up() -> None:
    assert (reading_time(""), reading_time("word " * 200), reading_time("word " * 201)) == (1, 1, 2)
