"""A model's answers on the way to notes, kept on the step's row as they come: neither a crash nor a 429 pays twice."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ai_conspects.engines.errors import EngineRejected
from ai_conspects.engines.language_model.base import LanguageModel, T, Usage
from ai_conspects.models import RecordingStep
from ai_conspects.pipeline.note_parts import Line
from ai_conspects.pipeline.note_questions import Question
from ai_conspects.pipeline.step import Hands

TOO_LONG = {"input_too_long", "model_answer_cut"}
"""What a shorter question would mend."""


class Paid(BaseModel):
    """What stands on the row. `starts` are the ids with which parts begin, as they were first cut: the estimate of
    tokens learns meanwhile, and other parts would be other questions."""

    starts: list[int] = []
    answers: dict[str, dict[str, Any]] = {}


def load_paid(session: Session, step_id: UUID) -> tuple[Paid, Usage]:
    """What an earlier try of the step has left, and what it cost."""
    found = select(RecordingStep.paid, RecordingStep.usage).where(RecordingStep.id == step_id)
    paid, usage = session.execute(found).one()
    return Paid.model_validate(paid or {}), Usage.model_validate(usage or {})


@dataclass
class PaidAnswers:
    """Asks the model, many questions at a time, and keeps each answer as soon as it is there."""

    model: LanguageModel
    hands: Hands
    step_id: UUID
    paid: Paid
    usage: Usage
    expected: int = 1
    """How many answers there will be, for the progress."""
    _told: list[Usage] = field(default_factory=list)

    def parts(self, lines: Sequence[Line], cut: Callable[[], list[list[Line]]]) -> list[list[Line]]:
        """The lines in the parts in which they were first cut."""
        if not self.paid.starts:
            self.paid.starts = [run[0].id for run in cut()]
        starts = set(self.paid.starts)
        runs: list[list[Line]] = []
        for line in lines:
            if line.id in starts or not runs:
                runs.append([])
            runs[-1].append(line)
        return runs

    def ask(self, questions: Sequence[Question[T]]) -> list[T | EngineRejected]:
        """The answers in order; a question that is too long has the model's rejection in its place.

        Raises the engine's other errors, `BudgetSpent`, `Draining` and `LeaseLost`, each after what had come by then
        was kept.
        """
        digests = [question.digest(self.model.name) for question in questions]
        missing = {d: q for d, q in zip(digests, questions, strict=True) if d not in self.paid.answers}
        rejected = self._ask_all(missing) if missing else {}
        return [
            rejected[digest] if digest in rejected else question.output.model_validate(self.paid.answers[digest])
            for digest, question in zip(digests, questions, strict=True)
        ]

    def forget(self) -> None:
        """The answers were of no use: the next try asks anew. What they cost stays."""
        self.paid = Paid()
        if (stop := self._kept()) is not None:
            raise stop

    def _ask_all(self, questions: dict[str, Question[T]]) -> dict[str, EngineRejected]:
        rejected: dict[str, EngineRejected] = {}
        failure: BaseException | None = None
        most = self.hands.settings.language_model.parallel_calls
        with ThreadPoolExecutor(min(most, len(questions))) as pool, self.hands.engine_time():
            running = {pool.submit(self._ask, question): digest for digest, question in questions.items()}
            while running:
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    digest = running.pop(future)
                    error = self._take(future, digest)
                    if isinstance(error, EngineRejected) and error.code in TOO_LONG:
                        rejected[digest] = error
                    failure = failure or (None if digest in rejected else error)
                failure = self._kept() or failure
                if failure is not None:
                    running = {future: digest for future, digest in running.items() if not future.cancel()}
        if failure is not None:
            raise failure
        return rejected

    def _ask(self, question: Question[T]) -> T:
        return self.model.complete(question.completion(self._metered))

    @contextmanager
    def _metered(self, at_most: int) -> Iterator[Callable[[Usage], None]]:
        """Within the user's budget, and noted for the step's row."""
        with self.hands.tokens(at_most) as told:

            def tell(usage: Usage) -> None:
                self._told.append(usage)
                told(usage)

            yield tell

    def _take(self, future: "Future[T]", digest: str) -> BaseException | None:
        error = future.exception()
        if error is None:
            self.paid.answers[digest] = future.result().model_dump(mode="json")
        return error

    def _kept(self) -> BaseException | None:
        """Write what has come; what stops the step (draining, a lost lease) is told, for calls may still be running."""
        while self._told:
            self.usage += self._told.pop()
        values = {"paid": self.paid.model_dump(mode="json"), "usage": self.usage.model_dump(mode="json")}
        row = update(RecordingStep).where(RecordingStep.id == self.step_id).values(values)
        share = len(self.paid.answers) / (max(self.expected, len(self.paid.answers)) + 1)
        try:
            self.hands.checkpoint(share, lambda session: _run(session, row))
        except Exception as stop:
            return stop
        return None


def _run(session: Session, statement: Any) -> None:
    session.execute(statement.execution_options(synchronize_session=False))
