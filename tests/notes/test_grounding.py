"""A claim without words that were said is not kept; what is kept shows where it was said."""

import pytest

from ai_conspects.engines.language_model.base import Claim, NoteDraft, Section
from ai_conspects.notes.grounding import GroundedNote, confidence, coverage, ground, reach, settled
from ai_conspects.notes.markdown import content
from ai_conspects.text.sentences import Sentence

SAID = tuple(
    Sentence(id=at, text=text, start_s=at * 10.0, end_s=at * 10.0 + 10, confidence=sure)
    for at, (text, sure) in enumerate(
        [
            ("We meet on Thursday in Berlin.", 0.9),
            ("The budget is forty thousand euros.", 0.5),
            ("Anna writes the report.", 0.7),
            ("And that was all.", None),
        ]
    )
)


def drafted(*claims: Claim, summary: tuple[Claim, ...] = (), tags: tuple[str, ...] = ()) -> NoteDraft:
    sections = [Section(heading="Plan", claims=list(claims))]
    return NoteDraft(title=" Meeting ", summary=list(summary), sections=sections, tags=list(tags))


def grounded(*claims: Claim) -> GroundedNote:
    note = ground(drafted(*claims), SAID, "en")
    assert note is not None
    return note


def test_neighbouring_sentences_are_one_quote_and_distant_ones_two() -> None:
    note = grounded(Claim(text="The plan.", sentence_ids=[2, 0, 1, 0]), Claim(text="Two.", sentence_ids=[0, 2]))
    one, two = note.sections[0].claims
    assert [(q.sentence_ids, q.start_s, q.end_s) for q in one.quotes] == [((0, 1, 2), 0.0, 30.0)]
    assert [q.sentence_ids for q in two.quotes] == [(0,), (2,)]


def test_a_claim_that_names_no_sentence_that_was_said_goes() -> None:
    note = grounded(
        Claim(text="Anna writes the report.", sentence_ids=[2]),
        Claim(text="Bob pays.", sentence_ids=[]),
        Claim(text="The moon is near.", sentence_ids=[99, -1]),
        Claim(text="  ", sentence_ids=[1]),
    )
    assert [claim.text for claim in note.sections[0].claims] == ["Anna writes the report."]


def test_a_note_of_which_no_claim_holds_is_no_note() -> None:
    assert ground(drafted(Claim(text="The moon is near.", sentence_ids=[99])), SAID, "en") is None


def test_support_is_the_share_of_the_claims_words_that_were_said() -> None:
    true, half = (
        grounded(
            Claim(text="Anna writes a report", sentence_ids=[2]), Claim(text="Anna steals a tractor", sentence_ids=[2])
        )
        .sections[0]
        .claims
    )
    assert true.support == pytest.approx(1.0)
    assert 0 < half.support < 0.6


def test_coverage_is_the_share_of_the_spoken_seconds_that_is_cited() -> None:
    note = grounded(Claim(text="Anna.", sentence_ids=[2]), Claim(text="Berlin.", sentence_ids=[0]))
    assert coverage(note.quotes(), SAID) == pytest.approx(0.5)
    assert coverage(note.quotes(), [Sentence(id=0, text="typed")]) is None


def test_confidence_is_support_times_how_sure_the_ears_were() -> None:
    sure = grounded(Claim(text="We meet in Berlin", sentence_ids=[0]))
    unsure = grounded(Claim(text="The budget is forty thousand", sentence_ids=[1]))
    typed = grounded(Claim(text="that was all", sentence_ids=[3]))
    assert confidence(sure, SAID) == pytest.approx(0.9)
    assert confidence(unsure, SAID) == pytest.approx(0.5)
    assert confidence(typed, SAID) == pytest.approx(1.0)


def test_tags_are_one_case_once_and_not_longer_than_the_column() -> None:
    note = ground(drafted(Claim(text="Anna.", sentence_ids=[2]), tags=("Plan", "plan", " ", "x" * 80)), SAID, "en")
    assert note is not None
    assert note.tags == ("plan", "x" * 50)


WRONG = Claim(text="The budget is fifty thousand euros.", sentence_ids=[1])
RIGHT = Claim(text="Anna writes the report.", sentence_ids=[2])
FOREIGN = Claim(text="Zebras galloped across savannahs.", sentence_ids=[0])


def test_a_claim_that_its_words_do_not_bear_out_is_marked_or_dropped() -> None:
    note = grounded(WRONG, RIGHT)
    assert [claim.doubts for claim in note.sections[0].claims] == [("number",), ()]
    marked, dropped = settled(note, drop=False), settled(note, drop=True)
    assert marked is not None
    assert dropped is not None
    assert "fifty thousand euros. [1] ⚠ *not borne out by the recording*" in content(marked)
    assert "⚠ *не подтверждается записью*" in content(marked, "ru-RU")
    assert content(dropped) == "## Plan\n\n- Anna writes the report. [1]"
    assert confidence(marked, SAID) < confidence(dropped, SAID)


def test_what_is_about_something_else_goes_in_any_case() -> None:
    note = settled(grounded(FOREIGN, RIGHT), drop=False)
    assert note is not None
    assert [claim.text for claim in note.sections[0].claims] == [RIGHT.text]


def test_a_note_whose_every_claim_is_doubted_is_none() -> None:
    assert settled(grounded(WRONG, FOREIGN), drop=False) is None


def test_a_summary_is_made_of_what_holds() -> None:
    note = ground(drafted(RIGHT, summary=(WRONG,)), SAID, "en")
    assert note is not None
    kept = settled(note, drop=False)
    assert kept is not None
    assert [claim.text for claim in kept.summary] == [RIGHT.text]


def test_addresses_that_nobody_said_get_in_nowhere() -> None:
    draft = NoteDraft(
        title="Meeting https://evil.example",
        summary=[],
        sections=[
            Section(heading="Plan, see www.evil.example", claims=[RIGHT]),
            Section(heading="", claims=[Claim(text="Anna writes the report at evil.com.", sentence_ids=[2])]),
        ],
        tags=[],
    )
    note = ground(draft, SAID, "en")
    assert note is not None
    assert "evil" not in note.title + content(note)


def test_a_title_of_another_matter_gives_way_to_one_of_this() -> None:
    draft = NoteDraft(title="Zebras galloping", summary=[], sections=[Section(heading="", claims=[RIGHT])], tags=[])
    note = ground(draft, SAID, "en")
    assert note is not None
    assert note.title == RIGHT.text


def test_reach_is_the_share_of_a_long_talk_that_is_cited() -> None:
    said = tuple(Sentence(id=at, text=f"The part {at} is here.") for at in range(100))
    claims = [Claim(text=f"The part {at} is here.", sentence_ids=[at]) for at in (0, 5, 31, 99)]
    note = ground(drafted(*claims), said, "en")
    assert note is not None
    assert reach(note, said) == pytest.approx(0.3)
    assert reach(note, said[:5]) == 1.0
