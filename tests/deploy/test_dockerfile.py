"""The image: what its Dockerfile promises, as far as that can be seen without an engine; `rehearsal` runs its lines."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from ai_conspects.core.settings import Settings
from ai_conspects.embedded.environment import of_settings
from tests.deploy.dockerfile import Stage, stages
from tests.deploy.paths import DEPLOY, ROOT

DOCKERFILE = DEPLOY / "Dockerfile"
LOCKS = ROOT / "requirements"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
EXTRAS = PROJECT["project"]["optional-dependencies"]
CPU = ("whisper", "onnx", "speakers", "embeddings", "otel")


@pytest.fixture(scope="module")
def final() -> Stage:
    return stages(DOCKERFILE)[-1]


def test_the_linter_finds_nothing() -> None:
    linter = Path(sys.executable).with_name("hadolint")
    ended = subprocess.run([linter, DOCKERFILE], capture_output=True, text=True, check=False, timeout=60)
    assert (ended.returncode, ended.stdout) == (0, "")


def test_it_runs_as_a_user_without_rights(final: Stage) -> None:
    assert [each.text for each in final.of("USER")] == ["10001:10001"]
    assert final.instructions.index(final.of("USER")[0]) > final.instructions.index(final.of("COPY")[-1])


def test_the_image_has_a_health_check_and_serves_the_api(final: Stage) -> None:
    assert "/v1/health/live" in final.of("HEALTHCHECK")[0].text
    command = json.loads(final.of("CMD")[0].text)
    assert command[:3] == ["uvicorn", "--factory", "ai_conspects.main:create_app"]


def test_every_variable_of_ours_is_a_setting(final: Stage) -> None:
    named = re.findall(r"\b(AI_CONSPECTS_\w+)=", final.of("ENV")[0].text)
    assert named
    assert set(named) - of_settings(Settings(_env_file=None)).keys() <= {"AI_CONSPECTS_HOME"}


def test_everything_but_our_own_wheel_is_installed_by_its_hash() -> None:
    runs = [each.text for stage in stages(DOCKERFILE) for each in stage.of("RUN") if "pip " in each.text]
    assert len(runs) == 4
    assert [run for run in runs if "--require-hashes" not in run and "--no-deps" not in run] == []


def test_the_locks_hold_what_the_project_asks_for() -> None:
    locked = {name: pins(LOCKS / f"{name}.txt") for name in ("build", "image-cpu", "image-gpu", "main", "dev")}
    assert {bare(each) for each in PROJECT["build-system"]["requires"]} <= locked["build"].keys()
    for lock, extras in (("image-cpu", CPU), ("image-gpu", {*CPU, "gpu"})):
        assert {bare(each) for name in extras for each in EXTRAS[name]} <= locked[lock].keys()
    assert locked["main"].items() <= locked["image-cpu"].items() <= locked["image-gpu"].items()
    others = {name: version for name, version in locked["image-gpu"].items() if locked["dev"].get(name) != version}
    assert {name for name in others if not name.startswith("nvidia-")} == set()


@pytest.mark.parametrize("variant", ["cpu", "gpu"])
def test_no_image_brings_torch(variant: str) -> None:
    assert not {"torch", "tensorflow"} & pins(LOCKS / f"image-{variant}.txt").keys()


def test_nothing_private_can_get_into_the_image() -> None:
    allowed = (DEPLOY / "Dockerfile.dockerignore").read_text("utf-8").split()
    assert allowed[allowed.index("*") + 1].startswith("!"), "all is ignored first"
    assert not {"!deploy", "!.git", "!tests", "!.env"} & set(allowed)


def test_the_entrypoint_empties_the_folder_of_metrics_and_becomes_its_command(tmp_path: Path) -> None:
    folder = tmp_path / "metrics"
    folder.mkdir()
    (folder / "counter_7.db").write_text("of the run before")
    argv = [str(DEPLOY / "entrypoint"), "sh", "-c", "echo $$; exit 3"]
    ended = subprocess.run(argv, env={"PROMETHEUS_MULTIPROC_DIR": str(folder), "PATH": "/usr/bin:/bin"}, check=False)
    assert ended.returncode == 3
    assert list(folder.iterdir()) == []


def pins(path: Path) -> dict[str, str]:
    """Versions by name."""
    return dict(re.findall(r"^([a-z0-9._-]+)(?:\[[^]]*\])?==([^\s;]+)", path.read_text("utf-8"), re.MULTILINE))


def bare(requirement: str) -> str:
    """The name alone, as a lock writes it."""
    return re.split(r"[\[<>=~! ]", requirement)[0].lower().replace("_", "-")
