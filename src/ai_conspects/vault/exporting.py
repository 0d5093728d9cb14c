"""The whole account as an Obsidian vault, streamed: a zip of Markdown, audio, subtitles, and the data to import it.

Notes/Title.md                          the note, readable and linked
Recordings/Name.m4a  .srt  .vtt         the audio as it was sent, and what was said in it
.ai-conspects/manifest.json             what makes this a vault
.ai-conspects/notes/ID.json             what a Markdown file can't say of a note
.ai-conspects/recordings/NUMBER.json    a recording and its transcript
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from uuid import UUID

from sqlalchemy.orm import Session

from ai_conspects.core.clock import now
from ai_conspects.core.db import Database
from ai_conspects.engines.errors import EngineRejected
from ai_conspects.engines.object_storage.base import ObjectStore
from ai_conspects.models import AudioRecording
from ai_conspects.recordings.formats import subtitles
from ai_conspects.recordings.formats.spoken import Spoken
from ai_conspects.vault import note_file, reading
from ai_conspects.vault.archive import ZipStream
from ai_conspects.vault.data import KeptRecording, Manifest
from ai_conspects.vault.reading import Contents

DATA = ".ai-conspects"
MANIFEST = f"{DATA}/manifest.json"
NOTES_AT_A_TIME = 50


@dataclass
class Export:
    """One export. `audio` tells where each recording's audio stands in the vault; `missing` what the store has lost."""

    database: Database
    store: ObjectStore
    user_id: UUID
    zip: ZipStream = field(default_factory=ZipStream)
    audio: dict[str, str] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)

    def stream(self) -> Iterator[bytes]:
        """The zip, piece by piece. What is made or removed meanwhile may be in it or not."""
        with self.database.transaction(as_user=self.user_id) as session:
            of = reading.contents(session, self.user_id)
            session.expunge_all()
        for number, (recording_id, name) in enumerate(of.recordings.items(), start=1):
            yield from self._recording(number, recording_id, name)
        written = 0
        all_ids = list(of.notes)
        for at in range(0, len(all_ids), NOTES_AT_A_TIME):
            ids = all_ids[at : at + NOTES_AT_A_TIME]
            with self.database.transaction(as_user=self.user_id) as session:
                files = self._note_files(session, ids, of)
            for path, content in files:
                yield from self.zip.text(path, content, now())
            written += len(files) // 2
        yield from self._manifest(of, written)
        yield from self.zip.end()

    def _note_files(self, session: Session, ids: Sequence[UUID], of: Contents) -> list[tuple[str, str]]:
        files = []
        for whole, chunks in reading.notes(session, self.user_id, ids):
            note_id = whole.note.id
            beside = reading.surroundings(note_id, of, self.audio.get(whole.recording_client_id or ""))
            files.append((f"Notes/{of.notes[note_id]}.md", note_file.written(whole, beside)))
            kept = reading.kept_note(whole, chunks)
            files.append((f"{DATA}/notes/{kept.id}.json", kept.model_dump_json()))
        return files

    def _recording(self, number: int, recording_id: UUID, name: str) -> Iterator[bytes]:
        with self.database.transaction(as_user=self.user_id) as session:
            found = reading.recording(session, self.user_id, recording_id)
        if found is None:
            return
        row, kept = found
        moment = row.created_at
        pieces = self._audio(row)
        if pieces is not None:
            path = f"Recordings/{name}{_suffix(row)}"
            self.audio[kept.id] = path
            kept = kept.model_copy(update={"audio": path})
            yield from self.zip.audio(path, pieces, moment)
        for suffix, text in _subtitles(kept):
            yield from self.zip.text(f"Recordings/{name}.{suffix}", text, moment)
        yield from self.zip.text(f"{DATA}/recordings/{number}.json", kept.model_dump_json(), moment)

    def _audio(self, row: AudioRecording) -> Iterator[bytes] | None:
        """The audio's pieces, None where there is none: it was a transcript, or the store has lost it."""
        if row.s3_key is None:
            return None
        pieces = self.store.read(row.s3_key, 0, row.file_size)
        try:
            first = next(pieces, b"")
        except EngineRejected:
            self.missing.append(row.client_id)
            return None
        return chain([first], pieces)

    def _manifest(self, of: Contents, notes: int) -> Iterator[bytes]:
        with self.database.transaction(as_user=self.user_id) as session:
            tags = reading.tags(session, self.user_id)
        manifest = Manifest(
            exported_at=now(),
            notes=notes,
            recordings=len(of.recordings),
            missing=self.missing,
            tags=tags,
            relationships=[reading.kept_relationship(row, of) for row in of.relationships.values()],
        )
        yield from self.zip.text(MANIFEST, manifest.model_dump_json(), manifest.exported_at)


def _suffix(row: AudioRecording) -> str:
    """The file's own suffix, where it is one; a file is played by it."""
    own = row.filename.rpartition(".")[2].lower() if "." in row.filename else ""
    if own.isascii() and own.isalnum() and len(own) <= 5 and own not in {"srt", "vtt", "md", "json"}:
        return f".{own}"
    return f".{row.format}" if row.format and row.format.isalnum() else ".audio"


def _subtitles(kept: KeptRecording) -> list[tuple[str, str]]:
    """Nothing for a transcript without times."""
    said: list[Spoken] = [] if kept.transcript is None else [s for s in kept.transcript.segments if not s.is_deleted]
    if not said or any(segment.start_s is None for segment in said):
        return []
    return [("srt", subtitles.srt(said)), ("vtt", subtitles.vtt(said))]
