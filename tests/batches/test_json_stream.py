"""The scanner finds the audio wherever the network cuts the body, and refuses what is no JSON or no base64."""

import base64
import hashlib
import json
import random
import tracemalloc
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from ai_conspects.batches.errors import DocumentTooLarge, InvalidJson, TooManyRecordings
from ai_conspects.batches.json_stream import (
    AudioData,
    AudioEnded,
    AudioRefused,
    AudioStarted,
    SubmitScanner,
)
from ai_conspects.batches.skeleton import unfit_texts

NAME = 'запись \\ " 😀'


class Scanned:
    """What came out of a body: the audio by index, why some was refused, and the rest of the document."""

    def __init__(self, chunks: Iterable[bytes], *, max_recordings: int = 10) -> None:
        scanner = SubmitScanner(max_recordings=max_recordings)
        self.audio: dict[int, bytes] = {}
        self.refused: dict[int, str] = {}
        self.ended: list[int] = []
        for chunk in chunks:
            for event in scanner.feed(chunk):
                match event:
                    case AudioStarted(index):
                        assert index not in self.audio
                        self.audio[index] = b""
                    case AudioData(index, data):
                        self.audio[index] += data
                    case AudioEnded(index):
                        self.ended.append(index)
                    case AudioRefused(index, reason):
                        self.refused[index] = reason
        self.document: Any = scanner.finish().parse()


def scan(body: str | bytes) -> Scanned:
    return Scanned([body.encode() if isinstance(body, str) else body])


def cut(body: bytes, random_: random.Random) -> Iterator[bytes]:
    """The body in pieces of random sizes, often tiny, sometimes empty."""
    at = 0
    while at < len(body):
        size = random_.choice([0, 1, 1, 2, 3, 5, 17, 200, 4000])
        yield body[at : at + size]
        at += size


def escaped(text: str, random_: random.Random) -> str:
    """The same JSON string content, some of its letters written as escapes."""
    ways = (lambda c: c, lambda c: f"\\u{ord(c):04x}", lambda c: "\\/" if c == "/" else f"\\u{ord(c):04X}")
    return "".join(random_.choices(ways, weights=[9, 1, 1])[0](letter) for letter in text)


@pytest.mark.parametrize("seed", range(60))
def test_any_cut_of_a_body_gives_the_same_audio_and_document(seed: int) -> None:
    random_ = random.Random(seed)
    audio = [random_.randbytes(random_.choice([1, 2, 3, 100, 5000])) for _ in range(random_.randint(1, 5))]
    recordings = []
    for index, data in enumerate(audio):
        text = base64.b64encode(data).decode()
        members = [
            f'"audio\\u005fdata": "{escaped(text, random_)}"' if index % 2 else f'"audio_data":"{text}"',
            '"id" : ' + json.dumps(NAME),
            '"metadata": {"audio_data": "not audio", "list": [1, {"audio_data": "\\\\"}, []]}',
        ]
        random_.shuffle(members)
        recordings.append("{" + " , ".join(members) + "}")
    members = [f'"recordings": [{",".join(recordings)}]', '"batch_id": "b"', '"audio_data": "above"']
    random_.shuffle(members)
    body = ("\n{" + ",".join(members) + "}\t").encode()

    found = Scanned(cut(body, random_))

    assert [found.audio[index] for index in range(len(audio))] == audio
    assert found.ended == list(range(len(audio)))
    assert not found.refused
    expected = json.loads(body)
    for recording in expected["recordings"]:
        recording["audio_data"] = ""
    assert found.document == expected


GOOD = base64.b64encode(bytes(range(90))).decode()
BAD_BASE64 = {
    "a space": GOOD[:8] + " " + GOOD[9:],
    "a line break": GOOD[:8] + "\\n" + GOOD[8:],
    "a raw line break": GOOD[:8] + "\n" + GOOD[8:],
    "the URL alphabet": GOOD[:8] + "-_" + GOOD[10:],
    "cut": GOOD[:-1],
    "one character over": GOOD + "A",
    "more after the padding": "QQ==QQ==",
    "more after short padding": "QUI=QUI=",
    "only padding": "====",
    "padding first": "=QQQ",
    "an escaped quote": GOOD[:8] + '\\"' + GOOD[8:],
    "an escaped quote at the end": GOOD + '\\"',
    "an escaped backslash before a slash": GOOD[:8] + "\\\\/" + GOOD[8:],
    "an escaped backslash at the end": GOOD + "\\\\",
    "a backslash as \\u005c before a slash": GOOD[:8] + "\\u005c/" + GOOD[8:],
    "letters beyond ASCII": GOOD[:8] + "\\u0441" + "ж" + GOOD[8:],
    "a data URL": "data:audio/mp4;base64," + GOOD,
    "text": "base64-encoded-audio-content",
}


@pytest.mark.parametrize("name", BAD_BASE64)
@pytest.mark.parametrize("seed", range(12))
def test_bad_base64_is_refused_and_the_rest_still_read(name: str, seed: int) -> None:
    body = '{"recordings": [{"audio_data": "BAD", "id": "a"}, {"audio_data": "GOOD"}]}'
    body = body.replace("BAD", BAD_BASE64[name]).replace("GOOD", GOOD)
    found = Scanned(cut(body.encode(), random.Random(seed)))
    assert list(found.refused) == [0]
    assert found.audio[1] == bytes(range(90))
    assert found.document["recordings"][0] == {"audio_data": "", "id": "a"}


@pytest.mark.parametrize(
    ("body", "position"),
    [
        ("", 0),
        ("{", 1),
        ("nothing", 0),
        ('{"a": 1,}', None),  # which byte is blamed differs between Pythons
        ('{"a": 1}}', 8),
        ('{"a": [1}', 8),
        ('{"a": "\x01"}', 7),
        ('{"a": 01}', 7),
        ('{"recordings": [{"audio_data": "GOOD"} x]}', 155),
        ('{"recordings": [{"audio_data": "GOOD', 152),
        ('{"recordings": [{"audio_data": "GOOD", "audio_data": ""}]}', 170),
        ('{"recordings": [], "recordings": []}', None),
        ('{"a": 1, "a": 2}', None),
        ('{"a": NaN}', None),
        ('{"a": 1e999}', None),
        ('{"a": ' + "9" * 5000 + "}", None),
        ("[" * 33, 32),
        (b'{"a": "\xff"}', 7),
        (b'\xef\xbb\xbf{"a": 1}', None),
        ("{}".encode("utf-16"), None),
    ],
)
def test_invalid_json_is_refused_with_its_position(body: str | bytes, position: int | None) -> None:
    with pytest.raises(InvalidJson) as caught:
        scan(body.replace("GOOD", GOOD) if isinstance(body, str) else body)
    if position is not None:
        assert caught.value.position == position


@pytest.mark.parametrize("text", ["\\u0000", "a\\ud800b", "\\udc00"])
def test_text_that_no_database_can_hold_is_found_with_its_place(text: str) -> None:
    found = scan('{"recordings": [{"metadata": {"k": ["TEXT"]}}]}'.replace("TEXT", text))
    assert [loc for loc, _ in unfit_texts(found.document)] == [("recordings", 0, "metadata", "k", 0)]


def test_audio_that_is_no_string_stays_in_the_document() -> None:
    found = scan('{"recordings": [{"audio_data": null}, {"audio_data": ["QQ=="]}, {"audio_data": 5}, {}]}')
    assert found.audio == {}
    assert found.document["recordings"] == [{"audio_data": None}, {"audio_data": ["QQ=="]}, {"audio_data": 5}, {}]


def test_audio_anywhere_else_is_no_audio() -> None:
    body = '{"recordings": {"audio_data": "QQ=="}, "x": [{"audio_data": "QQ=="}], "y": {"z": [{"audio_data": "!"}]}}'
    assert scan(body).audio == {}


def test_one_recording_too_many_stops_the_scan() -> None:
    with pytest.raises(TooManyRecordings):
        scan('{"recordings": [' + ",".join(["{}"] * 11) + "]}")


def test_a_large_document_beside_the_audio_is_refused() -> None:
    with pytest.raises(DocumentTooLarge):
        Scanned([b'{"x": "'] + [b"a" * 65536] * 17)


def test_memory_stays_flat_and_every_byte_counts() -> None:
    piece = base64.b64encode(random.Random(1).randbytes(48 * 1024))
    scanner, digest, size = SubmitScanner(max_recordings=10), hashlib.sha256(), 0
    expected = hashlib.sha256()
    list(scanner.feed(b'{"recordings": [{"audio_data": "'))
    tracemalloc.start()
    try:
        for _ in range(800):
            expected.update(base64.b64decode(piece))
            for event in scanner.feed(piece):
                assert isinstance(event, AudioData)
                digest.update(event.data)
                size += len(event.data)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    list(scanner.feed(b'"}]}'))
    scanner.finish().parse()
    assert size == 800 * 48 * 1024
    assert digest.digest() == expected.digest()
    assert peak < 1_000_000
