"""Executes the month-end notebook on the demo, in place: `make notebooks` after a change of it."""

import os
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from workbench.cli import demonstration
from workbench.cli.terminal import Terminal

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "month_end.ipynb"


def main() -> None:
    """Runs every cell against a new demo ledger and writes the notebook back."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "demo"
        demonstration.fill(folder, terminal=Terminal(silent=True))
        os.environ["WORKBENCH_LEDGER"] = demonstration.ledger_url(folder)
        notebook = nbformat.read(NOTEBOOK, as_version=4)
        client = NotebookClient(
            notebook, timeout=120, kernel_name="python3", record_timing=False,
            resources={"metadata": {"path": str(NOTEBOOK.parent)}},
        )  # fmt: skip
        client.execute()
        # What says only on which machine it ran.
        notebook.metadata.get("language_info", {}).pop("version", None)
        nbformat.write(notebook, NOTEBOOK)


if __name__ == "__main__":
    main()
