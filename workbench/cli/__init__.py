"""The command line: parses, calls `pipeline` and `runs`, prints. No rule lives here."""

from workbench.cli.commands import cli, main

__all__ = ["cli", "main"]
