"""Letters a second of one core, from the record to the PDF, against WeasyPrint on the same letter.

    python -m benchmarks.letters [--letters 300] [--rounds 2] [--peer .peers/bin/python]

Formal notices of co-owners, every one with its own name, amounts and dates, as PDF/A with tags.
Both sides take turns, the better round of each counts: processor time of all processes, starting
them included. WeasyPrint runs in an environment of its own (benchmarks/peers.txt), sets the same
words in the same places from HTML of ours, and writes PDF/A-2b with tags, the nearest it has.
Without `--peer` it is left out.
"""

import argparse
import json
import subprocess
import tempfile
from dataclasses import replace
from datetime import timedelta
from math import inf
from pathlib import Path
from random import Random
from typing import Final

from benchmarks._measure import Meter
from workbench.documents import letters
from workbench.documents.letters import Letter, LetterKind, Recipient
from workbench.documents.printing import bundle
from workbench.documents.samples import sample

TOP: Final = Path(__file__).resolve().parents[1]

TEMPLATES: Final = TOP / "templates"
GOAL: Final = 40


def run_of(count: int) -> list[Letter]:
    """Returns so many notices, no two alike."""
    chance = Random(1)
    notice = sample(LetterKind.FORMAL_NOTICE)
    made = []
    for number in range(count):
        later = timedelta(days=chance.randrange(25))
        lines = tuple(
            replace(line, amount_cents=chance.randrange(10_00, 3_000_00)) for line in notice.lines
        )
        address = (f"{chance.randrange(1, 200)} rue de l’Orme", "69990 Valbourg")
        letter = replace(
            notice,
            reference=f"2026-{number:05d}-MD1",
            account=f"{number:05d}",
            dated_on=notice.dated_on + later,
            recipient=Recipient(f"Monsieur Paul Rivoirel {number}", address, "Monsieur"),
            lines=lines,
        )
        made.append(letter)
    return made


def ours(run: list[Letter]) -> tuple[float, list[bytes]]:
    """Returns the processor seconds and the files."""
    meter = Meter()
    pdfs = letters.typeset(run, folder=TEMPLATES)
    return meter.read()["cpu"], pdfs


def theirs(run: list[Letter], python: str) -> tuple[float, int]:
    """Returns WeasyPrint's processor seconds and bytes for the same letters."""
    with tempfile.TemporaryDirectory() as name:
        pages = Path(name) / "letters.json"
        sheets = letters.sheets(run, folder=TEMPLATES)
        pages.write_text(json.dumps([dict(sheet.data) for sheet in sheets]), encoding="utf-8")
        program = str(TOP / "benchmarks" / "_weasyprint.py")
        meter = Meter()
        told = subprocess.run([python, program, str(pages)], check=True, capture_output=True)
        return meter.read()["cpu"], int(told.stdout)


def main() -> None:
    """Prints letters a second of each side and the ratio."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--letters", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--peer", default="")
    given = parser.parse_args()
    run = run_of(given.letters)
    pdfs: list[bytes] = []
    seconds, peer_seconds, peer_bytes = inf, inf, 0
    for _ in range(given.rounds):
        taken, pdfs = ours(run)
        seconds = min(seconds, taken)
        if given.peer:
            taken, peer_bytes = theirs(run, given.peer)
            peer_seconds = min(peer_seconds, taken)
    print(f"{len(run)} formal notices, processor time, one core, best of {given.rounds}")
    size = sum(len(pdf) for pdf in pdfs) / len(pdfs) / 1000
    speed = len(run) / seconds
    print(f"{'typst':12} {speed:7.1f} a second {size:7.1f} kB each   goal {GOAL}")
    if given.peer:
        peer_speed = len(run) / peer_seconds
        peer_size = peer_bytes / len(run) / 1000
        print(f"{'WeasyPrint':12} {peer_speed:7.1f} a second {peer_size:7.1f} kB each")
        print(f"{'ratio':12} {speed / peer_speed:7.1f}")
    else:
        print("WeasyPrint   left out: --peer .peers/bin/python (benchmarks/peers.txt)")
    meter = Meter()
    bundled = bundle(pdfs)
    print(
        f"bundle       {len(run) / meter.read()['cpu']:7.1f} a second {len(bundled) / 1e6:7.1f} MB"
    )


if __name__ == "__main__":
    main()
