"""`GET /batches/{id}/results`: the protocol's fields, computed figures, and nobody else's notes."""

from fastapi.testclient import TestClient

from ai_conspects.engines.errors import EngineRejected
from ai_conspects.engines.speech_to_text.base import Segment
from ai_conspects.models import StepName, StepStatus
from tests.accounts.devices import register
from tests.bench import Bench


def test_the_protocols_fields_are_all_there_and_no_figure_is_a_constant(client: TestClient, bench: Bench) -> None:
    me = register(client)
    (recording_id,) = bench.submit(me.user_id)
    bench.run_all()
    answer = client.get(f"/v1/batches/{bench.batch_id(recording_id)}/results", headers=me.headers)
    assert answer.status_code == 200, answer.text
    results = answer.json()
    assert set(results) >= {"batch_id", "status", "processing_summary", "notes", "relationships"}
    assert results["status"] == "completed"
    summary = results["processing_summary"]
    assert set(summary) == {"total_recordings", "notes_generated", "total_processing_time", "confidence_avg"}
    assert (summary["total_recordings"], summary["notes_generated"]) == (1, 1)
    assert summary["confidence_avg"] == 0.8
    (note,) = results["notes"]
    assert set(note) >= {
        "id", "source_recording_id", "title", "summary", "content", "tags", "metadata", "sources", "related_topics",
        "created_at", "updated_at", "type", "language", "is_read", "is_favorite", "view_count", "citations",
    }  # fmt: skip
    assert note["source_recording_id"] == str(recording_id)
    assert set(note["metadata"]) >= {"reading_time", "confidence", "word_count", "complexity_level"}
    assert note["created_at"].endswith("Z")
    assert note["tags"]
    assert all(set(tag) == {"name", "confidence", "color"} and 0 < tag["confidence"] <= 1 for tag in note["tags"])
    assert note["sources"] == []  # no search engine is configured, and none is made up
    numbers = [citation["position"] for citation in note["citations"]]
    assert numbers == list(range(1, len(numbers) + 1))
    assert all(f"[{number}]" in note["content"] for number in numbers)


def test_related_notes_are_named_on_both_sides(client: TestClient, bench: Bench) -> None:
    me = register(client)
    batches = []
    for _ in range(2):
        (recording_id,) = bench.submit(me.user_id)
        bench.run_all()
        batches.append(bench.batch_id(recording_id))
    first, second = (client.get(f"/v1/batches/{one}/results", headers=me.headers).json() for one in batches)
    (relationship,) = second["relationships"]
    assert set(relationship) == {
        "id", "note_1_id", "note_2_id", "relationship_type", "from_note_id", "strength", "description"
    }  # fmt: skip
    assert {relationship["note_1_id"], relationship["note_2_id"]} == {first["notes"][0]["id"], second["notes"][0]["id"]}
    assert first["notes"][0]["related_topics"] == [second["notes"][0]["title"]]
    assert second["notes"][0]["related_topics"] == [first["notes"][0]["title"]]


def test_results_before_the_end_are_refused_as_the_protocol_says(client: TestClient, bench: Bench) -> None:
    me = register(client)
    (recording_id,) = bench.submit(me.user_id)
    answer = client.get(f"/v1/batches/{bench.batch_id(recording_id)}/results", headers=me.headers)
    assert answer.status_code == 400
    assert (answer.json()["detail"], answer.json()["code"]) == ("Batch not completed yet", "batch_not_completed")


def test_a_partial_batch_gives_its_notes_and_its_errors(client: TestClient, bench: Bench) -> None:
    me = register(client)
    good, bad = bench.submit(me.user_id, recordings=2)

    def refuse(_: Segment) -> None:
        if bench.step(bad, StepName.TRANSCRIPTION).status == StepStatus.RUNNING:
            raise EngineRejected("scripted", "It can't be heard.", code="too_quiet")

    bench.speech.before = refuse
    bench.run_all()
    results = client.get(f"/v1/batches/{bench.batch_id(good)}/results", headers=me.headers).json()
    assert results["status"] == "partial"
    assert [note["source_recording_id"] for note in results["notes"]] == [str(good)]
    (error,) = results["errors"]
    assert (error["recording_id"], error["code"], error["message"]) == (str(bad), "too_quiet", "It can't be heard.")


def test_someone_elses_batch_is_the_same_404_as_none(client: TestClient, bench: Bench) -> None:
    me, other = register(client, "mine"), register(client, "other")
    (recording_id,) = bench.submit(me.user_id)
    bench.run_all()
    theirs = client.get(f"/v1/batches/{bench.batch_id(recording_id)}/results", headers=other.headers)
    none = client.get("/v1/batches/no-such-batch/results", headers=other.headers)
    assert theirs.status_code == none.status_code == 404
    assert theirs.json() | {"request_id": ""} == none.json() | {"request_id": ""}
