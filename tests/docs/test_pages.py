"""What the pages name is there: files, variables, constants, commands, links; and nothing of one machine."""

import re
from pathlib import Path

import pytest
from typer.main import get_command

from ai_conspects.cli import reference
from ai_conspects.cli.main import app
from tests.docs.pages import DOCS, PAGES, ROOT, SOURCES, name_of

pytestmark = pytest.mark.parametrize("page", PAGES, ids=name_of)

LINK = re.compile(r"\]\(([^)#]+)(?:#[^)]*)?\)")
PATH = re.compile(r"`((?:[a-z_]+/)*[a-z_0-9]+\.py|(?:[a-z_]+/)+)`")
VARIABLE = re.compile(r"\b(?:AI_CONSPECTS_[A-Z_]*[A-Z]|(?:DATABASE|REDIS|S3|CELERY|OPENAI|SERPAPI|JWT)_[A-Z_]+)\b")
CONSTANT = re.compile(r"`(_?[A-Z][A-Z_, ]*) = ([\d., ]+)`")
COMMAND = re.compile(r"\bai-conspects ([a-z]+)")
ELSEWHERE = {"AI_CONSPECTS_TEST_DATA", "AI_CONSPECTS_FAIL_AT"}
"""For the tests alone."""
IN_A_DATA_FOLDER = {"valkey/", "objects/", "secrets/", "logs/", "audio/"}


def test_links_lead_somewhere(page: Path) -> None:
    targets = [target for target in LINK.findall(page.read_text("utf-8")) if "://" not in target]
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_files_named_exist(page: Path) -> None:
    named = set(PATH.findall(page.read_text("utf-8"))) - IN_A_DATA_FOLDER
    assert [path for path in sorted(named) if not _exists(path)] == []


def test_variables_named_are_settings(page: Path) -> None:
    named = set(VARIABLE.findall(page.read_text("utf-8"))) - ELSEWHERE
    settings = {*reference.variables(), *(f"{name}_FILE" for name in reference.variables())}
    assert sorted(named - settings) == []


def test_constants_are_those_of_the_code(page: Path) -> None:
    code = "\n".join(file.read_text("utf-8") for file in SOURCES.rglob("*.py"))
    named = CONSTANT.findall(page.read_text("utf-8"))
    assert [one for one in named if not re.search(rf"^{re.escape(' = '.join(one))}$", code, re.MULTILINE)] == []


def test_commands_named_exist(page: Path) -> None:
    known = getattr(get_command(app), "commands", {})
    assert set(COMMAND.findall(page.read_text("utf-8"))) <= known.keys()


def test_nothing_of_one_machine_is_named(page: Path) -> None:
    text = page.read_text("utf-8")
    assert re.findall(r"/(?:home|work|root|Users)/\S*|pypi\.org|index-url|devpi|artifactory", text) == []


def test_a_decision_is_short(page: Path) -> None:
    if page.parent == DOCS / "adr":
        assert len(page.read_text("utf-8").splitlines()) <= 40


def _exists(path: str) -> bool:
    """Below the sources or the repository; a name without a folder, anywhere in the sources."""
    anywhere = "/" not in path and any(SOURCES.rglob(path))
    return anywhere or any((top / path).exists() for top in (SOURCES, ROOT))
