"""Asks the model, where the setting says so, whether the words cited bear a claim out. Wrong figures, names and
negations stay doubted whatever it says: there the words know better."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

from pydantic import BaseModel

from ai_conspects.core.prompts import prompt
from ai_conspects.engines.errors import EngineRejected
from ai_conspects.engines.language_model.base import NoteMaterial
from ai_conspects.notes.grounding import GroundedClaim, GroundedNote
from ai_conspects.pipeline.note_questions import PROMPTS, Question
from ai_conspects.pipeline.paid_answers import PaidAnswers
from ai_conspects.text.analysis import ContentAnalysis
from ai_conspects.text.support import quoted

PAIRS = 20
"""In one question."""
_NOTHING = ContentAnalysis(
    language="und", sentences=(), topics=(), key_phrases=(), complexity_level="basic", suggested_notes=1
)


class Verdict(BaseModel):
    """Whether what stands in the pair of this id is borne out."""

    id: int
    supported: bool


class Verdicts(BaseModel):
    """One for each pair."""

    verdicts: list[Verdict]


def judge(
    notes: Sequence[GroundedNote], ask: Literal["off", "doubtful", "all"], language: str, answers: PaidAnswers
) -> list[GroundedNote]:
    """The notes with the model's doubts. A claim about which it says nothing stays as it is.

    Raises the engine's errors.
    """
    claims = list(dict.fromkeys(claim for note in notes for claim in note.claims() if _is_asked(claim, ask)))
    pairs = [{"claim": claim.text, "said": claim.said} for claim in claims]
    told = verdicts(pairs, "entailment", language, answers)
    judged = {claim: _judged(claim, told[at]) for at, claim in enumerate(claims) if at in told}
    return [_with(note, judged) for note in notes]


def verdicts(pairs: Sequence[dict[str, str]], name: str, language: str, answers: PaidAnswers) -> dict[int, bool]:
    """What the model says of each pair, by its place, when asked with the prompt of that name; of some, nothing.

    Raises the engine's errors.
    """
    batches = [range(start, min(start + PAIRS, len(pairs))) for start in range(0, len(pairs), PAIRS)]
    answers.expected += len(batches)
    told = answers.ask([_question([{"id": at} | pairs[at] for at in batch], name, language) for batch in batches])
    found: dict[int, bool] = {}
    for batch, answer in zip(batches, told, strict=True):
        if isinstance(answer, EngineRejected):
            raise answer
        found |= {verdict.id: verdict.supported for verdict in answer.verdicts if verdict.id in batch}
    return found


def _is_asked(claim: GroundedClaim, ask: str) -> bool:
    if ask == "all":
        return not quoted(claim.text, claim.said)
    return ask == "doubtful" and claim.doubts == ("words",)


def _question(pairs: Sequence[dict[str, Any]], name: str, language: str) -> Question[Verdicts]:
    shown = json.dumps(pairs, ensure_ascii=False, indent=1)
    material = NoteMaterial((), _NOTHING, 1, "brief", with_tags=False)
    instructions = prompt(PROMPTS, name, language).substitute()
    return Question(Verdicts, instructions, (("pairs", shown),), material, 100 + 30 * len(pairs))


def _judged(claim: GroundedClaim, supported: bool) -> GroundedClaim:
    others = tuple(doubt for doubt in claim.doubts if doubt not in {"words", "model"})
    return replace(claim, doubts=others if supported else (*claim.doubts, "model"))


def _with(note: GroundedNote, judged: dict[GroundedClaim, GroundedClaim]) -> GroundedNote:
    sections = tuple(replace(s, claims=tuple(judged.get(claim, claim) for claim in s.claims)) for s in note.sections)
    return replace(note, summary=tuple(judged.get(claim, claim) for claim in note.summary), sections=sections)
