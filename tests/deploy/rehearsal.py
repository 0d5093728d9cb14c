"""Runs what the Dockerfile says without a container engine: `python -m tests.deploy.rehearsal`, as root on Linux.

Each stage has a root of its own, an overlay in memory: over this machine's, in which the repository can't be seen, or
over that in a folder, `--base FOLDER`, which is nearer to the image's own base:

    mmdebstrap --variant=minbase --include=python3,python3-venv,python3-pip,ca-certificates bookworm FOLDER

What COPY names is copied (as far as `.dockerignore` lets it through), each RUN is run, and at the end API and workers
are started as the image's user on a root that is read-only, and given a recording. Not part of the suite: it downloads
all dependencies.
"""

import argparse
import fnmatch
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from tests.deploy.dockerfile import Instruction, Stage, stages
from tests.deploy.paths import DEPLOY, ROOT

WAIT_S = 120
HERE = Path("/")


def main(base: Path) -> None:
    """All stages over this root, then the API and the workers."""
    with tempfile.TemporaryDirectory(prefix="rehearsal-") as folder, mounted_tmpfs(Path(folder)) as top:
        context = top / "context"
        copy_context(context)
        _, *built = stages(DEPLOY / "Dockerfile")
        roots: dict[str, Path] = {"": context}
        for stage in built:
            roots[stage.name] = root = overlay(top / stage.name, base)
            perform(stage, root, roots)
        serve(built[-1], roots[built[-1].name])


@contextmanager
def mounted_tmpfs(folder: Path) -> Iterator[Path]:
    """Only this process and its children see what is mounted here."""
    run("mount", "--make-rprivate", "/")
    run("mount", "-t", "tmpfs", "tmpfs", str(folder))
    try:
        yield folder
    finally:
        run("umount", "--recursive", str(folder))


def overlay(folder: Path, base: Path) -> Path:
    """A root of its own over the base; the repository and whatever is installed beside Python are hidden."""
    upper, work, root = folder / "upper", folder / "work", folder / "root"
    for each in (upper, work, root):
        each.mkdir(parents=True)
    run("mount", "-t", "overlay", "overlay", "-o", f"lowerdir={base},upperdir={upper},workdir={work}", str(root))
    if base == HERE:
        hide(root, ROOT.parent)
        for above in [*Path(sys.base_prefix).parents][:-1]:  # the image's user must get to this machine's Python
            (root / above.relative_to("/")).chmod(0o755)
    else:
        as_python_image(root)
    hide(root, Path(tempfile.gettempdir()))
    run("mount", "--bind", "/proc", str(root / "proc"))
    run("mount", "--rbind", "/dev", str(root / "dev"))
    return root


def hide(root: Path, folder: Path) -> None:
    """Nothing of it is seen in this root."""
    run("mount", "-t", "tmpfs", "tmpfs", str(root / folder.relative_to("/")))


def as_python_image(root: Path) -> None:
    """Debian's Python under the names of the image's; and what this machine needs to reach the registry."""
    for name in ("python", "pip"):
        (root / "usr/local/bin" / name).symlink_to(f"/usr/bin/{name}3")
    for marked in (root / "usr/lib").glob("python3*/EXTERNALLY-MANAGED"):
        marked.unlink()
    for needed in {
        "/etc/resolv.conf",
        "/etc/hosts",
        *(os.environ.get(name, "") for name in ("SSL_CERT_FILE", "PIP_CERT")),
    }:
        if Path(needed).is_file():
            (root / needed.lstrip("/")).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(needed, root / needed.lstrip("/"))


def copy_context(context: Path) -> None:
    """What `.dockerignore` lets through of the files that git knows."""
    lines = [
        line for line in (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines() if line[:1] not in ("", "#")
    ]
    allowed = [line[1:] for line in lines if line.startswith("!")]
    never = [line.removeprefix("**/") for line in lines if line.startswith("**/")]
    known = subprocess.run(["git", "-C", ROOT, "ls-files"], check=True, capture_output=True, text=True).stdout
    for name in known.splitlines():
        if any(name == each or name.startswith(f"{each}/") for each in allowed) and not any(
            fnmatch.fnmatch(part, each) for part in name.split("/") for each in never
        ):
            (context / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, context / name)


def perform(stage: Stage, root: Path, roots: dict[str, Path]) -> None:
    """The stage's instructions, in order."""
    env, folder = environment(stage), "/"
    for instruction in stage.instructions:
        print(f"[{stage.name}] {instruction.name} {instruction.text}", flush=True)
        if instruction.name == "WORKDIR":
            folder = instruction.text
            (root / folder.lstrip("/")).mkdir(parents=True, exist_ok=True)
        elif instruction.name == "COPY":
            given = replace(instruction, text=filled(instruction.text, env))
            copy(given, roots[instruction.flags.get("from", "")], root, folder)
        elif instruction.name == "RUN":
            bind(instruction, root, roots)
            chroot(root, ["sh", "-c", instruction.text], env, folder)


def environment(stage: Stage) -> dict[str, str]:
    """ARG and ENV; what pip and npm need to reach their registries on this machine; nothing else of it."""
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    env = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "SSL_", "NODE_EXTRA_"))}
    env |= {"PATH": f"{Path(sys.base_prefix) / 'bin'}:/usr/local/bin:/usr/bin:/bin:/usr/sbin", "PYTHON_VERSION": python}
    for instruction in stage.of("ARG") + stage.of("ENV"):
        for word in instruction.words:
            name, assigned, value = word.partition("=")
            if assigned:
                env[name] = filled(value, env)
    return env


def filled(text: str, env: dict[str, str]) -> str:
    """With the variables' values in their places."""
    return re.sub(r"\$\{?(\w+)\}?", lambda found: env.get(found[1], ""), text)


def copy(instruction: Instruction, source: Path, root: Path, folder: str) -> None:
    *names, target = instruction.words
    into = root / (Path(folder) / target).as_posix().lstrip("/")
    for name in names:
        found = source / name.lstrip("/")
        if found.is_dir():
            shutil.copytree(found, into, symlinks=True, dirs_exist_ok=True)
        else:
            wanted = into / found.name if target.endswith("/") else into
            wanted.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(found, wanted)


def bind(instruction: Instruction, root: Path, roots: dict[str, Path]) -> None:
    """`--mount=type=bind,from=STAGE,source=…,target=…`, as a copy."""
    if mount := instruction.flags.get("mount"):
        wanted = dict(part.split("=", 1) for part in mount.split(","))
        source = roots[wanted["from"]] / wanted["source"].lstrip("/")
        shutil.copytree(source, root / wanted["target"].lstrip("/"))


def serve(stage: Stage, root: Path) -> None:
    """`serve` in the image, as its user, on a read-only root: it brings its own servers; the health check passes."""
    env = environment(stage)
    run("mount", "-t", "tmpfs", "-o", "mode=0700,uid=10001,gid=10001", "tmpfs", str(root / "data"))
    run("mount", "-o", "mode=1777,remount", str(root / "tmp"))
    run("mount", "-o", "remount,ro", str(root))
    command = ["entrypoint", "ai-conspects", "serve"]
    as_user = ["setpriv", "--reuid=10001", "--regid=10001", "--clear-groups", "--no-new-privs", "--inh-caps=-all"]
    server = subprocess.Popen(["chroot", root, *as_user, *command], env=env, cwd=root)
    check = json.loads(stage.of("HEALTHCHECK")[0].text.partition("CMD ")[2])
    try:
        deadline = time.monotonic() + WAIT_S
        while subprocess.run(["chroot", root, *as_user, *check], env=env, check=False, stderr=-3).returncode:
            assert server.poll() is None, "it ended"
            assert time.monotonic() < deadline, "not healthy in time"
            time.sleep(1)
        print("healthy, as user 10001 on a read-only root", flush=True)
        chroot(root, [*as_user, "sh", "-c", "! touch /opt/x 2>/dev/null && touch /data/x && id"], env, "/data")
        installed = "import importlib.util as i; print({n: bool(i.find_spec(n)) for n in ('torch', 'onnxruntime')})"
        chroot(root, [*as_user, "python", "-c", installed], env, "/data")
        where = "import ai_conspects.cli as c; print(c.__path__[0])"
        process = f'exec ai-conspects process "$(python -c "{where}")/clips/jfk.m4a" --language en'
        chroot(root, [*as_user, "sh", "-c", process], env, "/data")
        chroot(root, ["du", "-sh", "/opt/ai-conspects"], env, "/")
    finally:
        server.terminate()
        server.wait(60)


def chroot(root: Path, argv: list[str], env: dict[str, str], folder: str) -> None:
    inside = f"cd {shlex.quote(folder)} && exec {shlex.join(argv)}"
    subprocess.run(["chroot", root, "sh", "-c", inside], env=env, check=True)


def run(*argv: str) -> None:
    subprocess.run(argv, check=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", type=Path, default=HERE, help="the root to start from; this machine's by default")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    if parser.parse_args().inside:
        main(parser.parse_args().base.resolve())
    else:  # in a namespace of its own: what is mounted is seen by nobody else, and gone at the end
        again = [sys.executable, "-m", "tests.deploy.rehearsal", "--inside", *sys.argv[1:]]
        sys.exit(subprocess.run(["unshare", "--mount", *again], check=False).returncode)
