"""The matching engine beside its peers and its floor, on portfolios it was not made on.

    python -m benchmarks.matching [--buildings 100 1000 10000] [--plain] [--hard]
        [--seed 1] [--peers PYTHON] [--peers-up-to 100]

Everything runs on the same CSV files in the same run, each in a process of its own: the engine,
`rapidfuzz.process.extract` a movement, `rapidfuzz.process.cdist` a building, Splink 4 on DuckDB,
recordlinkage (those two with `--peers`, the Python of an environment made from
benchmarks/peers.txt), and the floor: both tables read with pandas and hash-joined. Peers are slow:
above `--peers-up-to` buildings they are left out, and it says so.

"could be known" leaves out movements of which nobody could tell the account or the due (decision
0014); every precision is printed both ways.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

TOP: Final = Path(__file__).resolve().parents[1]
PRECISION: Final = 0.999
RECALL: Final = {"plain": 0.85, "hard": 0.78}
FIRST_THREE: Final = 0.9
TIMES_FLOOR: Final = 12.0
MEMORY: Final = (1000, 1024.0)
GROWTH: Final = (1000, 10_000, 11.0)
OWN_PYTHON: Final = ("splink", "recordlinkage")


def child(python: str, module: str, *arguments: str) -> dict[str, Any] | None:
    """Runs a module of this folder in a process of its own and returns the last line it prints.

    None when it failed; what it said last is printed.
    """
    # Frames hash texts by an arbitrary seed otherwise; one thread, since processor time counts.
    environment = {**os.environ, "PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [python, "-m", f"benchmarks.{module}", *arguments],
        cwd=TOP, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["no message"]
        print(f"  {module} {arguments[0]} failed: {said[-1]}")
        return None
    result: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return result


def verdict(*, met: bool) -> str:
    """Returns how a goal is printed."""
    return "met" if met else "MISSED"


def print_classes(found: dict[str, Any]) -> None:
    """Prints what the engine accepted, by evidence class."""
    print(
        "  class            links   account    exact   could be known: links    exact"
        "   95% bound   on noise   .999 of all, of what could be known"
    )
    for name, part in [*sorted(found["classes"].items()), ("all", found["total"])]:
        account = part["by_account"] / part["links"] if part["links"] else 1.0
        print(
            f"  {name:14}{part['links']:8}    {account:.4f}   {part['precision']:.4f}"
            f"          {part['knowable']:14}   {part['knowable_precision']:.4f}"
            f"      {part['bound']:.4f} {part['on_noise']:10}"
            f"   {verdict(met=part['precision'] >= PRECISION)},"
            f" {verdict(met=part['knowable_precision'] >= PRECISION)}"
        )


def print_situations(found: dict[str, Any]) -> None:
    """Prints, by what happened in life, how many payments were accepted and how many wrongly."""
    print("  situation                              movements  accepted  wrong links")
    for row in found["situations"]:
        print(f"  {row['situation']:38}{row['movements']:10}{row['accepted']:10}{row['wrong']:13}")


def print_goals(kind: str, size: int, found: dict[str, Any], floor: dict[str, Any]) -> None:
    """Prints the figures the project asks for, and whether they are met."""
    cost = found["cost"]
    times = cost["cpu"] / floor["cpu"]
    wanted, recall = RECALL[kind], found["recall"]
    waiting, first = found["waiting"], found["first_three"]
    for name, key in (("of all links", "precision"), ("could be known", "knowable_precision")):
        missed = sorted(n for n, part in found["classes"].items() if part[key] < PRECISION)
        print(f"  .999, {name:16} {verdict(met=not missed)} {', '.join(missed)}".rstrip())
    print(
        f"  noise accepted         {found['noise']} of {found['noise_movements']} (could be known:"
        f" {found['knowable_noise']})   {verdict(met=not found['noise'])}"
    )
    print(
        f"  recall                 {recall:.3f} (could be known:"
        f" {found['knowable_recall']:.3f}; goal {wanted})   {verdict(met=recall >= wanted)}"
    )
    print(
        f"  first three            {first:.3f} of {waiting} (could be known:"
        f" {found['knowable_first_three']:.3f}; goal {FIRST_THREE})"
        f"   {verdict(met=first >= FIRST_THREE)}"
    )
    print(
        f"  processor              {cost['cpu']:.2f} s, of it {cost['reading']:.2f} s reading;"
        f" floor {floor['cpu']:.3f} s; {times:.1f} times (goal {TIMES_FLOOR:.0f})"
        f"   {verdict(met=times <= TIMES_FLOOR)}"
    )
    print(
        f"                         {cost['cpu'] / floor['keys_cpu']:.1f} times a floor that joins"
        f" the keys alone ({floor['keys_cpu']:.3f} s, {floor['pairs']} pairs)"
    )
    judged = verdict(met=cost["memory"] <= MEMORY[1]) if size == MEMORY[0] else ""
    print(
        f"  memory                 {cost['memory']:.0f} MB; floor {floor['memory']:.0f} MB"
        f" (goal {MEMORY[1]:.0f} MB for {MEMORY[0]} buildings)   {judged}"
    )


def print_peers(
    folder: Path, names: Sequence[str], floor: dict[str, Any], python: str | None
) -> None:
    """Runs and prints the peers, each at its best setting by the truth."""
    print(
        "  peer            at    precision  could be known    recall  noise  first three"
        "    processor  times floor   memory   (< : the precision aimed at is not reached)"
    )
    for name in names:
        interpreter = python if name in OWN_PYTHON else sys.executable
        if interpreter is None:
            print(f"  {name}: not run (needs --peers, see benchmarks/peers.txt)")
            continue
        result = child(interpreter, "_peers", name, str(folder))
        if result is None:
            continue
        cost = result.pop("cost")
        for wanted, figures in result.items():
            short = "<" if figures["knowable_precision"] < float(wanted) else " "
            print(
                f"  {name:14}{short}{wanted:5} {figures['precision']:10.4f} "
                f"{figures['knowable_precision']:15.4f} {figures['recall']:9.3f}"
                f" {figures['noise']:6} {figures['first_three']:12.3f} {cost['cpu']:10.2f} s"
                f" {cost['cpu'] / floor['cpu']:12.1f} {cost['memory']:5.0f} MB"
            )


def run(kind: str, size: int, given: argparse.Namespace, folder: Path) -> float | None:
    """Generates one portfolio and prints all about it; returns the engine's processor time."""
    options = ["--buildings", str(size), "--seed", str(given.seed)]
    made = subprocess.run(
        [sys.executable, "-m", "benchmarks._second_portfolio", str(folder), *options]
        + (["--hard"] if kind == "hard" else []),
        cwd=TOP, check=False, capture_output=True, text=True,
    )  # fmt: skip
    if made.returncode:
        raise SystemExit(made.stderr)
    print(f"\n{kind}, {size} buildings: {made.stdout.strip()}")
    floor = child(sys.executable, "_floor", str(folder))
    found = child(sys.executable, "_ours", str(folder))
    if floor is None or found is None:
        return None
    print_classes(found)
    print_goals(kind, size, found, floor)
    if given.situations:
        print_situations(found)
    if size > given.peers_up_to:
        print(f"  peers: left out above {given.peers_up_to} buildings (--peers-up-to)")
    else:
        print_peers(folder, given.only, floor, given.peers)
    return float(found["cost"]["cpu"])


def main() -> None:
    """Runs every wanted size and kind, then prints the growth."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--buildings", type=int, nargs="+", default=[100, 1000])
    parser.add_argument("--plain", action="store_true", help="plain portfolios only")
    parser.add_argument("--hard", action="store_true", help="hard portfolios only")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--peers", help="Python with benchmarks/peers.txt installed")
    parser.add_argument("--peers-up-to", type=int, default=100)
    parser.add_argument("--situations", action="store_true", help="also by what happened in life")
    parser.add_argument(
        "--only", nargs="*", default=["extract", "cdist", "splink", "recordlinkage"],
        help="which peers",
    )  # fmt: skip
    given = parser.parse_args()
    both = given.plain == given.hard
    kinds = [k for k, asked in (("plain", given.plain), ("hard", given.hard)) if asked or both]
    for kind in kinds:
        costs: dict[int, float] = {}
        for size in given.buildings:
            with tempfile.TemporaryDirectory() as name:
                cost = run(kind, size, given, Path(name))
            if cost is not None:
                costs[size] = cost
        small, large, most = GROWTH
        if small in costs and large in costs:
            times = costs[large] / costs[small]
            print(
                f"growth {small} to {large} buildings: {times:.1f} times (goal {most:.0f})"
                f"   {verdict(met=times <= most)}"
            )


if __name__ == "__main__":
    main()
