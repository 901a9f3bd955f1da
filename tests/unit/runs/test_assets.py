import shutil
import subprocess
import sys
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

from workbench.domain.errors import ParameterError
from workbench.runs import assets

TOP = Path(__file__).parents[3]


def installed_files() -> list[str]:
    """What a wheel of this checkout must carry, as paths in the checkout."""
    found = [p for top in ("workbench", "notebooks", "templates") for p in (TOP / top).rglob("*")]
    return sorted(
        path.relative_to(TOP).as_posix()
        for path in found
        if path.is_file() and not {"__pycache__", ".ipynb_checkpoints"} & set(path.parts)
    )


def test_the_checkout_comes_first() -> None:
    assert assets.notebook_path("dashboard.ipynb") == TOP / "notebooks" / "dashboard.ipynb"
    assert assets.template_path("voila").is_dir()


def test_what_is_missing_is_named() -> None:
    with pytest.raises(ParameterError, match=r"le carnet « notebooks/none\.ipynb » manque"):
        assets.notebook_path("none.ipynb")
    with pytest.raises(ParameterError, match="le modèle « templates/none » manque"):
        assets.template_path("none")


def test_without_a_wheel_there_is_no_installed_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> metadata.Distribution:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(assets, "distribution", missing)
    assert assets.installed_root() is None


# As pip does, without the time it takes to find out that this is what it has to do.
BUILD = """
import sys
from setuptools import build_meta
build_meta.build_wheel(sys.argv[1])
"""
FIND = """
from workbench.runs.assets import notebook_path, template_path
print(notebook_path("dashboard.ipynb"))
print(template_path("voila"))
"""


@pytest.mark.slow
def test_a_wheel_carries_every_file_and_finds_it_again(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    for name in ("workbench", "notebooks", "templates"):
        ignore = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
        shutil.copytree(TOP / name, source / name, ignore=ignore)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(TOP / name, source / name)
    subprocess.run(
        [sys.executable, "-c", BUILD, str(tmp_path)], check=True, cwd=source, capture_output=True
    )
    (wheel,) = tmp_path.glob("*.whl")
    carried = {
        name.partition(".data/data/share/workbench/")[2] or name
        for name in zipfile.ZipFile(wheel).namelist()
        if ".dist-info/" not in name
    }
    assert sorted(carried) == installed_files()

    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    site = f"lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages"
    for option, packages in (("--target", "."), ("--prefix", site)):
        place = tmp_path / option.strip("-")
        # Byte code of all modules is not what is looked at here.
        command = [*pip, "install", "--no-deps", "--no-index", "--ignore-installed", "--no-compile"]
        subprocess.run([*command, option, str(place), str(wheel)], check=True)
        found = subprocess.run(
            [sys.executable, "-c", FIND],
            check=True,
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env={"PYTHONPATH": str(place / packages)},
        )
        notebook, templates = found.stdout.splitlines()
        assert Path(notebook) == place / "share/workbench/notebooks/dashboard.ipynb"
        assert Path(templates) == place / "share/workbench/templates/voila"
