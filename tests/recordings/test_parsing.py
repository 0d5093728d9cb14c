"""Transcripts from elsewhere: lenient about what tools write differently, strict about what is broken."""

import json
import random
import time
from typing import Any

import pytest

from ai_conspects.core.errors import DomainError
from ai_conspects.recordings.errors import InvalidTranscript
from ai_conspects.recordings.formats.subtitles import srt as written_srt
from ai_conspects.recordings.formats.subtitles import vtt as written_vtt
from ai_conspects.recordings.imports.imported import ImportedSegment
from ai_conspects.recordings.imports.reading import read, recognised

SRT = "1\n00:00:01,000 --> 00:00:02,500\nПривет, мир.\n\n2\n00:00:03,000 --> 00:00:04,000\nЕщё\nстрока.\n"
VTT = """WEBVTT - Title
Kind: captions

STYLE
::cue { color: red }

NOTE this is
no text

intro
00:01.000 --> 00:02.000 align:start position:0%
<v.loud Anna B>A &lt; b &amp; <i>c</i><00:01.500></v>

00:01:00.000 --> 00:01:01.000
- yes
"""


def said(content: str, kind: Any = "auto") -> list[tuple[float | None, float | None, str]]:
    return [(one.start_s, one.end_s, one.text) for one in read(content, kind).segments]


def refused(content: str, kind: Any = "auto") -> InvalidTranscript:
    with pytest.raises(InvalidTranscript) as caught:
        read(content, kind)
    return caught.value


@pytest.mark.parametrize(
    "content",
    [
        SRT,
        "\ufeff" + SRT,
        SRT.replace("\n", "\r\n"),
        SRT.replace("\n", "\r"),
        SRT.replace(",", ".", 4).replace("Привет.", "Привет,"),
        SRT.replace("00:00:0", "00:0"),
        SRT.replace("\n\n2\n", "\n2\n"),
        SRT.replace("1\n00", "00", 1).replace("2\n00", "00", 1),
        SRT.replace("Привет", "<i>Привет</i>").replace("Ещё", '{\\an8}<font color="red">Ещё</font>'),
        SRT.replace("02,500", "02,500 X1:100 X2:200"),
        SRT.replace(",000", ""),
        SRT + "\n\n\n",
    ],
)
def test_subrip_as_tools_write_it(content: str) -> None:
    assert said(content) == [(1.0, 2.5, "Привет, мир."), (3.0, 4.0, "Ещё строка.")]
    assert recognised(content) == "srt"


def test_webvtt_with_all_that_may_stand_in_it() -> None:
    transcript = read(VTT, "auto")
    assert transcript.format == "vtt"
    assert said(VTT) == [(1.0, 2.0, "A < b & c"), (60.0, 61.0, "- yes")]
    assert transcript.segments[0].speaker == "Anna B"


def test_speakers_as_whisperx_writes_them() -> None:
    content = "1\n00:00:01,000 --> 00:00:02,000\n[SPEAKER_00]: Hello.\n\n2\n00:00:02,000 --> 00:00:03,000\n[music]\n"
    assert [(one.speaker, one.text) for one in read(content, "srt").segments] == [
        ("SPEAKER_00", "Hello."),
        (None, "[music]"),
    ]


def test_cues_come_in_the_order_of_their_times_and_may_overlap() -> None:
    content = "00:00:05,000 --> 00:00:09,000\nb\n\n00:00:01,000 --> 00:00:06,000\na\n"
    assert [text for _, _, text in said(content)] == ["a", "b"]


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (SRT.replace("00:00:03,000", "-00:00:03,000"), 6),
        (SRT.replace("00:00:03,000", "00:00:99,000"), 6),
        (SRT.replace("00:00:04,000", "00:00:02,000"), 6),
        (SRT.replace("00:00:04,000", "9999:00:00,000"), 6),
        (SRT.replace("00:00:04,000", "9" * 5000), 6),
        (SRT.replace("00:00:03,000 -->", "00:00:03,000"), 6),
        (SRT.replace("Ещё\n", "Ещё\n\n"), 9),
        ("нет времени\n", 1),
        ("1\nнет времени\n", 2),
    ],
)
def test_broken_subrip_is_refused_with_its_line(content: str, line: int) -> None:
    error = refused(content, "srt")
    assert error.where == line
    assert error.errors[0].loc == ("content", line)
    assert f"Line {line}:" in error.detail


@pytest.mark.parametrize(
    ("content", "line"),
    [(VTT.replace("WEBVTT", "WEBVT"), 1), (VTT.replace("00:02.000", "00:00.500"), 11), ("WEBVTT\n\nfoo\n", 3)],
)
def test_broken_webvtt_is_refused_with_its_line(content: str, line: int) -> None:
    assert refused(content, "vtt").where == line


@pytest.mark.parametrize("content", ["WEBVTT\n", "WEBVTT\n\n00:01.000 --> 00:02.000\n \n", " \n\n", '{"segments": []}'])
def test_what_says_nothing_is_no_transcript(content: str) -> None:
    assert "says nothing" in refused(content).detail


def test_a_text_has_paragraphs_and_no_times() -> None:
    content = "Первая строка\nидёт дальше.\nВторая.\n\nЗаголовок\n\n[SPEAKER_01]: Ответ"
    assert [text for _, _, text in said(content)] == ["Первая строка идёт дальше.", "Вторая.", "Заголовок", "Ответ"]
    transcript = read(content, "auto")
    assert (transcript.format, transcript.has_times, transcript.segments[3].speaker) == ("txt", False, "SPEAKER_01")


def test_whispers_json() -> None:
    document = {
        "text": "…",
        "language": "russian",
        "segments": [
            {
                "id": 0, "start": 0, "end": 2.5, "text": " Привет.", "avg_logprob": -0.1, "no_speech_prob": 0.01,
                "compression_ratio": 1.2, "tokens": [1, 2],
                "words": [{"word": " Привет.", "start": 0.1, "end": 2.4, "probability": 0.9}],
            },
            {"start": 3, "end": 4, "text": "Спасибо за просмотр!", "avg_logprob": -0.5, "no_speech_prob": 0.9},
        ],
    }  # fmt: skip
    transcript = read(json.dumps(document), "auto")
    first, second = transcript.segments
    assert (transcript.format, transcript.language) == ("json", "ru")
    assert first.confidence == pytest.approx(0.905, abs=0.001)
    assert (first.words[0].text, first.words[0].confidence) == ("Привет.", 0.9)
    assert second.flags == ("no_speech",)


def test_whisperxs_json_with_speakers_and_words_that_it_could_not_place() -> None:
    words = [
        {"word": "In", "start": 1.0, "end": 1.2, "score": 0.9, "speaker": "SPEAKER_00"},
        {"word": "1905"},
        {"word": "he", "start": 2.0, "end": 2.2, "score": 0.8},
        {"word": "left"},
        {"word": "2"},
    ]
    segment = {"start": 1.0, "end": 3.2, "text": "In 1905 he left 2", "words": words, "speaker": "SPEAKER_00"}
    (found,) = read(json.dumps({"segments": [segment], "word_segments": [], "language": "en"}), "auto").segments
    assert found.speaker == "SPEAKER_00"
    assert [(one.text, one.start_s, one.end_s) for one in found.words] == [
        ("In", 1.0, 1.2),
        ("1905", 1.2, 2.0),
        ("he", 2.0, 2.2),
        ("left", 2.2, pytest.approx(2.7)),
        ("2", pytest.approx(2.7), pytest.approx(3.2)),
    ]
    assert [one.confidence for one in found.words] == [
        None
    ] * 5  # how well it was aligned is not how surely it was said


def test_a_list_of_segments_and_a_text_alone_are_json_too() -> None:
    assert said('[{"start": 0, "end": 1, "text": "Да."}]') == [(0.0, 1.0, "Да.")]
    assert said('{"text": "Да. Нет."}') == [(None, None, "Да. Нет.")]


@pytest.mark.parametrize(
    ("content", "where"),
    [
        ('{"segments":\n [}', 2),
        ('{"segments": {}}', "segments"),
        ('{"segments": [5]}', "segments[0]"),
        ('{"segments": [{"start": 0, "end": 1}]}', "segments[0]"),
        ('{"segments": [{"start": -1, "end": 1, "text": "a"}]}', "segments[0].start"),
        ('{"segments": [{"start": "0", "end": 1, "text": "a"}]}', "segments[0].start"),
        ('{"segments": [{"start": 0, "text": "a"}]}', "segments[0].end"),
        ('{"segments": [{"start": 2, "end": 1, "text": "a"}]}', "segments[0]"),
        ('{"segments": [{"start": 0, "end": 1e308, "text": "a"}]}', "segments[0].end"),
        ('{"segments": [{"start": NaN, "end": 1, "text": "a"}]}', "segments[0].start"),
        ('{"segments": [{"start": true, "end": 1, "text": "a"}]}', "segments[0].start"),
        ('{"segments": [{"start": 0, "end": 1e7, "text": "a"}]}', "segments[0]"),
        ('{"segments": [{"start": 0, "end": 1, "text": "a", "words": 5}]}', "segments[0].words"),
        ('{"segments": [{"start": 0, "end": 1, "text": "a", "words": [{}]}]}', "segments[0].words[0]"),
        ('{"segments": [{"start": 0, "end": 1, "text": "a", "confidence": 2}]}', "segments[0]"),
        ('{"segments": [{"start": 0, "end": 1, "text": "a"}, {"text": "b"}]}', "segments"),
        ('{"segments": ' + "[" * 100_000, None),
        ('{"segments": [{"start": ' + "9" * 5000 + "}]}", None),
    ],
)
def test_broken_json_is_refused_with_its_place(content: str, where: int | str | None) -> None:
    assert refused(content, "json").where == where


def test_what_we_write_we_read() -> None:
    segments = [
        ImportedSegment(1.0, 2.5, "A < b & c --> d"),
        ImportedSegment(3661.25, 3662.0, "Второй сегмент.", speaker="Анна"),
    ]
    as_vtt = read(written_vtt(segments), "auto").segments  # type: ignore[arg-type]  # what subtitles need of it is there
    assert [(one.start_s, one.end_s, one.text, one.speaker) for one in as_vtt] == [
        (one.start_s, one.end_s, one.text, one.speaker) for one in segments
    ]
    assert [one[:2] for one in said(written_srt(segments))] == [(1.0, 2.5), (3661.25, 3662.0)]  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["srt", "vtt", "txt", "json"])
def test_noise_is_refused_or_read_and_never_breaks(kind: str) -> None:
    chance = random.Random(7)
    pieces = [
        "\n", "\r\n", "\n\n", "1", "00:00:01,000", " --> ", "-->", "00:00:0", "WEBVTT", "<v ", ">", "{", "}", "[", "]",
        '"segments":', '"text":"a"', '"start":', "1e400", "-1", ",", ":", "&#0;", "&#xD800;", "&amp", "\ufeff",
        "\u2028", "\x00", "текст", "{\\an8", "NOTE", "<00:00:01.000>", "[A]:", "\x85", "99:99:99,999",
    ]  # fmt: skip
    for _ in range(400):
        content = "".join(chance.choices(pieces, k=chance.randint(1, 40)))
        try:
            transcript = read(content, kind)  # type: ignore[arg-type]  # one of the four words
        except DomainError:
            continue
        assert all(segment.text for segment in transcript.segments)


@pytest.mark.parametrize(
    "piece", ["<", "{\\", "[", "a ", "00:00:01,000 --> ", "\n", "<v ", "1\n", "&", "-->", "NOTE\n"]
)
@pytest.mark.parametrize("kind", ["srt", "vtt", "txt", "json"])
def test_megabytes_of_anything_are_answered_soon(piece: str, kind: str) -> None:
    content = ("WEBVTT\n\n" if kind == "vtt" else "") + piece * (2 * 2**20 // len(piece))  # its square would take days
    began = time.perf_counter()
    with pytest.raises(InvalidTranscript):
        read(content, kind)  # type: ignore[arg-type]  # one of the four words
    assert time.perf_counter() - began < 20
