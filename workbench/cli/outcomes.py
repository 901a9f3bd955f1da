"""What became of decisions, on the terminal."""

from collections.abc import Sequence

from workbench.cli.terminal import Terminal
from workbench.domain.errors import ExitStatus
from workbench.pipeline.deciding import Outcome


def print_outcomes(terminal: Terminal, outcomes: Sequence[Outcome]) -> int:
    """Prints one line a decision; returns the exit status."""
    for outcome in outcomes:
        terminal.line(f"{outcome.identifier} : {outcome.words}")
    terminal.json(outcome_rows(outcomes))
    return ExitStatus.DONE


def outcome_rows(outcomes: Sequence[Outcome]) -> list[dict[str, object]]:
    """Returns decisions for scripts."""
    return [
        {"id": o.identifier, "done": o.done, "words": o.words,
         "allocations": list(o.allocation_ids)}
        for o in outcomes
    ]  # fmt: skip
