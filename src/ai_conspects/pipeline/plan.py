"""The way of a recording: every step, in order."""

from ai_conspects.models import StepName
from ai_conspects.pipeline import (
    audio_upload,
    content_analysis,
    note_generation,
    relationship_mapping,
    research_augmentation,
    transcription,
)
from ai_conspects.pipeline.step import AnyStep, Step

STEPS: tuple[AnyStep, ...] = (
    Step(StepName.AUDIO_UPLOAD, audio_upload.load, audio_upload.run, audio_upload.save),
    Step(StepName.TRANSCRIPTION, transcription.load, transcription.run, transcription.save),
    Step(StepName.CONTENT_ANALYSIS, content_analysis.load, content_analysis.run, content_analysis.save),
    Step(
        StepName.RESEARCH_AUGMENTATION,
        research_augmentation.load,
        research_augmentation.run,
        research_augmentation.save,
    ),
    Step(StepName.NOTE_GENERATION, note_generation.load, note_generation.run, note_generation.save),
    Step(StepName.RELATIONSHIP_MAPPING, relationship_mapping.load, relationship_mapping.run, relationship_mapping.save),
)

FIRST = STEPS[0].name

PLAN: dict[StepName, AnyStep] = {step.name: step for step in STEPS}


def after(name: StepName) -> StepName | None:
    """The step that follows, None after the last."""
    names = [step.name for step in STEPS]
    place = names.index(name) + 1
    return names[place] if place < len(names) else None
