"""The engine on one portfolio, in a process of its own; prints cost and figures as JSON.

python -m benchmarks._ours FOLDER
"""

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks._frames import read_inputs
from benchmarks._measure import Meter
from benchmarks._scoring import ClassScore, Score, read_truth, score
from workbench.matching.engine import match


def engine(folder: Path) -> dict[str, Any]:
    """Reads the frames and matches them once; returns cost and figures."""
    meter = Meter()
    inputs = read_inputs(folder)
    reading = meter.read()["cpu"]
    found = match(inputs)
    cost = meter.read()
    kept = found.proposals.drop(columns="reasons")
    figures = score(read_truth(folder), kept)
    return {"cost": cost | {"reading": reading}, **as_figures(figures)}


def as_figures(found: Score) -> dict[str, Any]:
    """Returns a score as plain numbers, by class and in all."""
    return {
        "total": _class(found.total),
        "classes": {name: _class(part) for name, part in found.classes.items()},
        "recall": found.recall,
        "knowable_recall": found.knowable_recall,
        "noise": found.noise_accepted,
        "knowable_noise": found.knowable_noise_accepted,
        "noise_movements": found.noise_movements,
        "waiting": found.waiting,
        "first_three": found.first_three / found.waiting if found.waiting else 1.0,
        "knowable_first_three": (
            found.knowable_first_three / found.knowable_waiting if found.knowable_waiting else 1.0
        ),
        "situations": found.situations.reset_index().to_dict("records"),
    }


def _class(part: ClassScore) -> dict[str, float]:
    return asdict(part) | {
        "precision": part.precision,
        "knowable_precision": part.knowable_precision,
        "bound": part.bound,
    }


def main() -> None:
    """Matches one portfolio and prints what it cost and gave."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    print(json.dumps(engine(parser.parse_args().folder)))


if __name__ == "__main__":
    main()
