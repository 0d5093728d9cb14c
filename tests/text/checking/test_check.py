"""A claim may only say what its evidence says: the same numbers, names, days, and not its contrary."""

import pytest

from ai_conspects.text.checking.check import LEAST_SUPPORT, Doubt, check
from ai_conspects.text.checking.links import unsaid_links, without_unsaid_links
from tests.text.checking.cases import cases


@pytest.mark.parametrize(
    ("claim", "evidence", "language", "doubt"),
    [
        ("В 2019 году выручка выросла.", "В 2018 году выручка выросла на десять процентов.", "ru", "number"),
        ("Revenue grew in 2019.", "In 2018 revenue grew by ten percent.", "en", "number"),
        ("Мария готовит отчёт.", "Отчёт готовит Марина.", "ru", "name"),
        ("Отчёт сделает Щерба.", "Кодзасов сделает отчёт.", "ru", "name"),
        ("Bob writes the report.", "Anna writes the report.", "en", "name"),
        ("The data goes to IBM.", "The data goes to a partner.", "en", "name"),
        ("Встреча в пятницу.", "Встреча в четверг.", "ru", "date"),
        ("The release is in May.", "The release is in March.", "en", "date"),
        ("Выручка не выросла.", "Выручка выросла.", "ru", "negation"),
        ("Выручка выросла.", "Выручка не выросла.", "ru", "negation"),
        ("The budget isn't approved.", "The budget is approved.", "en", "negation"),
        ("The client signed.", "The client refused to sign.", "en", "negation"),
        ("Выручка упала.", "Выручка выросла.", "ru", "opposite"),
        ("The committee accepted the proposal.", "The committee rejected the proposal.", "en", "opposite"),
        ("He said «we will never pay».", "He said that we will pay at some time, never mind.", "en", "quote"),
        ("Dinosaurs were warm-blooded animals.", "The budget is forty thousand euros.", "en", "words"),
    ],
)
def test_what_was_not_said_is_doubted(claim: str, evidence: str, language: str, doubt: Doubt) -> None:
    assert doubt in check(claim, evidence, language).doubts


@pytest.mark.parametrize(
    ("claim", "evidence", "language"),
    [
        ("В 2019 году выручка выросла на 10 %.", "В две тысячи девятнадцатом выручка выросла на десять %.", "ru"),
        ("Отчёт поручен Кодзасову.", "Кодзасов сделает отчёт.", "ru"),
        ("Анна не придёт.", "Анна прийти не сможет, она не придёт.", "ru"),
        ("He said «we will pay».", "And he said: we will pay!", "en"),
        ("Das Auto fährt nach Berlin.", "Das Auto fährt morgen nach Berlin.", "de"),
    ],
)
def test_what_was_said_is_not(claim: str, evidence: str, language: str) -> None:
    assert check(claim, evidence, language).doubts == ()


@pytest.mark.parametrize(("language", "precision", "recall"), [("ru", 0.9, 0.95), ("en", 0.88, 0.95)])
def test_on_the_made_set_true_claims_pass_and_false_ones_do_not(language: str, precision: float, recall: float) -> None:
    found = [case for case in cases() if case.language == language]
    passed = [case for case in found if not check(case.claim, case.evidence, language, LEAST_SUPPORT).doubts]
    right = sum(case.holds for case in passed)
    assert right / len(passed) >= precision
    assert right / sum(case.holds for case in found) >= recall
    caught = 1 - sum(not case.holds for case in passed) / sum(not case.holds for case in found)
    assert caught >= 0.95


@pytest.mark.parametrize(
    ("text", "said", "links"),
    [
        ("see https://evil.example/?q=1.", "", ["https://evil.example/?q=1"]),
        ("write to bob@evil.com or evil.com", "", ["bob@evil.com", "evil.com"]),
        ("![x](javascript:alert(1))", "", ["javascript:alert"]),
        ("see www.kiwix.org", "They said www.kiwix.org, I think.", []),
        ("т.е. версия 3.5, Node.js, report.pdf, e.g. this", "", []),
    ],
)
def test_addresses_that_nobody_said_are_found(text: str, said: str, links: list[str]) -> None:
    assert unsaid_links(text, said) == links
    assert not unsaid_links(without_unsaid_links(text, said), said)
