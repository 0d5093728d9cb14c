"""The table of threats in docs/security.md: each row names tests that there are."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROWS = re.findall(r"^\| (\d+) \|.*\| (.+) \|$", (ROOT / "docs" / "security.md").read_text("utf-8"), re.MULTILINE)


def test_every_attack_of_the_table_has_its_row() -> None:
    assert {int(number) for number, _ in ROWS} == set(range(1, 33))


def test_every_row_names_tests_that_there_are() -> None:
    named = [name for _, cell in ROWS for name in re.findall(r"`(tests/[^`]+)`", cell)]
    assert len(named) >= len(ROWS)
    for name in named:
        file, _, function = name.partition("::")
        assert f"def {function}(" in (ROOT / file).read_text("utf-8"), name
