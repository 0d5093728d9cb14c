"""`GET /search`: one's own notes by words, phrases, beginnings and meaning, with the second where it was said."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event, func, select, update

from ai_conspects.engines.embeddings.hashed import HashedEmbeddings
from ai_conspects.models import Note, NoteChunk
from ai_conspects.models.note import said as own_sentences
from ai_conspects.search.asked import parse
from ai_conspects.text.read import read
from tests.accounts.devices import Device, register
from tests.bench import Bench
from tests.scripted import LECTURE, spoken

Find = Callable[..., dict[str, Any]]

ERRANDS = (
    "Купить молоко, хлеб и масло.",
    "Вечером забрать посылку на почте.",
    "Позвонить <b>Марии</b> & узнать адрес.",
)
TALK = ("The gradient points uphill.", "A learning rate that is too large makes training diverge.")


@pytest.fixture
def me(client: TestClient, bench: Bench) -> Device:
    """Somebody with three notes: a lecture, errands, and a talk in English."""
    device = register(client)
    for said, language in ((LECTURE, "ru"), (ERRANDS, "ru"), (TALK, "en")):
        bench.speech.segments, bench.speech.language = spoken(*said), language
        bench.submit(device.user_id, language=language)
        bench.run_all()
    return device


@pytest.fixture
def find(client: TestClient, me: Device) -> Find:
    """Search as `me`, and give the answer's body."""

    def search(q: str, **more: Any) -> dict[str, Any]:
        answer = client.get("/v1/search", headers=me.headers, params={"q": q, **more})
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    return search


def quotes(found: dict[str, Any]) -> list[str]:
    return [hit["snippet_text"] for hit in found["items"]]


def test_a_hit_has_its_note_its_words_marked_and_the_second_where_they_were_said(find: Find) -> None:
    best = find("чем лечили переобучение")["items"][0]
    assert best["snippet_text"].startswith(LECTURE[4])
    assert "<mark>Переобучение</mark>" in best["snippet"]
    assert "<mark>лечат</mark>" in best["snippet"]
    assert best["start"] == 8.0
    start, end = best["highlights"][0]
    assert best["snippet_text"][start:end] == "Переобучение"
    assert best["note"]["source_recording_id"]
    assert best["note"]["title"]
    assert 0 < best["score"] <= 1


@pytest.mark.parametrize("mode", ["text", "hybrid", "semantic"])
def test_every_mode_finds_words_in_other_forms(find: Find, mode: str) -> None:
    found = find("градиентного спуска", mode=mode)
    assert found["mode"] == mode
    assert any("Градиентный спуск" in chunk["chunk"]["text"] for chunk in found["items"][:1])


def test_what_was_said_cannot_write_html(find: Find) -> None:
    (hit,) = [hit for hit in find("позвонить марии")["items"] if "Позвонить" in hit["snippet_text"]]
    assert "&lt;b&gt;<mark>Марии</mark>&lt;/b&gt; &amp; узнать" in hit["snippet"]


def test_a_phrase_must_stand_as_it_was_asked_in_any_form(find: Find) -> None:
    assert len(find('"обратное распространение ошибки"')["items"]) == 1
    assert find('"распространение обратное"')["items"] == []
    assert find('"обратное распространение" молоко')["items"][0]["snippet_text"].startswith("Обучение")
    assert find('"распространение обратное"', mode="semantic")["items"]


def test_a_name_in_quotes_within_a_question_gives_way_where_no_note_has_it() -> None:
    assert parse("Кто лечит «глубокое переобучение» сети?").is_more_than_phrases
    assert not parse("«глубокое переобучение»").is_more_than_phrases


def test_a_question_is_answered_though_no_note_has_its_quoted_name(find: Find) -> None:
    assert find("чем лечат переобучение в «Звёздных войнах»?")["items"][0]["snippet_text"].startswith(LECTURE[4])
    assert find("«звёздные войны»")["items"] == []


@pytest.mark.parametrize("asked", ["photosynthesis ", "спектроскопия "])
def test_pieces_of_words_in_common_are_no_hit(find: Find, asked: str) -> None:
    assert find(asked)["items"] == []


def test_speech_without_punctuation_is_shown_from_the_sentence_that_says_most(
    find: Find, bench: Bench, me: Device
) -> None:
    said = [f"в {number} часов мы опять обсуждали погоду урожай и цены на рынке очень долго" for number in range(7)]
    said[4] = "а потом настройщик роялей рассказал про камертон и обертоны струны очень долго"
    bench.speech.segments = spoken(*said)
    bench.submit(me.user_id)
    bench.run_all()
    best = find("камертон настройщика")["items"][0]
    assert best["snippet_text"].startswith(said[4])
    assert best["start"] == 8.0


def test_a_best_sentence_that_an_earlier_release_numbered_otherwise_is_found(find: Find, bench: Bench) -> None:
    asked = "градиентный спуск"
    before = find(asked)["items"][0]
    with bench.database.transaction(as_system="a test") as session:
        for chunk in session.scalars(select(NoteChunk).where(NoteChunk.position > 0)):
            chunk.tokens = read(["", *own_sentences(chunk.text, chunk.sentences)], chunk.language).packed()
    assert find(asked)["items"][0]["snippet"] == before["snippet"]


def test_hashed_vectors_leave_the_first_place_to_the_words(find: Find, bench: Bench, me: Device) -> None:
    asked, vector = "купить хлеб и масло", HashedEmbeddings().embed(["купить хлеб и масло"], kind="query")[0]
    for said in ("Купить молоко, хлеб и масло.", "Купить молоко, хлеб и масло сегодня."):
        bench.speech.segments = spoken(said)
        bench.submit(me.user_id)
        bench.run_all()
    by_words = [hit["note"]["id"] for hit in find(asked, mode="text")["items"]]
    with bench.database.transaction(as_system="a test") as session:  # as alike as can be, by their pieces
        session.execute(update(NoteChunk).where(NoteChunk.note_id == by_words[1]).values(embedding=vector))
        session.execute(update(NoteChunk).where(NoteChunk.note_id == by_words[0]).values(embedding=-vector))
    assert [hit["note"]["id"] for hit in find(asked)["items"]][:2] == by_words[:2]


def test_a_question_in_another_language_finds_the_words_that_both_share(find: Find) -> None:
    found = find("что такое learning rate и почему diverge?")["items"]
    assert found[0]["note"]["language"] == "en"
    assert "<mark>learning</mark>" in found[0]["snippet"]


@pytest.mark.parametrize("asked", ["регуля*", "регуля", "REGUL* регуля*", "лечат регуля"])
def test_the_beginning_of_a_word_finds_it(find: Find, asked: str) -> None:
    best = find(asked, mode="text")["items"][0]
    assert "<mark>регуляризацией</mark>" in best["snippet"]


def test_a_finished_word_is_no_beginning(find: Find) -> None:
    assert find("регуля ", mode="text")["items"] == []


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("регуляризацей", "регуляризацией"), ("градеентный спуск", "градиентный"), ("divrege", "diverge")],
)
def test_a_slip_of_the_pen_finds_what_was_meant_and_says_so(find: Find, typed: str, meant: str) -> None:
    found = find(f"{typed} ", mode="text")
    assert found["corrections"] == {typed.split()[0]: meant}
    assert f"<mark>{meant}</mark>" in found["items"][0]["snippet"].casefold()


def test_filters_narrow_by_tag_date_favourite_recording_and_type(find: Find, bench: Bench) -> None:
    everything = find("нейронная сеть купить молоко gradient")["items"]
    assert len(everything) == 3
    lecture = next(hit["note"] for hit in everything if "нейрон" in hit["chunk"]["text"].casefold())
    with bench.database.transaction(as_system="a test") as session:
        session.execute(update(Note).where(Note.id == lecture["id"]).values(is_favorite=True, type="manual"))

    def only(**filters: Any) -> list[str]:
        return [hit["note"]["id"] for hit in find("нейронная сеть купить молоко gradient", **filters)["items"]]

    mine = [lecture["id"]]
    assert only(is_favorite=True) == only(type="manual") == mine
    assert only(recording_id=lecture["source_recording_id"]) == mine
    assert only(tag=lecture["tags"][0].upper()) == only(tag=[lecture["tags"][0], "no such"]) == mine
    assert len(only(is_favorite=False)) == 2
    assert (
        only(created_after="2999-01-01T00:00:00Z")
        == only(created_before="2000-01-01T00:00:00Z")
        == only(tag="no such")
        == []
    )
    assert len(only(created_after="2000-01-01T00:00:00Z", created_before="2999-01-01T00:00:00Z")) == 3


def test_pages_follow_each_other_to_the_end(find: Find) -> None:
    asked = "нейронная сеть купить молоко gradient"
    first = find(asked, limit=2)
    second = find(asked, limit=2, cursor=first["next_cursor"])
    assert second["next_cursor"] is None
    ids = [hit["note"]["id"] for hit in first["items"] + second["items"]]
    assert ids == [hit["note"]["id"] for hit in find(asked)["items"]]


def test_a_cursor_of_another_search_is_refused(client: TestClient, me: Device, find: Find) -> None:
    cursor = find("нейронная сеть купить молоко gradient", limit=1)["next_cursor"]
    answer = client.get("/v1/search", headers=me.headers, params={"q": "молоко", "cursor": cursor})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_cursor")


def test_nobody_finds_anothers_notes(client: TestClient, me: Device) -> None:
    other = register(client, "other")
    for mode in ("text", "hybrid", "semantic"):
        found = client.get("/v1/search", headers=other.headers, params={"q": "нейронная сеть", "mode": mode})
        assert found.json()["items"] == []


@pytest.mark.parametrize(
    "q", ["'; DROP TABLE notes; --", "& | ! <-> ()", ":*", "\\", "''", "???", "🙂", '"', '""', "*", "a*", "% _", "\\'*"]
)
def test_nothing_that_is_typed_breaks_it(find: Find, q: str) -> None:
    assert find(q)["items"] is not None


@pytest.mark.parametrize(
    "wrong",
    [{"q": ""}, {"q": "  "}, {"q": "x" * 401}, {}, {"q": "a", "mode": "magic"}, {"q": "a", "limit": 0}],
)
def test_what_is_no_search_is_refused(client: TestClient, wrong: dict[str, Any]) -> None:
    answer = client.get("/v1/search", headers=register(client).headers, params=wrong)
    assert answer.status_code == 422


def unread(bench: Bench) -> int | None:
    with bench.database.transaction(as_system="a test") as session:
        return session.scalar(select(func.count()).where(NoteChunk.words.is_(None)))


def test_chunks_of_the_release_before_are_found_and_read_once(find: Find, bench: Bench) -> None:
    assert unread(bench) == 0
    before = find("чем лечили переобучение")["items"]
    with bench.database.transaction(as_system="a test") as session:
        session.execute(update(NoteChunk).values(words=None, tokens=None))
    assert find("чем лечили переобучение")["items"] == before
    assert unread(bench) == 0


def test_a_chunk_whose_text_was_changed_is_found_by_the_new_one_alone(find: Find, bench: Bench) -> None:
    with bench.database.transaction(as_system="a test") as session:
        session.execute(update(NoteChunk).where(NoteChunk.text.contains("молоко")).values(text="Синхрофазотрон."))
    assert find("синхрофазотроны ", mode="text")["items"]
    assert find("молоко ", mode="text")["items"] == []


def test_a_word_that_holds_sentences_together_brings_no_notes(find: Find) -> None:
    assert find("and the photosynthesis ")["items"] == []


def test_a_search_asks_the_database_for_candidates_and_for_what_is_shown_and_no_more(find: Find, bench: Bench) -> None:
    find("переобучение")
    asked: list[str] = []
    event.listen(bench.database.engine, "before_cursor_execute", lambda _, __, sql, *___: asked.append(sql))
    assert find("чем лечили переобучение")["items"]
    assert len([sql for sql in asked if "note_chunks" in sql]) == 2


def test_a_note_in_a_language_that_is_new_since_the_last_search_is_found(find: Find, bench: Bench, me: Device) -> None:
    find("переобучение")
    bench.speech.segments, bench.speech.language = spoken("Die Netze lernen schnell.", "Das Wetter war gut."), "de"
    bench.submit(me.user_id, language="de")
    bench.run_all()
    assert find('"Netzes lernen"')["items"]
