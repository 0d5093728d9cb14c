"""note_generation: notes out of what was said. Every claim stands on sentences, or it is not kept."""

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy.orm import Session

from ai_conspects.engines.errors import EngineRejected
from ai_conspects.engines.language_model.base import NoteForm, Usage
from ai_conspects.engines.language_model.extractive import ExtractiveModel
from ai_conspects.engines.language_model.extractive_form import unheard
from ai_conspects.models import AudioRecording, Note, ProcessingBatch, StepName
from ai_conspects.notes import writing
from ai_conspects.notes.basis import Basis, basis
from ai_conspects.notes.forms import arranged
from ai_conspects.notes.grounding import GroundedNote, coverage, ground, seconds, settled
from ai_conspects.notes.writing import NewNote
from ai_conspects.pipeline import note_sources
from ai_conspects.pipeline.claims import Claim
from ai_conspects.pipeline.drafting import draft
from ai_conspects.pipeline.entailment import judge
from ai_conspects.pipeline.note_questions import Asked, Questions
from ai_conspects.pipeline.one_note import Stretch, stretch
from ai_conspects.pipeline.paid_answers import Paid, PaidAnswers, load_paid
from ai_conspects.pipeline.research_augmentation import Research
from ai_conspects.pipeline.step import Hands, Outcome
from ai_conspects.recordings import repository
from ai_conspects.recordings.regenerating import ONLY
from ai_conspects.templates import service as templates
from ai_conspects.text.analysis import ContentAnalysis
from ai_conspects.text.checking.check import LEAST_SUPPORT
from ai_conspects.text.sentences import Sentence
from ai_conspects.text.support import support


class Written(BaseModel):
    """What came of it."""

    notes: int


@dataclass(frozen=True)
class Loaded:
    """What the earlier steps made of the recording, and what an earlier try of this one has paid for.

    `analysis` is of the stretch alone, `whole_s` are the seconds of all that was said.
    """

    analysis: ContentAnalysis
    whole_s: float
    research: Research
    asked: Asked
    spoken_on: date
    step_id: UUID
    paid: Paid
    usage: Usage
    form: NoteForm | None
    notice: str | None
    only: UUID | None
    """The one note that is made again, of its stretch of the recording; else all are made, of the whole."""
    stretch: Stretch


@dataclass(frozen=True)
class Result:
    """The notes to be kept, and who wrote them."""

    notes: tuple[NewNote, ...]
    engine: str | None
    notice: str | None = None


def load(session: Session, claim: Claim) -> Loaded:
    analysis = repository.step_output(session, claim.recording_id, StepName.CONTENT_ANALYSIS)
    research = repository.step_output(session, claim.recording_id, StepName.RESEARCH_AUGMENTATION)
    batch = session.get_one(ProcessingBatch, claim.batch_id)
    recording = repository.recording(session, claim.user_id, claim.recording_id)
    paid, usage = load_paid(session, claim.step_id)
    whole = ContentAnalysis.model_validate(analysis)
    wanted = batch.settings | (recording.remade or {})
    asked = Asked.model_validate(wanted)
    only = _only(session, claim, wanted.get(ONLY))
    part = stretch(whole, only[1]) if only else Stretch(whole, tuple(s.id for s in whole.sentences))
    analyzed = part.analysis
    if only:
        asked.max_notes_per_recording = 1
    form, notice = templates.form_of(session, claim.user_id, asked.template, analyzed.language)
    return Loaded(
        analyzed,
        seconds(whole.sentences),
        Research.model_validate(research),
        asked,
        recording.created_at.date(),
        claim.step_id,
        paid,
        usage,
        form,
        notice,
        only[0] if only else None,
        part,
    )


def _only(session: Session, claim: Claim, asked: str | None) -> tuple[UUID, list[tuple[int, int]]] | None:
    """The one note that shall be made again and its runs of sentences; None where all shall, or it is gone."""
    note = session.get(Note, UUID(asked)) if asked else None
    if note is None or note.source_recording_id != claim.recording_id:
        return None
    return note.id, Basis.model_validate(note.basis or {}).sentences


def run(loaded: Loaded, hands: Hands) -> Result:
    """Draft, check, and give each note its share of what was said. Raises `EngineRejected` where no claim holds."""
    analysis = loaded.analysis
    if not analysis.sentences:
        return Result((), None)  # the transcript says why
    model = hands.engines.language_model
    questions = Questions(analysis, loaded.asked, loaded.form, hands.settings.language_model.answer_tokens)
    answers = PaidAnswers(model, hands, loaded.step_id, loaded.paid, loaded.usage)
    notes = draft(questions, answers)
    rules = hands.settings.notes
    said = (analysis.sentences, analysis.language, loaded.spoken_on, rules.least_support)
    drafted = [note for proposed in notes if (note := ground(proposed, *said))]
    judged = judge(drafted, rules.entailment, analysis.language, answers)
    kept = [note for one in judged if (note := settled(one, drop=rules.unsupported == "drop"))]
    grounded = [arranged(note, loaded.form, analysis.language) for note in kept]
    if not grounded:
        answers.forget()  # or a retry would be given the same again
        raise EngineRejected(
            model.name, "No claim of the proposed notes stands on anything that was said.", code="notes_ungrounded"
        )
    least = hands.settings.web_search.min_relevance
    new = _new_notes(grounded, loaded, questions.prompt_version, least)
    return Result(tuple(new), model.name, _notice(loaded, model.name))


def save(session: Session, claim: Claim, loaded: Loaded, result: Result) -> Outcome:
    writing.replace(
        session,
        claim.user_id,
        claim.recording_id,
        result.notes,
        language=loaded.analysis.language,
        engine=result.engine or "none",
        only=loaded.only,
    )
    _made_again(repository.recording(session, claim.user_id, claim.recording_id))
    return Outcome(Written(notes=len(result.notes)), engine=result.engine, notice=result.notice)


def _made_again(recording: AudioRecording) -> None:
    """That one note was asked for is over; the other wishes stay for the next time."""
    if recording.remade and ONLY in recording.remade:
        recording.remade = {key: value for key, value in recording.remade.items() if key != ONLY} or None


def _notice(loaded: Loaded, engine: str) -> str | None:
    """What a reader must know of the form."""
    left = unheard(loaded.form) if loaded.form and engine == ExtractiveModel.name else []
    if not left:
        return loaded.notice
    headings = ", ".join(left)
    return f"Without a language model, nothing can be sorted under: {headings}. The recording's topics stand instead."


def _new_notes(grounded: list[GroundedNote], loaded: Loaded, prompt: str, least: float) -> list[NewNote]:
    """The notes with their shares of what was said, and the sources of at least that relevance to each."""
    shares = shared_out(grounded, loaded.analysis.sentences)
    sources = note_sources.shared_out(loaded.research.sources, shares, loaded.analysis.language, least)
    form = loaded.form.name if loaded.form else None
    return [
        NewNote(
            note,
            _tags(note, share, loaded),
            share,
            own,
            _covered(note, loaded),
            loaded.stretch.numbered_as_said(basis(_said(note, share, loaded), share, form, prompt)),
        )
        for note, share, own in zip(grounded, shares, sources, strict=True)
    ]


def shared_out(notes: list[GroundedNote], sentences: tuple[Sentence, ...]) -> list[tuple[Sentence, ...]]:
    """Every sentence goes to one note: the one that cites it, else the one whose citation was nearest before it."""
    owner = {i: at for at, note in reversed(list(enumerate(notes))) for q in note.quotes() for i in q.sentence_ids}
    shares: list[list[Sentence]] = [[] for _ in notes]
    current = owner[min(owner)]
    for sentence in sentences:
        current = owner.get(sentence.id, current)
        shares[current].append(sentence)
    return [tuple(share) for share in shares]


def _covered(note: GroundedNote, loaded: Loaded) -> float | None:
    """The share of all that was said which the note cites."""
    said = loaded.analysis.sentences
    share = coverage(note.quotes(), said)
    return None if share is None else share * seconds(said) / loaded.whole_s


def _said(note: GroundedNote, share: tuple[Sentence, ...], loaded: Loaded) -> GroundedNote:
    """The note without related topics that weren't asked for or named."""
    if not loaded.asked.include_related_topics:
        return replace(note, related_topics=())
    said, language = " ".join(sentence.text for sentence in share), loaded.analysis.language
    named = tuple(topic for topic in note.related_topics if support(topic, said, language) >= LEAST_SUPPORT)
    return replace(note, related_topics=named)


def _tags(note: GroundedNote, share: tuple[Sentence, ...], loaded: Loaded) -> dict[str, float]:
    """Tag → confidence: the weight of the key phrase that it is; of another, how far its words were said at all.

    A tag of which no word was said is not kept.
    """
    if not loaded.asked.generate_tags:
        return {}
    language = loaded.analysis.language
    weights = {phrase.text.casefold(): phrase.weight for phrase in loaded.analysis.key_phrases}
    said = " ".join(sentence.text for sentence in share)
    confidences = {tag: weights.get(tag) or support(tag, said, language) for tag in note.tags}
    return {tag: confidence for tag, confidence in confidences.items() if confidence > 0}
