"""Takes a vault in: recordings first, then notes, then what binds them. A second time it changes nothing.

Each recording and each handful of notes is a transaction of its own; an import that broke off is finished by the next.
What is there already is never overwritten.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID, uuid5

from pydantic import BaseModel, ValidationError
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ai_conspects.core.db import Database
from ai_conspects.core.settings import LimitSettings
from ai_conspects.engines.object_storage.base import ObjectStore
from ai_conspects.vault import note_file, note_rows
from ai_conspects.vault.data import Data, KeptNote, Manifest, Words, parsed
from ai_conspects.vault.exporting import DATA, MANIFEST
from ai_conspects.vault.front_matter import BadFrontMatter
from ai_conspects.vault.note_rows import ReadNote
from ai_conspects.vault.opening import Vault
from ai_conspects.vault.recording_import import RecordingImport

MOST_NOTE_BYTES = 8 << 20
MOST_DATA_BYTES = 64 << 20
NOTES_AT_A_TIME = 50

_FOREIGN = UUID("5c1de6a9-7b0e-4c2f-9d43-0f6d2f1b8a77")
"""Name space for the ids of notes that were written in another program, by their paths."""


class Counted(BaseModel):
    """Of one kind of thing: how many were taken in, and how many were here already."""

    imported: int = 0
    existing: int = 0


class ImportAnswer(BaseModel):
    """What came of an import. `problems` are files that were left out, and why."""

    notes: Counted
    recordings: Counted
    relationships: int
    problems: list[str]


@dataclass
class Import:
    """One import for one user."""

    database: Database
    store: ObjectStore
    user_id: UUID
    vault: Vault
    limits: LimitSettings
    notes: Counted = field(default_factory=Counted)
    recordings: Counted = field(default_factory=Counted)
    problems: list[str] = field(default_factory=list)

    def run(self) -> ImportAnswer:
        """Take everything in. Raises `InvalidVault`, `VaultTooLarge`; what was taken in until then stays."""
        manifest = self._data(Manifest, MANIFEST)
        recordings = self._recordings()
        notes = self._notes(recordings, manifest)
        related = 0
        if notes:
            with self._held() as session:
                related = note_rows.relate(session, self.user_id, manifest.relationships, notes)
        return ImportAnswer(
            notes=self.notes, recordings=self.recordings, relationships=related, problems=self.problems[:100]
        )

    def _recordings(self) -> dict[str, UUID]:
        """The recordings' ids in the vault → their keys here."""
        known: dict[str, UUID] = {}
        for path in self._below(f"{DATA}/recordings/", ".json"):
            one = RecordingImport(self.database, self.store, self.user_id, self.vault, self.limits)
            client_id, key, is_new = one.run(path, self.vault.read(path, MOST_DATA_BYTES))
            known[client_id] = key
            self.recordings.imported += is_new
            self.recordings.existing += not is_new
        return known

    def _notes(self, recordings: dict[str, UUID], manifest: Manifest) -> dict[UUID, UUID]:
        """The notes' ids in the vault → their keys here."""
        paths = self._below("", ".md")
        found: dict[UUID, UUID] = {}
        for at in range(0, len(paths), NOTES_AT_A_TIME):
            read = [one for path in paths[at : at + NOTES_AT_A_TIME] if (one := self._read(path)) is not None]
            read = list({one.id: one for one in read if one.id not in found}.values())
            with self._held() as session:
                existing = note_rows.existing(session, self.user_id, [one.id for one in read])
                note_rows.make_tags(session, self.user_id, manifest.tags, read)
                new = [one for one in read if one.id not in existing]
                found |= existing | note_rows.add(session, self.user_id, new, recordings)
            self.notes.existing += len(existing)
            self.notes.imported += len(new)
        return found

    def _read(self, path: str) -> ReadNote | None:
        """The note in a file, None where it is none: then `problems` says why."""
        try:
            fields, content = note_file.read(self.vault.read(path, MOST_NOTE_BYTES).decode("utf-8-sig"))
            title = str(fields.get("title") or path.rpartition("/")[2].removesuffix(".md"))[:500]
            summary = fields.get("summary")
            words = Words(title=title, summary=None if summary is None else str(summary), content=content)
            note_id = UUID(str(fields["id"])) if "id" in fields else uuid5(_FOREIGN, path)
        except (BadFrontMatter, UnicodeDecodeError, ValidationError, ValueError) as error:
            why = str(error) if isinstance(error, BadFrontMatter) else type(error).__name__
            self.problems.append(f"{path[:200]}: left out, {why}")
            return None
        kept = f"{DATA}/notes/{note_id}.json"
        return ReadNote(note_id, words, self._data(KeptNote, kept) if kept in self.vault.paths else None, fields)

    def _below(self, folder: str, suffix: str) -> list[str]:
        return sorted(path for path in self.vault.paths if path.startswith(folder) and path.endswith(suffix))

    def _data(self, model: type[Data], path: str) -> Data:
        return parsed(model, path, self.vault.read(path, MOST_DATA_BYTES))

    @contextmanager
    def _held(self) -> Iterator[Session]:
        """A transaction in which no other import of the user's runs: both would make what both find missing."""
        with self.database.transaction(as_user=self.user_id) as session:
            session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"import:{self.user_id}", 0))))
            yield session
