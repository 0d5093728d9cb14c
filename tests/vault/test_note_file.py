"""A note's file: what is read back is what was written, whatever the words; and names that every system takes."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ai_conspects.models import Citation, Note, Source
from ai_conspects.notes.repository import AttachedTag, WholeNote
from ai_conspects.vault import front_matter, note_file
from ai_conspects.vault.front_matter import BadFrontMatter
from ai_conspects.vault.naming import Names, safe
from ai_conspects.vault.note_file import MARKER, Link, Surroundings

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=200)
NASTY = st.sampled_from(
    ["---", "---\n", "\n---\nid: 1\n", "\r\n---\r\n", f"\n\n{MARKER}\n", "=1+1", "@x", "- a: b", "{{x}}", "!!python/x",
     "&a *a", "null", "2024-01-01", "~", "1e3", "\x85", "\u2028", "\ufeff", "'", '"', ": ", "#tag", "[[x]]", "x\t", "%"]
)  # fmt: skip
WORDS = st.lists(st.one_of(TEXT, NASTY), max_size=4).map("".join)


def a_note(title: str, summary: str | None, content: str) -> Note:
    moment = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    return Note(
        id=uuid4(), title=title, summary=summary, content=content, language="en", is_favorite=False, created_at=moment,
        updated_at=moment,
    )  # fmt: skip


@given(title=WORDS.filter(bool), summary=st.none() | WORDS, content=WORDS, tag=WORDS.filter(bool))
@settings(max_examples=120, deadline=None)
def test_what_is_read_back_is_what_was_written(title: str, summary: str | None, content: str, tag: str) -> None:
    citation = Citation(position=1, start_s=1.0, end_s=2.0, quote=content)
    source = Source(title=title, url="https://example.org/?q=a b)>", type="web", relevance=1.0)
    whole = WholeNote(a_note(title, summary, content), "rec-1", [AttachedTag(tag, "red", None)], [source], [citation])
    beside = Surroundings([Link(safe(title, "note"), title, content)], "Recordings/a.mp3")
    fields, read = note_file.read(note_file.written(whole, beside))
    assert read == content
    assert (fields["title"], fields["summary"], fields["recording"]) == (title, summary, "rec-1")
    assert set(fields) == {
        "title", "summary", "tags", "created", "updated", "language", "favorite", "id", "recording"
    }  # fmt: skip


@given(WORDS)
@settings(max_examples=120, deadline=None)
def test_a_name_is_one_that_every_system_takes(text: str) -> None:
    name = safe(text, "note")
    assert name
    assert len(name.encode()) <= 210
    assert not set(name) & set('<>:"/\\|?*#^[]%\x00\n\r\t')
    assert name == name.strip()
    assert not name.endswith(".")
    assert name[0] not in "-=+@.~"
    assert safe(name, "note") == name


@pytest.mark.parametrize("text", ["CON", "nul.txt", "com1", "LPT9.md", "aux."])
def test_names_that_windows_keeps_for_itself_are_not_given(text: str) -> None:
    assert safe(text, "note").startswith("_")


@pytest.mark.parametrize("text", ["", "...", "///", "\x00\n", "---", "  "])
def test_a_title_of_which_nothing_is_left_has_a_name(text: str) -> None:
    assert safe(text, "note") == "note"


def test_no_two_names_are_the_same_on_any_system() -> None:
    names = Names()
    assert [names.take(title, "note") for title in ("Йод", "йод", "и\u0306од", "a/b", "a:b", "Йод (2)")] == [
        "Йод", "йод (2)", "йод (3)", "a b", "a b (2)", "Йод (2) (2)",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "---\na: &x [1]\nb: *x\n---\n",
        "---\na: !!python/object/apply:os.system ['true']\n---\n",
        "---\n" + "[" * 5_000 + "\n---\n",
        "---\n- a\n---\n",
        "---\na: b",
        "---\na: " + "x" * 300_000 + "\n---\n",
        "---\na: 2024-13-45\n---\n",
        "---\na: \x07\n---\n",
    ],
)
def test_front_matter_that_would_do_harm_is_refused(text: str) -> None:
    with pytest.raises(BadFrontMatter):
        front_matter.parted(text)


def test_a_file_of_another_editor_is_read() -> None:
    assert note_file.read("no front matter") == ({}, "no front matter")
    assert note_file.read("---\r\ntitle: a\r\n---\r\none\r\ntwo") == ({"title": "a"}, "one\ntwo")


def test_links_and_times_stand_after_the_marker() -> None:
    citation = Citation(position=1, start_s=3725.25, end_s=3726.0, quote="said [so]")
    source = Source(title="A *page*", url="https://example.org/a>b", type="web", relevance=1.0)
    whole = WholeNote(a_note("T", None, "words"), "r", [AttachedTag("два слова", "red", 0.5)], [source], [citation])
    text = note_file.written(whole, Surroundings([Link("Other ", "O|[x]", "related, 0.50.")], "Recordings/a.mp3"))
    assert "tags:\n- два-слова\n" in text
    assert text.split(MARKER)[1] == (
        "\n\n## Said in the recording\n\n![[Recordings/a.mp3]]\n\n"
        "1. [[Recordings/a.mp3#t=3725.2|1:02:05]] “said \\[so\\]”\n\n"
        "## Sources\n\n- [A \\*page\\*](<https://example.org/a%3Eb>)\n\n"
        "## Related notes\n\n- [[Other |O x]]: related, 0.50.\n"
    )
