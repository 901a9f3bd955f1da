"""What no engine can avoid, in a process of its own; prints its cost as JSON.

    python -m benchmarks._floor FOLDER

Both tables read with pandas and hash-joined on building and amount. Done five times; the middle
one counts. Identical lots make many pairs, so that joining every column is most of it: the same
with the keys alone (`keys_cpu`) is the stricter floor, and is printed too.
"""

import argparse
import json
import statistics
from pathlib import Path
from typing import Any, Final

import pandas as pd

from benchmarks._measure import Meter

_TIMES: Final = 5
_KEYS: Final = ["building_id", "amount_cents"]


def floor(folder: Path) -> dict[str, Any]:
    """Reads movements and dues and joins them; returns the cost."""
    costs, keys_costs = [], []
    for _ in range(_TIMES):
        meter = Meter()
        movements = pd.read_csv(folder / "movements.csv")
        dues = pd.read_csv(folder / "dues.csv")
        reading = meter.read()["cpu"]
        joined = movements.merge(dues, on=_KEYS)
        cost = meter.read()
        costs.append(cost["cpu"])
        keys = Meter()
        movements[["item_id", *_KEYS]].merge(dues[["item_id", *_KEYS]], on=_KEYS)
        keys_costs.append(reading + keys.read()["cpu"])
    return {
        "cpu": statistics.median(costs),
        "keys_cpu": statistics.median(keys_costs),
        "memory": cost["memory"],
        "pairs": len(joined),
    }


def main() -> None:
    """Runs the floor and prints its cost."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    print(json.dumps(floor(parser.parse_args().folder)))


if __name__ == "__main__":
    main()
