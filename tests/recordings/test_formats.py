"""Subtitles and texts of a transcript: right in form, nothing left out, nothing said turns into markup."""

import re
from dataclasses import dataclass, field
from typing import Any

import pytest

from ai_conspects.recordings.file_names import disposition
from ai_conspects.recordings.formats.reading import Heading, clock, md, txt
from ai_conspects.recordings.formats.spoken import LINE
from ai_conspects.recordings.formats.subtitles import srt, vtt

CUE = re.compile(r"(\d\d+):(\d\d):(\d\d)[.,](\d{3}) --> (\d\d+):(\d\d):(\d\d)[.,](\d{3})")
LONG = "Каждый нейрон складывает взвешенные входы, применяет функцию активации и передаёт результат дальше. " * 5


@dataclass
class Said:
    text: str
    start_s: float | None = 0.0
    end_s: float | None = 1.0
    speaker: str | None = None
    flags: list[str] = field(default_factory=list)
    words: list[Any] = field(default_factory=list)


def words(text: str, each_s: float = 1.0, gap_after: dict[int, float] | None = None) -> list[Any]:
    found, at = [], 0.0
    for number, one in enumerate(text.split()):
        found.append({"text": one, "start_s": at, "end_s": at + each_s, "confidence": None})
        at += each_s + (gap_after or {}).get(number, 0.0)
    return found


def cues(subtitles: str) -> list[tuple[float, float, list[str]]]:
    found = []
    for block in subtitles.split("\n\n"):
        lines = block.strip().splitlines()
        at = next((n for n, line in enumerate(lines) if CUE.fullmatch(line)), None)
        if at is not None:
            h, m, s, ms, h2, m2, s2, ms2 = map(int, CUE.fullmatch(lines[at]).groups())  # type: ignore[union-attr]  # it matched
            found.append((h * 3600 + m * 60 + s + ms / 1000, h2 * 3600 + m2 * 60 + s2 + ms2 / 1000, lines[at + 1 :]))
    return found


def test_subrip_counts_its_cues_from_one_and_writes_commas() -> None:
    assert srt([Said("One."), Said("Two.", 3661.5, 3662.0004)]) == (
        "1\n00:00:00,000 --> 00:00:01,000\nOne.\n\n2\n01:01:01,500 --> 01:01:02,000\nTwo.\n"
    )


def test_webvtt_has_its_header_and_escapes() -> None:
    said = Said("a < b && c --> d <i>", speaker="A<b>&\nC")
    cue = "00:00:00.000 --> 00:00:01.000\n<v A&lt;b&gt;&amp; C>a &lt; b &amp;&amp; c --&gt; d &lt;i&gt;"
    assert vtt([said]) == f"WEBVTT\n\n{cue}\n"


def test_subrip_has_no_arrow_in_its_text() -> None:
    assert srt([Said("a --> b")]).count("-->") == 1


@pytest.mark.parametrize("form", [srt, vtt])
@pytest.mark.parametrize("has_words", [True, False])
def test_long_speech_is_cut_into_cues_of_two_lines(form: Any, has_words: bool) -> None:
    said = Said(LONG, 0.0, 60.0, words=words(LONG) if has_words else [])
    found = cues(form([said]))
    assert len(found) > 3
    assert all(len(lines) <= 2 and all(len(line) <= LINE for line in lines) for _, _, lines in found)
    assert " ".join(" ".join(lines) for _, _, lines in found) == LONG.strip()
    times = [time for start, end, _ in found for time in (start, end)]
    assert times == sorted(times)
    assert all(end > start for start, end, _ in found)


def test_a_cue_stands_while_its_words_are_said() -> None:
    text = "one two three four five six"
    said = Said(text, 0.0, 20.0, words=words(text, gap_after={2: 5.0}))
    assert [(start, end) for start, end, _ in cues(srt([said]))] == [(0.0, 3.0), (8.0, 11.0)]


def test_a_script_without_spaces_is_cut_too() -> None:
    text = "神经网络从例子中学习" * 20
    found = cues(vtt([Said(text, 0.0, 30.0)]))
    assert "".join("".join(lines) for _, _, lines in found) == text
    assert all(len(line) <= LINE for _, _, lines in found for line in lines)


def test_a_segment_without_length_is_shown_for_a_moment() -> None:
    ((start, end, _),) = cues(srt([Said("Now.", 5.0, 5.0)]))
    assert end > start


@pytest.mark.parametrize("form", [srt, vtt, txt])
def test_what_is_doubted_is_marked_and_not_dropped(form: Any) -> None:
    assert "[?] Thank you for watching" in form([Said("Thank you for watching", flags=["no_speech"])])


def test_speakers_have_names_in_each_format() -> None:
    talk = [Said("Hello.", 0, 1, "Anna"), Said("Hi.", 1, 2, "Boris"), Said("So.", 2, 3, "Boris")]
    assert "Anna: Hello." in srt(talk)
    assert "<v Boris>Hi." in vtt(talk)
    assert txt(talk) == "Anna: Hello.\n\nBoris: Hi. So.\n"
    assert md(talk, Heading("a", (), ())) == "# a\n\n**[00:00]** **Anna:** Hello.\n\n**[00:01]** **Boris:** Hi. So.\n"


def test_paragraphs_begin_at_pauses() -> None:
    assert txt([Said("One.", 0, 1), Said("Two.", 1, 2), Said("Three.", 5, 6)]) == "One. Two.\n\nThree.\n"


def test_what_was_said_is_no_markdown() -> None:
    shown = md([Said("# *boom* [x](javascript:1) <script>", speaker="_a_")], Heading("<b>", ("x",), ("> y",)))
    assert "\\# \\*boom\\* \\[x\\](javascript:1) \\<script\\>" in shown
    assert "# \\<b\\>" in shown
    assert "**\\_a\\_:**" in shown


def test_a_text_without_times_is_read_without_marks() -> None:
    said = [Said("One.", None, None), Said("Two.", None, None)]
    assert txt(said) == "One.\n\nTwo.\n"
    assert "[" not in md(said, Heading("a", (), ()))


@pytest.mark.parametrize(("seconds", "shown"), [(0, "00:00"), (59.9, "00:59"), (3599, "59:59"), (3661, "1:01:01")])
def test_marks_are_minutes_until_an_hour(seconds: float, shown: str) -> None:
    assert clock(seconds) == shown


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("a.m4a", "inline; filename=\"a.m4a\"; filename*=UTF-8''a.m4a"),
        ("Лекция 1.m4a", "inline; filename=\"1.m4a\"; filename*=UTF-8''%D0%9B%D0%B5%D0%BA%D1%86%D0%B8%D1%8F%201.m4a"),
        ('x"; a="b.mp3', "inline; filename=\"x_a_b.mp3\"; filename*=UTF-8''x%22%3B%20a%3D%22b.mp3"),
        ("../../etc/passwd", "inline; filename=\"passwd\"; filename*=UTF-8''passwd"),
        ("a\r\nSet-Cookie: x", "inline; filename=\"a_Set-Cookie_x\"; filename*=UTF-8''a%0D%0ASet-Cookie%3A%20x"),
        ("...", "inline; filename=\"recording\"; filename*=UTF-8''recording"),
        ("\ud800", "inline; filename=\"recording\"; filename*=UTF-8''%3F"),
    ],
)
def test_a_name_stays_inside_its_header(name: str, header: str) -> None:
    assert disposition("inline", name) == header


def test_a_downloads_name_has_the_formats_end_and_a_bound() -> None:
    assert disposition("attachment", "a.b.m4a", ".srt") == "attachment; filename=\"a.b.srt\"; filename*=UTF-8''a.b.srt"
    assert len(disposition("attachment", "я" * 255, ".srt")) < 1000
