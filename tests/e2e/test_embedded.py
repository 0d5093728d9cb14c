"""The whole server on one machine, offline: a recording of real speech goes in over HTTP, and cited notes come out."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import psycopg
import pytest

from ai_conspects.embedded.stack import Stack
from tests.e2e.homes import left_running, new_home, offline
from tests.e2e.phone import Json, Phone
from tests.e2e.recordings import clip
from tests.e2e.waiting import until

pytestmark = pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks for processes in /proc")

STEPS = [
    "audio_upload",
    "transcription",
    "content_analysis",
    "research_augmentation",
    "note_generation",
    "relationship_mapping",
]
QUESTION = "What did he say to his fellow Americans?"


@dataclass(frozen=True)
class Run:
    """What two starts on one data folder told: the first did the work, the second only answered."""

    home: Path
    accepted: Json
    told: list[Json]
    early: httpx.Response
    results: Json
    answer: Json
    results_after_restart: Json
    answer_after_restart: Json
    secrets: list[str]
    left_after: list[set[int]]
    models_after_a_change: list[str]


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    with new_home() as home:
        left: list[set[int]] = []
        with Stack(offline(home), port=0) as stack, Phone(stack.url) as phone:
            accepted = phone.submit("speech", clip(), language="en")
            early = phone.http.get("/batches/speech/results")
            told = phone.followed("speech")
            results, answer = phone.results("speech"), phone.ask(QUESTION)
        left.append(left_running(home))
        with Stack(offline(home), port=0) as stack, Phone(stack.url, phone.device_id, phone.secret) as again:
            results_again, answer_again = again.results("speech"), again.ask(QUESTION)
            anew = embedded_anew(stack.settings.database_url.get_secret_value())
        left.append(left_running(home))
        secrets = [path.read_text() for path in (home / "secrets").iterdir()]
        yield Run(home, accepted, told, early, results, answer, results_again, answer_again, secrets, left, anew)


def embedded_anew(database_url: str) -> list[str]:
    """As after a change of the model: the models of all passages and notes, once no other is left."""
    models = "SELECT embedding_model FROM note_chunks UNION SELECT embedding_model FROM notes"
    with psycopg.connect(database_url, autocommit=True, options="-c app.system=test") as connection:
        for table in ("note_chunks", "notes"):
            connection.execute(f"UPDATE {table} SET embedding_model = 'an older model'")  # noqa: S608 (two names of ours)

        def told() -> list[str]:
            found = [row[0] for row in connection.execute(models)]
            return [] if "an older model" in found else found

        return until(told)


def test_a_submit_is_answered_with_the_protocols_fields(run: Run) -> None:
    assert set(run.accepted) == {
        *("batch_id", "status", "estimated_time", "queue_position", "processing_steps", "message")
    }
    assert (run.accepted["batch_id"], run.accepted["status"]) == ("speech", "accepted")
    assert run.accepted["processing_steps"] == STEPS
    assert run.accepted["message"] == "Batch accepted for processing"
    assert run.accepted["queue_position"] == 1
    assert run.accepted["estimated_time"] >= 1


def test_results_are_refused_until_the_batch_has_ended(run: Run) -> None:
    assert run.early.status_code == 400
    assert run.early.headers["Content-Type"] == "application/problem+json"
    assert run.early.json()["detail"] == "Batch not completed yet"


def test_progress_has_the_protocols_fields_and_never_goes_back(run: Run) -> None:
    for told in run.told:
        assert set(told) >= {
            *("batch_id", "status", "progress", "recordings_processed", "total_recordings"),
            *("created_at", "updated_at"),
        }
        assert set(told["progress"]) == {
            *("current_step", "completed_steps", "progress_percentage", "estimated_remaining")
        }
        assert told["progress"]["current_step"] in {"pending", *STEPS}
    percentages = [told["progress"]["progress_percentage"] for told in run.told]
    completed = [len(told["progress"]["completed_steps"]) for told in run.told]
    assert percentages == sorted(percentages)
    assert completed == sorted(completed)
    assert any(0 < percentage < 100 for percentage in percentages)
    last = run.told[-1]
    assert (last["status"], last["progress"]["completed_steps"]) == ("completed", STEPS)
    assert (last["progress"]["progress_percentage"], last["progress"]["estimated_remaining"]) == (100, 0)
    assert (last["recordings_processed"], last["total_recordings"]) == (1, 1)


def test_the_notes_stand_on_what_was_said(run: Run) -> None:
    assert set(run.results) >= {"batch_id", "status", "processing_summary", "notes", "relationships"}
    summary = run.results["processing_summary"]
    assert set(summary) == {"total_recordings", "notes_generated", "total_processing_time", "confidence_avg"}
    assert (summary["total_recordings"], summary["notes_generated"]) == (1, len(run.results["notes"]))
    assert 0 < summary["confidence_avg"] < 1
    for note in run.results["notes"]:
        assert set(note) >= {
            *("id", "source_recording_id", "title", "summary", "content", "tags", "metadata", "sources"),
            *("related_topics", "created_at"),
        }
        assert set(note["metadata"]) >= {"reading_time", "confidence", "word_count", "complexity_level"}
        assert note["source_recording_id"] == "speech-0"
        assert note["metadata"]["engine"] == "extractive"
        assert note["sources"] == []  # no search engine is configured, and none is invented
        assert {int(number) for number in re.findall(r"\[(\d+)\]", note["content"])} == {
            citation["position"] for citation in note["citations"]
        }
        for citation in note["citations"]:
            assert 0 <= citation["start"] < citation["end"] <= 11.1
            assert citation["quote"]
    assert "fellow" in " ".join(c["quote"] for note in run.results["notes"] for c in note["citations"])


def test_a_question_is_answered_with_a_citation_to_the_second(run: Run) -> None:
    assert set(run.answer) == {"response", "context_used", "suggested_actions", "conversation_id"}
    said = run.answer["response"]
    assert set(said) >= {"message", "confidence", "citations"}
    assert said["citations"], said["message"]
    notes = {note["id"] for note in run.results["notes"]}
    for citation in said["citations"]:
        (told,) = re.findall(rf"^- (.+) \[{citation['position']}\]$", said["message"], re.MULTILINE)
        assert citation["note_id"] in notes
        assert (citation["recording_id"], citation["start"] < citation["end"]) == ("speech-0", True)
        assert told.lower() in citation["quote"].lower()  # hesitations and a leading “and” may be left out
    assert {used["note_id"] for used in run.answer["context_used"]} <= notes
    assert all(set(used) == {"note_id", "title", "relevance"} for used in run.answer["context_used"])
    assert all(set(action) >= {"type", "label"} for action in run.answer["suggested_actions"])


def test_a_second_start_uses_the_same_data(run: Run) -> None:
    assert run.results_after_restart == run.results
    assert run.answer_after_restart["response"] == run.answer["response"]


def test_the_workers_embed_anew_what_another_model_has_embedded(run: Run) -> None:
    assert run.models_after_a_change == ["hashed-v1-384"]


def test_nothing_is_left_running_after_a_stop(run: Run) -> None:
    assert run.left_after == [set(), set()]


def test_no_file_that_holds_a_secret_can_be_read_by_others(run: Run) -> None:
    secrets = [secret.encode() for secret in run.secrets]
    holding = [
        path
        for path in run.home.rglob("*")
        if path.is_file() and any(secret in path.read_bytes() for secret in secrets)
    ]
    assert len(holding) >= len(secrets)
    assert {path: oct(path.stat().st_mode) for path in holding if path.stat().st_mode & 0o077} == {}
