"""The command line: parses, calls `pipeline` and `runs`, prints. No rule lives here."""

from workbench.cli.commands import main

__all__ = ["main"]
