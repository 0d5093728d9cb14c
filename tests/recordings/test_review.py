"""Segments are cleaned and doubted as they are written, with the raw text kept."""

from typing import Any

from fastapi.testclient import TestClient

from ai_conspects.engines.speech_to_text.base import Segment, Word
from tests.accounts.devices import register
from tests.bench import Bench


def transcript(client: TestClient, bench: Bench, *segments: Segment) -> Any:
    """What a client reads once these have been heard."""
    me = register(client)
    bench.speech.segments = list(segments)
    (recording_id,) = bench.submit(me.user_id)
    bench.run_all()
    return client.get(f"/v1/recordings/{recording_id}/transcript", headers=me.headers).json()


def said(text: str, start_s: float) -> Segment:
    """Half a second a word, all of them with times."""
    texts = text.split()
    words = tuple(Word(one, start_s + at / 2, start_s + (at + 1) / 2, 0.9) for at, one in enumerate(texts))
    return Segment(start_s, start_s + len(texts) / 2, text, 0.9, words)


def test_a_fragment_that_both_sides_of_a_joint_heard_is_there_once_and_the_raw_text_is_kept(
    client: TestClient, bench: Bench
) -> None:
    found = transcript(client, bench, said("Мы идём в тёмный лес.", 0), said("Темный лес, это опасно .", 1.5))
    first, second = found["segments"]
    assert (first["text"], first["raw_text"]) == ("Мы идём в тёмный лес.", None)
    assert (second["text"], second["raw_text"]) == ("это опасно.", "Темный лес, это опасно .")
    assert second["corrected"] is False
    assert second["start"] == 2.5


def test_a_segment_that_was_all_heard_before_is_kept_and_doubted(client: TestClient, bench: Bench) -> None:
    found = transcript(client, bench, said("Мы идём в лес.", 0), said("идём в лес", 0.5))
    assert [(one["text"], one["flags"]) for one in found["segments"]] == [
        ("Мы идём в лес.", []),
        ("идём в лес", ["repetitive"]),
    ]


def test_what_comes_later_throws_doubt_on_what_is_written(client: TestClient, bench: Bench) -> None:
    bench.settings.speech.checkpoint_s = 5  # the loop goes over checkpoints
    found = transcript(client, bench, *(said("Мы идём дальше в лес.", 2.5 * at) for at in range(4)))
    assert [one["flags"] for one in found["segments"]] == [[], *[["repetitive"]] * 3]
    assert found["confidence"] == 0.225
