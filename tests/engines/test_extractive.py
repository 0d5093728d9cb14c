"""The language engine that never writes a sentence that was not said."""

from typing import Literal

import pytest
from pydantic import BaseModel

from ai_conspects.engines.errors import EngineRejected
from ai_conspects.engines.language_model.base import (
    AnswerDraft,
    AnswerMaterial,
    Claim,
    Completion,
    LanguageModel,
    NoteDrafts,
    NoteMaterial,
)
from ai_conspects.engines.language_model.extractive import ExtractiveModel
from ai_conspects.text.analyze import analyze
from ai_conspects.text.sentences import Sentence, from_text
from ai_conspects.text.words import words
from tests import data
from tests.text.spoken import spoken

Depth = Literal["brief", "detailed", "deep"]
ENGINE: LanguageModel = ExtractiveModel()
CAR = (
    "В сервисе посмотрели машину: стучит передняя подвеска, надо менять амортизаторы. Угу. "
    "Ремонт подвески обойдётся примерно в тридцать тысяч. Записался на вторник в десять утра."
)
TRIP = "Билеты на самолёт купили на двенадцатое июля. Отель забронирован на десять ночей, завтраки включены."


def drafted(
    sentences: tuple[Sentence, ...], language: str, max_notes: int = 1, depth: Depth = "detailed"
) -> NoteDrafts:
    analysis = analyze(sentences, language, max_notes)
    return ENGINE.complete(Completion(NoteDrafts, (), NoteMaterial(sentences, analysis, max_notes, depth, True)))


def answered(question: str, *texts: str, language: str = "ru") -> AnswerDraft:
    numbered, passages = 0, []
    for text in texts:
        cut = [s.model_copy(update={"id": numbered + s.id}) for s in from_text(text, language)]
        numbered += len(cut)
        passages.append(tuple(cut))
    return ENGINE.complete(Completion(AnswerDraft, (), AnswerMaterial(question, language, tuple(passages))))


def assert_said(claim: Claim, sentences: tuple[Sentence, ...]) -> None:
    (said,) = (sentence for sentence in sentences if sentence.id in claim.sentence_ids)
    heard = iter(words(said.text))
    assert all(word in heard for word in words(claim.text))  # its words in their order, some of them left out


def test_every_claim_of_a_note_was_said() -> None:
    sentences = from_text(CAR, "ru")
    (note,) = drafted(sentences, "ru").notes
    for claim in [*note.summary, *(claim for section in note.sections for claim in section.claims)]:
        assert_said(claim, sentences)
    assert "передняя подвеска" in note.title.lower() or "подвеска" in note.title.lower()
    assert "угу." not in [claim.text.lower() for section in note.sections for claim in section.claims]
    assert 3 <= len(note.tags) <= 5


def test_nothing_is_named_after_a_word_of_which_the_speech_engine_was_never_sure() -> None:
    first, second = from_text("Сегодня был платёж по кредиту. Деньги внесла, но сумма потяжа не уменьшилась.", "ru")
    (note,) = drafted((first, second.model_copy(update={"unsure": ("потяжа", "не")})), "ru").notes
    named = [note.title, *note.tags, *(section.heading for section in note.sections)]
    assert not [text for text in named if "потяж" in text.lower()]
    assert "платёж" in note.tags
    assert any("потяжа" in claim.text for section in note.sections for claim in section.claims)


def test_a_sentence_that_was_cut_in_two_is_no_summary() -> None:
    said = from_text(
        "The budget of the museum grew by nine percent this year. With perhaps the exception of the costly restoration "
        "budget of the museum\nThe council of the museum approved the restoration of the old hall. Visitors came from "
        "forty countries to see it.", "en",
    )  # fmt: skip
    (note,) = drafted(said, "en").notes
    assert not [claim.text for claim in note.summary if claim.text.startswith("With")]


def test_what_is_to_be_done_is_listed_as_it_was_said() -> None:
    sentences = from_text(CAR + " Надо позвонить мастеру до понедельника.", "ru")
    (note,) = drafted(sentences, "ru").notes
    assert [(claim.text, claim.sentence_ids) for claim in note.action_items] == [
        ("Надо позвонить мастеру до понедельника.", [4])
    ]


def test_a_meeting_becomes_a_note_with_a_heading_for_each_topic() -> None:
    sentences = from_text(data.meeting("ES2004a"), "en")
    (note,) = drafted(sentences, "en").notes
    assert "remote control" in note.title.lower()
    assert len(note.summary) == 3
    assert len(note.sections) > 1
    assert all(section.heading and section.claims for section in note.sections)
    for claim in note.summary:
        assert_said(claim, sentences)


def test_two_matters_become_two_notes_that_share_no_sentence() -> None:
    paragraphs, _ = data.xquad("ru")
    sentences = from_text("\n".join(paragraphs[25:28] + paragraphs[200:203]), "ru")
    notes = drafted(sentences, "ru", max_notes=2).notes
    assert len(notes) == 2
    held = [
        {number for section in note.sections for claim in section.claims for number in claim.sentence_ids}
        for note in notes
    ]
    assert not held[0] & held[1]
    assert notes[0].title != notes[1].title


def test_silence_makes_no_note_and_a_word_makes_a_small_one() -> None:
    assert drafted((), "ru").notes == []
    (note,) = drafted((Sentence(id=7, text="ага"),), "ru").notes
    assert note.title == "Ага"
    assert [claim.sentence_ids for claim in note.summary] == [[7]]


def test_a_question_is_answered_by_the_sentence_that_says_it() -> None:
    answer = answered("Сколько стоит ремонт подвески?", CAR, TRIP)
    assert answer.found
    assert answer.claims[0].text == "Ремонт подвески обойдётся примерно в тридцать тысяч."
    assert answer.claims[0].sentence_ids == [2]
    assert 1 <= len(answer.claims) <= 3


def test_what_the_passages_do_not_say_is_not_answered() -> None:
    answer = answered("Когда приём у стоматолога в Казани?", CAR, TRIP)
    assert (answer.found, answer.claims) == (False, [])
    assert "стоматолога" in answer.missing


def test_no_passages_no_answer() -> None:
    assert answered("Сколько стоит ремонт?").found is False
    assert answered("Сколько стоит ремонт?", "").found is False


def test_the_best_sentences_hold_the_answer_of_most_questions() -> None:
    paragraphs, questions = data.xquad("en")
    answers = [answered(question, paragraphs[gold], language="en") for question, gold in questions[::25]]
    assert sum(answer.found for answer in answers) / len(answers) > 0.75


def test_what_it_cannot_make_is_refused() -> None:
    class Poem(BaseModel):
        lines: list[str]

    with pytest.raises(EngineRejected) as refused:
        ENGINE.complete(Completion(Poem, (), AnswerMaterial("Напиши стихи", "ru", ())))
    assert refused.value.code == "unsupported_output"


PLANTED = {
    "en": ("The spare key of the archive hangs behind the boiler.", "We owe the printer two hundred and forty euros."),
    "ru": ("Запасной ключ от архива висит за бойлером.", "Типографии мы должны двести сорок евро."),
}


@pytest.mark.parametrize("depth", ["brief", "detailed", "deep"])
def test_facts_of_the_last_minute_of_three_hours_are_in_the_note(depth: Depth) -> None:
    meetings = "\n".join(data.meeting(name) for name in ("Bmr006", "Bmr014", "Bro019"))
    assert len(meetings.split()) > 25_000
    sentences = from_text(meetings + "\n" + "\n".join(PLANTED["en"]) + "\nOkay. Bye.", "en")
    (note,) = drafted(sentences, "en", depth=depth).notes
    told = {claim.text for section in note.sections for claim in section.claims}
    assert set(PLANTED["en"]) <= told


def test_facts_at_the_end_of_russian_speech_are_in_the_note() -> None:
    said = [*spoken("lecture.ru"), *spoken("planning.ru")] * 8
    texts = [sentence.text for sentence in said] + [*PLANTED["ru"], "Всё, пока."]
    assert sum(len(text.split()) for text in texts) > 15_000
    sentences = tuple(Sentence(id=number, text=text) for number, text in enumerate(texts))
    (note,) = drafted(sentences, "ru").notes
    assert set(PLANTED["ru"]) <= {claim.text for section in note.sections for claim in section.claims}


def test_of_a_short_memo_hardly_anything_is_left_out() -> None:
    said = (
        "and all my fellow american and not",
        "like your brain can do for you",
        "and what you can do for your country",
    )
    (note,) = drafted(tuple(Sentence(id=number, text=text) for number, text in enumerate(said)), "en").notes
    assert len([claim for section in note.sections for claim in section.claims]) >= 2


def test_more_depth_keeps_more() -> None:
    sentences = spoken("planning.ru")
    kept = []
    depths: tuple[Depth, ...] = ("brief", "detailed", "deep")
    for depth in depths:
        (note,) = drafted(sentences, "ru", depth=depth).notes
        kept.append(sum(len(section.claims) for section in note.sections))
    assert kept[0] * 1.5 < kept[1] < kept[2] < len(sentences)


def test_a_planning_meeting_leaves_a_list_of_what_to_do() -> None:
    (note,) = drafted(spoken("planning.ru"), "ru").notes
    listed = "\n".join(claim.text for claim in note.action_items)
    for work in (
        "подать заявку провайдеру до среды",
        "план переноса к пятнице",
        "позвоню директору",
        "уточни у страховой",
    ):
        assert work in listed
    assert "Давайте начнём" not in listed
    assert len(note.action_items) <= 12


def test_the_same_speech_gives_the_same_note() -> None:
    assert drafted(spoken("lecture.ru"), "ru") == drafted(spoken("lecture.ru"), "ru")
