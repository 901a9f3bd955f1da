"""What the terminal sees: plain French lines, tables, a progress bar; or JSON for scripts."""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from workbench.domain.errors import shortened
from workbench.domain.findings import Finding
from workbench.domain.progress import Progress as Tell


class Terminal:
    """Where a command prints.

    Results go to standard output, everything else to standard error, so that `--json` and
    exports can be piped.
    """

    def __init__(self, *, as_json: bool = False, silent: bool = False) -> None:
        """Prints JSON instead of lines when `as_json`, no result at all when `silent`."""
        self.as_json = as_json
        self._silent = silent
        self._out = Console(highlight=False, soft_wrap=True)
        self._err = Console(stderr=True, highlight=False, soft_wrap=True)

    def line(self, words: str = "") -> None:
        """Prints one line of a result; nothing with `--json`."""
        if not (self.as_json or self._silent):
            self._out.print(escape(words))

    def note(self, words: str) -> None:
        """Prints one line beside the result, on standard error."""
        self._err.print(escape(words))

    def json(self, data: object) -> None:
        """Prints the result for scripts, only with `--json`."""
        if self.as_json:
            sys.stdout.write(json.dumps(data, ensure_ascii=False, indent=2) + "\n")

    def table(
        self, headers: Sequence[str], rows: Sequence[Sequence[str]], *, right: int = 0
    ) -> None:
        """Prints a table; the last `right` columns are aligned right."""
        if self.as_json or self._silent or not rows:
            return
        table = Table(box=None, pad_edge=False, header_style="bold")
        for n, header in enumerate(headers):
            table.add_column(header, justify="right" if n >= len(headers) - right else "left")
        for row in rows:
            table.add_row(*(escape(cell) for cell in row))
        self._out.print(table)

    def findings(self, title: str, findings: Sequence[Finding], *, most: int = 20) -> None:
        """Prints findings with their place and value, at most `most` of them."""
        if not findings:
            return
        self.note(title)
        for finding in findings[:most]:
            value = f" (« {shortened(finding.value)} »)" if finding.value else ""
            place = finding.place()
            self.note(f"  {place}{' : ' if place else ''}{finding.message}{value}")
        if len(findings) > most:
            rest = len(findings) - most
            self.note(f"  {rest} autres : « workbench export findings --format csv »")

    @contextmanager
    def progress(self, words: str) -> Iterator[Tell | None]:
        """Shows a bar on a terminal; gives None where nobody looks."""
        if not self._err.is_terminal:
            yield None
            return
        columns = (
            TextColumn("{task.description}"), BarColumn(bar_width=30), MofNCompleteColumn(),
            TimeElapsedColumn(), TextColumn("{task.fields[what]}"),
        )  # fmt: skip
        with Progress(*columns, console=self._err, transient=True) as bar:
            task = bar.add_task(words, total=None, what="")

            def tell(done: int, total: int, what: str) -> None:
                bar.update(
                    task, completed=done, total=total, what=escape(shortened(what, limit=40))
                )

            yield tell
