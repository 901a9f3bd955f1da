"""`.ci/contract` lets pass what is not built yet, and nothing else."""

import runpy
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parents[2] / ".ci" / "contract"
NOT_BUILT: set[str] = runpy.run_path(str(PROGRAM))["NOT_BUILT"]


def off(what: str) -> str:
    return f"OFF  {what} | seen"


def still_missing(name: str) -> str:
    ending = " ends with 0" if name.startswith("export ") else " --help ends with 0"
    return off(name + ending)


EXPECTED = [still_missing(name) for name in sorted(NOT_BUILT)]


def verdict(tmp_path: Path, *, said: list[str], listed: list[str]) -> tuple[int, str]:
    """Runs the program on a check that says some lines and a workbench that lists some commands."""
    check = tmp_path / "check.py"
    check.write_text(f"print({chr(10).join([*said, '1 of 2'])!r})\nraise SystemExit({bool(said)})")
    workbench = tmp_path / "workbench"
    workbench.write_text(f"#!{sys.executable}\nprint({chr(10).join(listed)!r})")
    workbench.chmod(0o755)
    done = subprocess.run(
        [sys.executable, PROGRAM, check, workbench], capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    return done.returncode, done.stdout.splitlines()[-1]


def test_only_what_is_not_built_yet_is_off(tmp_path: Path) -> None:
    status, last = verdict(tmp_path, said=EXPECTED, listed=["  import  reads files"])
    assert (status, last) == (
        0,
        f"contract: {len(EXPECTED)} off because not built yet, 0 that count",
    )


@pytest.mark.parametrize(
    "what",
    ["import ends with 0", "export dues: columns", "verify --help ends with 0"]
    + [f"{name} --help: no traceback" for name in sorted(NOT_BUILT) if " " not in name],
)
def test_anything_else_counts(tmp_path: Path, what: str) -> None:
    assert verdict(tmp_path, said=[*EXPECTED, off(what)], listed=[]) == (1, off(what))


@pytest.mark.parametrize("name", sorted(NOT_BUILT))
def test_what_is_built_leaves_the_list(tmp_path: Path, name: str) -> None:
    said = [line for line in EXPECTED if line != still_missing(name)]
    status, last = verdict(tmp_path, said=said, listed=[])
    assert (status, last) == (1, f"contract: built, take off the list NOT_BUILT: {name}")


def test_what_the_program_lists_leaves_the_list(tmp_path: Path) -> None:
    name = min(name for name in NOT_BUILT if " " not in name)
    status, last = verdict(tmp_path, said=EXPECTED, listed=[f"  {name}  does something"])
    assert (status, last) == (1, f"contract: built, take off the list NOT_BUILT: {name}")


def test_a_check_that_breaks_off_is_no_pass(tmp_path: Path) -> None:
    check = tmp_path / "check.py"
    check.write_text("raise OSError('no workbench')")
    done = subprocess.run(
        [sys.executable, PROGRAM, check, "true"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stdout.endswith("the check itself did not run to its end\n")
