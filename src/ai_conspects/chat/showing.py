"""An answer as text with `[n]` behind each statement, and the citations that the numbers stand for."""

from collections.abc import Sequence

from ai_conspects.chat.answering import EXTRACTIVE, Answer, Statement
from ai_conspects.chat.passages import Cited
from ai_conspects.chat.phrases import phrase
from ai_conspects.chat.schemas import ChatAnswer, ChatCitation, ContextNote, Notice
from ai_conspects.search.service import Hit


class Shown:
    """Numbers sentences in the order in which statements cite them, so that lines can be shown one by one."""

    def __init__(self, language: str, engine: str) -> None:
        self.language = language
        self.engine = engine
        self.lines: list[str] = []
        self._numbers: dict[int, int] = {}

    def line(self, statement: Statement) -> str:
        """The statement's line of the answer; the first one of an engine that quotes says that it does."""
        if self.engine == EXTRACTIVE and not self.lines:
            self.lines.append(phrase("found", self.language))
        numbers = [self._numbers.setdefault(one.sentence.id, len(self._numbers) + 1) for one in statement.cited]
        text = f"{statement.text} {''.join(f'[{number}]' for number in numbers)}"
        self.lines.append(f"- {text}" if self.engine == EXTRACTIVE else text)
        return self.lines[-1]

    def whole(self, given: Answer, has_notes: bool, notice: Notice | None = None) -> ChatAnswer:
        """The answer, of the lines that were made; where there is none, that the notes say nothing."""
        if not given.statements:
            message = phrase("not_found" if has_notes else "no_notes", self.language)
            return ChatAnswer(
                message=message, confidence=0.0, found=False, citations=[], engine=self.engine, notice=notice
            )
        lines = list(self.lines)
        if given.missing:
            lines.append(phrase("missing", self.language, words=", ".join(given.missing)))
        cited = {one.sentence.id: one for statement in given.statements for one in statement.cited}
        return ChatAnswer(
            message="\n".join(lines),
            confidence=round(given.confidence, 3),
            found=True,
            citations=[_citation(one, self._numbers[sentence_id]) for sentence_id, one in cited.items()],
            engine=self.engine,
            notice=notice,
        )


def context_notes(hits: Sequence[Hit]) -> list[ContextNote]:
    """The notes that were looked in, best first, each with its share of the best one's score."""
    best: dict[object, Hit] = {}
    for hit in hits:
        best.setdefault(hit.note.id, hit)
    highest = max((hit.score for hit in best.values()), default=0.0)
    return [
        ContextNote(note_id=hit.note.id, title=hit.note.title, relevance=round(hit.score / highest, 3))
        for hit in best.values()
    ]


def _citation(cited: Cited, position: int) -> ChatCitation:
    return ChatCitation(
        position=position,
        note_id=cited.hit.note.id,
        chunk_id=cited.hit.chunk_id,
        title=cited.hit.note.title,
        recording_id=cited.hit.note.recording_id,
        start=cited.sentence.start_s,
        end=cited.sentence.end_s,
        quote=cited.sentence.text,
    )
