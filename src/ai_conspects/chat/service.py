"""One turn of a conversation with one's notes: understand, find, answer, check, keep. No transaction stays open."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

import structlog

from ai_conspects.accounts import budgets
from ai_conspects.chat import actions, followups, repository
from ai_conspects.chat.answering import EXTRACTIVE, MAX_OUTPUT_TOKENS, Question, Statement, answer, concluded, streamed
from ai_conspects.chat.conversations import ConversationNotFound
from ai_conspects.chat.passages import Passages, pack, recent
from ai_conspects.chat.retrieval import retrieve
from ai_conspects.chat.schemas import ChatAnswer, ChatRequest, ChatResponse, Notice
from ai_conspects.chat.showing import Shown, context_notes
from ai_conspects.core.db import Database
from ai_conspects.core.settings import LimitSettings
from ai_conspects.engines.cancelling import Cancellation
from ai_conspects.engines.embeddings.base import Embeddings
from ai_conspects.engines.errors import EngineError, EngineMisconfigured
from ai_conspects.engines.language_model.base import LanguageModel, Message, Meter, StreamingModel
from ai_conspects.engines.language_model.extractive import ExtractiveModel
from ai_conspects.text.languages import detect

HISTORY = 12
"""Turns that are looked at."""

log = structlog.get_logger()


@dataclass(frozen=True)
class Turn:
    """A question made ready: what is asked, in which conversation so far, and what was found for it."""

    user_id: UUID
    meter: Meter
    request: ChatRequest
    question: Question
    history: list[Message]
    passages: Passages
    has_notes: bool


@dataclass(frozen=True)
class Delta:
    """A further piece of the answer's text. Nothing in it is unchecked."""

    text: str


@dataclass(frozen=True)
class Chat:
    """What answering needs."""

    database: Database
    language_model: LanguageModel
    embeddings: Embeddings
    limits: LimitSettings

    def query(self, user_id: UUID, request: ChatRequest) -> ChatResponse:
        """Answer a question. Where the model fails, the notes' own sentences answer, marked as such.

        Raises `ConversationNotFound` and `BudgetSpent`; then nothing is kept.
        """
        turn = self._turn(user_id, request)
        try:
            return self._answered(turn, self.language_model)
        except EngineError as error:
            return self._fallen_back(turn, error)

    def stream(self, user_id: UUID, request: ChatRequest, cancellation: Cancellation) -> Iterator[Delta | ChatResponse]:
        """The answer in pieces, each checked, then as a whole. Where the model fails before its first piece, the notes'
        own sentences answer. Once it is cancelled, nothing more comes and nothing is kept.

        Raises `ConversationNotFound` and `BudgetSpent` at once, and the engines' errors after some pieces.
        """
        model = self.language_model
        if not isinstance(model, StreamingModel):
            return self._in_pieces(self._answered(self._turn(user_id, request), model))
        with suppress(EngineMisconfigured):  # the model's call will say so, and the notes answer instead
            budgets.tokens(self.database, user_id, self.limits).require(MAX_OUTPUT_TOKENS)
        turn = self._turn(user_id, request)
        return self._streamed(turn, model, cancellation)

    def _streamed(
        self, turn: Turn, model: StreamingModel, cancellation: Cancellation
    ) -> Iterator[Delta | ChatResponse]:
        shown = Shown(turn.question.language, self.language_model.name)
        told: list[Statement] = []
        try:
            for statement in streamed(model, turn.question, turn.passages, turn.history, cancellation, turn.meter):
                yield Delta(("\n" if told else "") + shown.line(statement))
                told.append(statement)
        except EngineError as error:
            if told:
                raise
            yield from self._in_pieces(self._fallen_back(turn, error))
            return
        if cancellation.cancelled:
            log.info("chat.left")
            return
        whole = shown.whole(concluded(turn.question, told), turn.has_notes)
        if not told:
            yield Delta(whole.message)
        yield self._kept(turn, whole)

    def _in_pieces(self, response: ChatResponse) -> Iterator[Delta | ChatResponse]:
        lines = response.response.message.split("\n")
        for at, line in enumerate(lines):
            yield Delta(("\n" if at else "") + line)
        yield response

    def _fallen_back(self, turn: Turn, error: EngineError) -> ChatResponse:
        log.warning("chat.fell_back", engine=error.engine, code=error.code)
        return self._answered(turn, ExtractiveModel(), Notice(code=error.code, detail=error.message))

    def _answered(self, turn: Turn, model: LanguageModel, notice: Notice | None = None) -> ChatResponse:
        given = answer(model, turn.question, turn.passages, turn.history, turn.meter)
        shown = Shown(turn.question.language, model.name)
        for statement in given.statements:
            shown.line(statement)
        return self._kept(turn, shown.whole(given, turn.has_notes, notice))

    def _turn(self, user_id: UUID, request: ChatRequest) -> Turn:
        language, _ = detect(request.message)
        turns = self._before(user_id, request.conversation_id)
        model = self.language_model
        history = recent(turns, model.tokens, model.context_tokens)
        meter = budgets.metered(budgets.tokens(self.database, user_id, self.limits))
        question = Question(request.message, self._standalone(request.message, language, history, meter), language)
        forms = [question.standalone, question.text]
        found = retrieve(self.database, self.embeddings, user_id, forms, language, request.context)
        passages = pack(found.hits, model.tokens, model.context_tokens)
        return Turn(user_id, meter, request, question, history, passages, found.has_notes)

    def _standalone(self, message: str, language: str, history: Sequence[Message], meter: Meter) -> str:
        """By the model where there is one, else by rules; as it was typed where nothing came before."""
        if not history:
            return message
        by_model = None
        if self.language_model.name != EXTRACTIVE:
            by_model = followups.rewritten(self.language_model, message, language, history, meter)
        earlier = [turn.content for turn in history if turn.role == "user"]
        return by_model or followups.carried(message, earlier, language) or message

    def _before(self, user_id: UUID, conversation_id: UUID | None) -> list[Message]:
        if conversation_id is None:
            return []
        with self.database.transaction(as_user=user_id) as session:
            if repository.find(session, user_id, conversation_id) is None:
                raise ConversationNotFound(conversation_id)
            turns = repository.latest(session, user_id, conversation_id, HISTORY)
        return [Message("user" if turn.is_from_user else "assistant", turn.content) for turn in turns]

    def _kept(self, turn: Turn, shown: ChatAnswer) -> ChatResponse:
        request, question = turn.request, turn.question
        context = context_notes(turn.passages.hits)
        details: dict[str, object] = {
            "response": shown.model_dump(mode="json", exclude={"message"}),
            "context_used": [note.model_dump(mode="json") for note in context],
            "chunks_used": [str(hit.chunk_id) for hit in turn.passages.hits],
            "asked_as": question.standalone if question.standalone != question.text else None,
        }
        failed = None
        with self.database.transaction(as_user=turn.user_id) as session:
            if not shown.found:
                failed = repository.failed_batch(session, turn.user_id)
            conversation_id = request.conversation_id or repository.begin(session, turn.user_id, request.message)
            if repository.find(session, turn.user_id, conversation_id) is None:  # deleted while the model answered
                raise ConversationNotFound(conversation_id)
            repository.add_turn(session, turn.user_id, conversation_id, request.message, shown.message, details)
        todo = actions.suggested(shown, question.text, question.language, question.standalone, failed)
        return ChatResponse(
            response=shown, context_used=context, suggested_actions=todo, conversation_id=conversation_id
        )
