"""A program that runs a command and kills itself without a word at one of its transactions."""

_PROGRAM = """
import os, signal, sys
from contextlib import contextmanager
from workbench.ledger.store import Ledger
{first}
at, when = int(sys.argv[1]), sys.argv[2]
writing, count = Ledger.writing, 0
@contextmanager
def deadly(self):
    global count
    count += 1
    mine = count
    with writing(self) as connection:
        yield connection
        if mine == at and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
    if mine == at and when == "after":
        os.kill(os.getpid(), signal.SIGKILL)
Ledger.writing = deadly
from workbench.cli import main
main(sys.argv[3:])
"""


def killing(first: str = "") -> str:
    """Returns the program, for `python -c`.

    Its arguments are the transaction (from 1), `before` or `after` its commit, then the command.

    Args:
        first: statements that come before the command.
    """
    return _PROGRAM.format(first=first)
