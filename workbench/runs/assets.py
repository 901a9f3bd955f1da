"""Where the notebooks and the templates are: in the checkout, or where a wheel put them.

They stand at the top of the repository because people open and edit them; a wheel carries them
as data files under `share/workbench`. Knows no file by name.
"""

from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Final

from workbench.domain.errors import ParameterError

_CHECKOUT: Final = Path(__file__).resolve().parents[2]
_SHARE: Final = "share/workbench"


def notebook_path(name: str) -> Path:
    """Returns the path of a notebook, for example `month_end.ipynb`.

    Raises:
        ParameterError: this installation has no such notebook.
    """
    return _asset(f"notebooks/{name}", what="le carnet")


def template_path(name: str) -> Path:
    """Returns the path of a template or of a folder of them, for example `dashboard`.

    Raises:
        ParameterError: this installation has no such template.
    """
    return _asset(f"templates/{name}", what="le modèle")


def _asset(place: str, *, what: str) -> Path:
    for root in (_CHECKOUT, installed_root()):
        if root is not None and (root / place).exists():
            return root / place
    raise ParameterError(f"{what} « {place} » manque dans cette installation")


def installed_root() -> Path | None:
    """Returns the folder `share/workbench` of the installed wheel; None without one.

    The wheel's own list of files says where they went: under the environment or under the user's
    home, depending on how it was installed. Only `pip install --target` moves them afterwards.
    """
    try:
        installed = distribution("workbench")
    except PackageNotFoundError:
        return None
    listed = (file for file in installed.files or [] if _SHARE in file.as_posix())
    places = [Path(str(file.locate())).resolve() for file in listed][:1]
    roots = [parent for place in places for parent in place.parents if parent.match(_SHARE)]
    roots.append(Path(str(installed.locate_file(_SHARE))))
    return next((root for root in roots if root.is_dir()), None)
