"""The lock, the environments and the texts of the repository agree with each other."""

import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import rattler
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

TOP = Path(__file__).parents[2]
LOCK = (TOP / "requirements.txt").read_text(encoding="utf-8")
PYPROJECT = (TOP / "pyproject.toml").read_text(encoding="utf-8")
LOCK_PYTHON = "3.11.0"
# One logical line: `name==version \` and its hashes on lines of their own.
PIN = re.compile(r"([a-z0-9.-]+)==([^ ]+)((?: --hash=sha256:[0-9a-f]{64})+)")

REGISTRIES = re.compile(
    r"(?:pypi|npmjs|anaconda|pythonhosted|crates|unpkg|jsdelivr)\.(?:org|com|io|net)|/simple/?\b"
    r"|--(?:extra-)?index-url"
)
MACHINE_PATHS = re.compile(
    r"(?<![\w.~-])/(?:root|home|Users|work|mnt|srv|opt|private/var)/\w|\b[A-Z]:\\Users\b"
)


def lock_lines() -> list[str]:
    return LOCK.replace(" \\\n    ", " ").splitlines()


def locked_versions() -> dict[str, str]:
    pins = [PIN.fullmatch(line) for line in lock_lines()]
    return {canonicalize_name(pin[1]): pin[2] for pin in pins if pin}


def project() -> dict[str, Any]:
    content: dict[str, dict[str, Any]] = tomllib.loads(PYPROJECT)
    return content["project"]


def conda_and_pip(text: str) -> tuple[list[rattler.MatchSpec], list[str]]:
    """Reads an environment.yml: the specifications for conda, the lines for pip."""
    listed = yaml.safe_load(text)["dependencies"]
    conda = [rattler.MatchSpec(entry) for entry in listed if isinstance(entry, str)]
    pip = [line for entry in listed if isinstance(entry, dict) for line in entry["pip"]]
    return conda, pip


def takes(spec: rattler.MatchSpec, version: str) -> bool:
    record = rattler.PackageRecord(
        name="python",
        version=version,
        build=rattler.BuildString("0"),
        build_number=0,
        subdir="linux-64",
    )
    return spec.matches(record)


def text_files() -> list[Path]:
    """Returns what git tracks or would track, texts only."""
    # Also in a checkout that belongs to another user, as a CI's may.
    git = ["git", "-c", "safe.directory=*", "ls-files", "-z"]
    listed = subprocess.run(
        [*git, "--cached", "--others", "--exclude-standard"],
        cwd=TOP,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\0")
    paths = [TOP / name for name in listed if name and (TOP / name).is_file()]
    return [path for path in paths if b"\0" not in path.read_bytes()[:8192]]


def test_every_line_of_the_lock_is_one_version_with_hashes() -> None:
    assert [line for line in lock_lines() if not PIN.fullmatch(line)] == []
    assert len(locked_versions()) == len(lock_lines())


def test_the_lock_satisfies_the_project() -> None:
    asked = [*project()["dependencies"]]
    for extra in project()["optional-dependencies"].values():
        asked += extra
    locked = locked_versions()
    unmet = []
    for requirement in map(Requirement, asked):
        version = locked.get(canonicalize_name(requirement.name))
        if version is None or not requirement.specifier.contains(version, prereleases=True):
            unmet.append((str(requirement), version))
    assert unmet == []


def test_the_lock_serves_the_build() -> None:
    # The project is installed without build isolation: its build tool comes from the lock.
    content = tomllib.loads(PYPROJECT)
    for requirement in map(Requirement, content["build-system"]["requires"]):
        assert requirement.specifier.contains(locked_versions()[requirement.name])


def test_conda_gives_python_and_pip_and_the_lock_all_else() -> None:
    conda, pip = conda_and_pip((TOP / "environment.yml").read_text(encoding="utf-8"))
    assert [spec.name.normalized for spec in conda] == ["python", "pip"]
    assert pip == ["-r requirements.txt"]


@pytest.mark.parametrize(
    ("version", "taken"), [("3.10.9", False), ("3.11.0", True), ("3.11.99", True), ("3.12", False)]
)
def test_conda_gives_the_python_of_the_lock(version: str, *, taken: bool) -> None:
    conda, _ = conda_and_pip((TOP / "environment.yml").read_text(encoding="utf-8"))
    assert takes(conda[0], version) is taken


def test_the_python_of_the_lock_is_one_the_project_runs_on() -> None:
    assert LOCK_PYTHON in SpecifierSet(project()["requires-python"])
    makefile = (TOP / "Makefile").read_text(encoding="utf-8")
    assert f"--python-version {LOCK_PYTHON.removesuffix('.0')}" in makefile


@pytest.mark.parametrize("pattern", [REGISTRIES, MACHINE_PATHS], ids=["registries", "paths"])
def test_no_text_names_a_registry_or_a_machine(pattern: re.Pattern[str]) -> None:
    # This file holds the cases just below.
    files = [path for path in text_files() if path != Path(__file__)]
    assert TOP / "pyproject.toml" in files
    found = [
        (str(path.relative_to(TOP)), number, line.strip()[:120])
        for path in files
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if pattern.search(line)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("pattern", "text", "caught"),
    [
        (REGISTRIES, "see https://pypi.org/project/click", True),
        (REGISTRIES, "--index-url https://example.test", True),
        (REGISTRIES, "file:///a/simple", True),
        (REGISTRIES, "a simple reminder", False),
        (MACHINE_PATHS, 'File "/home/anne/workbench/cli.py"', True),
        (MACHINE_PATHS, "sqlite:////root/data.db", True),
        (MACHINE_PATHS, "in /work/main", True),
        (MACHINE_PATHS, "https://example.test/home/page", False),
        (MACHINE_PATHS, "documents/work/main.pdf", False),
        (MACHINE_PATHS, "/usr/bin/env", False),
    ],
)
def test_what_counts_as_a_registry_or_a_machine(
    pattern: re.Pattern[str], text: str, *, caught: bool
) -> None:
    assert bool(pattern.search(text)) is caught
