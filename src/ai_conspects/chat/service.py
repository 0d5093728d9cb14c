"""One turn of a conversation with one's notes: find, answer, check, keep. No transaction is open meanwhile."""

from dataclasses import dataclass
from uuid import UUID

from ai_conspects.chat import repository
from ai_conspects.chat.answering import NOTHING, Answer, Cited, answer
from ai_conspects.chat.phrases import phrase
from ai_conspects.chat.schemas import (
    ChatAnswer,
    ChatCitation,
    ChatContext,
    ChatRequest,
    ChatResponse,
    ContextNote,
    SuggestedAction,
)
from ai_conspects.core.db import Database
from ai_conspects.core.errors import NotFound
from ai_conspects.engines.embeddings.base import Embeddings
from ai_conspects.engines.language_model.base import LanguageModel, Message
from ai_conspects.search.scope import Scope
from ai_conspects.search.searching import direction
from ai_conspects.search.service import Hit, Query, find
from ai_conspects.text.languages import detect

HISTORY = 6
CHUNKS_PER_NOTE = 3


class ConversationNotFound(NotFound):
    """No such conversation, or it is someone else's."""

    code = "conversation_not_found"

    def __init__(self, conversation_id: UUID) -> None:
        super().__init__("Conversation not found")
        self.conversation_id = conversation_id


@dataclass(frozen=True)
class Chat:
    """What answering needs."""

    database: Database
    language_model: LanguageModel
    embeddings: Embeddings

    def query(self, user_id: UUID, request: ChatRequest) -> ChatResponse:
        """Answer a question. Raises `ConversationNotFound` and the engines' errors; then nothing is kept."""
        language, _ = detect(request.message)
        history = self._history(user_id, request.conversation_id)
        hits = self._found(user_id, request, language)
        given = answer(self.language_model, request.message, language, hits, history) if hits else NOTHING
        shown = _shown(given, hits, language, self.language_model.name)
        context = _context(hits)
        conversation_id = self._keep(user_id, request, shown, context)
        return ChatResponse(
            response=shown,
            context_used=context,
            suggested_actions=_actions(shown, language),
            conversation_id=conversation_id,
        )

    def _history(self, user_id: UUID, conversation_id: UUID | None) -> list[Message]:
        if conversation_id is None:
            return []
        with self.database.transaction() as session:
            if not repository.exists(session, user_id, conversation_id):
                raise ConversationNotFound(conversation_id)
            turns = repository.latest(session, user_id, conversation_id, HISTORY)
        return [Message("user" if turn.is_from_user else "assistant", turn.content) for turn in turns]

    def _found(self, user_id: UUID, request: ChatRequest, language: str) -> list[Hit]:
        wanted = request.context
        if not wanted.include_notes:
            return []
        query = Query(request.message, language, direction(self.embeddings, request.message))
        scope = Scope(user_id, tuple(wanted.note_ids), tuple(wanted.tags))
        with self.database.transaction() as session:
            hits = find(session, scope, query, wanted.max_context_notes * CHUNKS_PER_NOTE)
        return _of_best_notes(hits, wanted)

    def _keep(self, user_id: UUID, request: ChatRequest, shown: ChatAnswer, context: list[ContextNote]) -> UUID:
        details: dict[str, object] = {
            "response": shown.model_dump(mode="json", exclude={"message"}),
            "context_used": [note.model_dump(mode="json") for note in context],
        }
        with self.database.transaction() as session:
            conversation_id = request.conversation_id or repository.begin(session, user_id, request.message)
            if not repository.exists(session, user_id, conversation_id):  # deleted while the model answered
                raise ConversationNotFound(conversation_id)
            repository.add_turn(session, user_id, conversation_id, request.message, shown.message, details)
        return conversation_id


def _of_best_notes(hits: list[Hit], wanted: ChatContext) -> list[Hit]:
    """The hits of at most `max_context_notes` notes, best note first."""
    notes = list(dict.fromkeys(hit.note.id for hit in hits))[: wanted.max_context_notes]
    return [hit for hit in hits if hit.note.id in notes]


def _context(hits: list[Hit]) -> list[ContextNote]:
    best = {hit.note.id: hit for hit in reversed(hits)}  # the first hit of a note is its best
    if not best:
        return []
    highest = max(hit.score for hit in best.values())
    return [
        ContextNote(note_id=note_id, title=best[note_id].note.title, relevance=round(best[note_id].score / highest, 3))
        for note_id in dict.fromkeys(hit.note.id for hit in hits)
    ]


def _shown(given: Answer, hits: list[Hit], language: str, engine: str) -> ChatAnswer:
    """The answer as text with `[n]` behind each statement, and the citations that the numbers stand for."""
    if not given.statements:
        said = phrase("not_found" if hits else "no_notes", language)
        return ChatAnswer(message=said, confidence=0.0, found=False, citations=[], engine=engine)
    cited = {one.sentence.id: one for statement in given.statements for one in statement.cited}
    numbers = {sentence_id: number for number, sentence_id in enumerate(cited, start=1)}
    lines = [
        f"{statement.text} {''.join(f'[{numbers[one.sentence.id]}]' for one in statement.cited)}"
        for statement in given.statements
    ]
    if engine == "extractive":  # it quotes, and says so
        lines = [phrase("found", language), *(f"- {line}" for line in lines)]
    if given.missing:
        lines.append(phrase("missing", language, words=", ".join(given.missing)))
    citations = [_citation(one, numbers[sentence_id]) for sentence_id, one in cited.items()]
    return ChatAnswer(
        message="\n".join(lines), confidence=round(given.confidence, 3), found=True, citations=citations, engine=engine
    )


def _citation(cited: Cited, position: int) -> ChatCitation:
    return ChatCitation(
        position=position,
        note_id=cited.hit.note.id,
        title=cited.hit.note.title,
        recording_id=cited.hit.note.recording_id,
        start=cited.sentence.start_s,
        end=cited.sentence.end_s,
        quote=cited.sentence.text,
    )


def _actions(shown: ChatAnswer, language: str) -> list[SuggestedAction]:
    """Open each cited note where its first citation was said."""
    first = {citation.note_id: citation for citation in reversed(shown.citations)}
    return [
        SuggestedAction(
            type="open_note",
            label=phrase("open", language, title=citation.title),
            note_id=citation.note_id,
            recording_id=citation.recording_id,
            start=citation.start,
        )
        for citation in reversed(first.values())
    ]
