"""`python -m workbench.demo data/demo`: writes the committed demo portfolio.

Other sizes are for benchmarks: `--coownerships 700 --rentals 300 --accounts 60 --truth`.
"""

import sys
from argparse import ArgumentParser
from datetime import date
from pathlib import Path

from workbench.demo.portfolio import DEMO_FIRST_MONTH, DEMO_MONTHS, DEMO_SEED, generate


def main(arguments: list[str]) -> int:
    """Writes a portfolio and says how much; 0 once done."""
    parser = ArgumentParser(prog="python -m workbench.demo", description=__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--seed", type=int, default=DEMO_SEED)
    parser.add_argument("--coownerships", type=int, default=4)
    parser.add_argument("--rentals", type=int, default=2)
    parser.add_argument("--months", type=int, default=DEMO_MONTHS)
    parser.add_argument("--first-month", type=date.fromisoformat, default=DEMO_FIRST_MONTH)
    parser.add_argument("--accounts", type=int, default=None, help="per building")
    parser.add_argument("--truth", action="store_true", help="also write truth.csv")
    options = parser.parse_args(arguments)
    portfolio = generate(
        seed=options.seed,
        coownerships=options.coownerships,
        rentals=options.rentals,
        months=options.months,
        first_month=options.first_month,
        accounts_per_building=options.accounts,
    )
    written = portfolio.write(options.directory, truth=options.truth)
    print(", ".join(f"{count} {name}" for name, count in written.items()))  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
