"""One peer on one portfolio, in a process of its own; prints what it cost and found as JSON.

    python -m benchmarks._peers extract|cdist|splink|recordlinkage FOLDER

All get the same blocking (the building), the same words (label and counterparty against holder,
aliases), codes, listed IBANs and amounts that an account's dues make, and `_assignment`. The
string peers add fixed bonuses for a code, an IBAN and a fitting amount; Splink and recordlinkage
learn their own weights (expectation maximisation) from the same features.
"""

import argparse
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from benchmarks._assignment import assign, best_settings
from benchmarks._measure import Meter
from benchmarks._scoring import Score, read_truth
from benchmarks._sides import Sides, read_sides

# A code is sure, a listed IBAN nearly, a fitting amount helps; in points of a score of 100.
_CODE: Final = 60.0
_IBAN: Final = 45.0
_AMOUNT: Final = 30.0
_KEPT: Final = 5


def extract(sides: Sides) -> pd.DataFrame:
    """One `rapidfuzz.process.extract` a movement, over the accounts of its building."""
    from rapidfuzz import fuzz, process  # noqa: PLC0415 - each peer imports its own library

    accounts: dict[str, list[tuple[Any, ...]]] = {}
    names: dict[str, dict[int, str]] = {}
    columns = ("building_id", "account_id", "text", "code", "ibans", "amounts")
    for building, account, text, code, ibans, amounts in _rows(sides.accounts, *columns):
        rows = accounts.setdefault(building, [])
        names.setdefault(building, {})[len(rows)] = text
        rows.append((account, code, ibans, frozenset(amounts)))
    found: list[tuple[int, str, float]] = []
    columns = ("item_id", "building_id", "text", "tokens", "counterparty_iban", "amount_cents")
    for item, building, text, tokens, iban, cents in _rows(sides.movements, *columns):
        for _, points, place in process.extract(
            text, names[building], scorer=fuzz.token_set_ratio, limit=None
        ):
            account, code, ibans, amounts = accounts[building][place]
            total = points + _AMOUNT * (cents in amounts)
            total += _IBAN * (iban in ibans) + _CODE * (code in tokens)
            if total > _CODE:
                found.append((item, account, total))
    return _best(pd.DataFrame(found, columns=["movement_item_id", "account_id", "score"]))


def _rows(frame: pd.DataFrame, *columns: str) -> Iterator[tuple[Any, ...]]:
    return zip(*(frame[column].tolist() for column in columns), strict=True)


def cdist(sides: Sides) -> pd.DataFrame:
    """One `rapidfuzz.process.cdist` a building; bonuses as matrices."""
    from rapidfuzz import fuzz, process  # noqa: PLC0415 - each peer imports its own library

    accounts = dict(list(sides.accounts.groupby("building_id")))
    parts = []
    for name, moves in sides.movements.groupby("building_id"):
        rows = accounts[name]
        points = process.cdist(
            moves["text"].tolist(), rows["text"].tolist(), scorer=fuzz.token_set_ratio, workers=1
        ).astype("float64")
        points += _AMOUNT * _hits(_lists(moves["amount_cents"]), rows["amounts"])
        points += _IBAN * _hits(_lists(moves["counterparty_iban"]), rows["ibans"])
        points += _CODE * _hits(moves["tokens"], _lists(rows["code"]))
        left, right = np.nonzero(points > _CODE)
        parts.append(
            pd.DataFrame(
                {
                    "movement_item_id": moves["item_id"].to_numpy()[left],
                    "account_id": rows["account_id"].to_numpy()[right],
                    "score": points[left, right],
                }
            )
        )
    return _best(pd.concat(parts, ignore_index=True))


def _lists(values: pd.Series) -> pd.Series:
    """Returns each value as a list of one, a missing one as an empty list."""
    return values.map(lambda value: [value] if value else [])


def _hits(left: Any, right: Any) -> Any:  # noqa: ANN401 - lists of hashable values, a matrix
    """Returns the matrix of who shares a value with whom."""
    holders: dict[object, list[int]] = {}
    for place, values in enumerate(right):
        for value in values:
            holders.setdefault(value, []).append(place)
    matrix = np.zeros((len(left), len(right)))
    for row, values in enumerate(left):
        for value in values:
            matrix[row, holders.get(value, [])] = 1.0
    return matrix


def _best(found: pd.DataFrame) -> pd.DataFrame:
    """Returns the best few accounts of each movement."""
    ranked = found.sort_values(["movement_item_id", "score"], ascending=[True, False])
    return ranked[ranked.groupby("movement_item_id").cumcount() < _KEPT]


def splink(sides: Sides) -> pd.DataFrame:
    """Splink 4 on DuckDB: five comparisons on lists, weights by expectation maximisation."""
    import duckdb  # noqa: PLC0415 - only in the peers' environment
    import splink.comparison_library as cl  # noqa: PLC0415
    from splink import DuckDBAPI, Linker, SettingsCreator  # noqa: PLC0415

    left = sides.movements.assign(
        unique_id=sides.movements["item_id"].astype(str),
        codes=sides.movements["tokens"],
        spelt=sides.movements["tokens"],
        ibans=_lists(sides.movements["counterparty_iban"]),
        amounts=_lists(sides.movements["amount_cents"]),
    )
    right = sides.accounts.assign(
        unique_id=sides.accounts["account_id"],
        codes=_lists(sides.accounts["code"]),
        spelt=sides.accounts["tokens"],
    )
    columns = ["unique_id", "building_id", "tokens", "spelt", "codes", "ibans", "amounts"]
    settings = SettingsCreator(
        link_type="link_only",
        blocking_rules_to_generate_predictions=["l.building_id = r.building_id"],
        comparisons=[
            cl.ArrayIntersectAtSizes("tokens", [2, 1]),
            cl.PairwiseStringDistanceFunctionAtThresholds("spelt", "jaro_winkler", [0.92]),
            cl.ArrayIntersectAtSizes("codes", [1]),
            cl.ArrayIntersectAtSizes("ibans", [1]),
            cl.ArrayIntersectAtSizes("amounts", [1]),
        ],
    )  # fmt: skip
    # One thread: processor time is what is compared.
    connection = duckdb.connect(config={"threads": 1})
    # Splink 4 writes lambdas in the older of DuckDB's two ways.
    connection.execute("SET lambda_syntax = 'ENABLE_SINGLE_ARROW'")
    api = DuckDBAPI(connection=connection)
    linker = Linker([left[columns], right[columns]], settings, db_api=api,
                    input_table_aliases=["movements", "accounts"])  # fmt: skip
    same = "l.building_id = r.building_id"
    training = linker.training
    training.estimate_probability_two_random_records_match(
        [f"{same} and len(list_intersect(l.codes, r.codes)) > 0",
         f"{same} and len(list_intersect(l.ibans, r.ibans)) > 0"], recall=0.7,
    )  # fmt: skip
    training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    for column in ("amounts", "codes"):
        training.estimate_parameters_using_expectation_maximisation(
            f"{same} and len(list_intersect(l.{column}, r.{column})) > 0",
            fix_u_probabilities=True,
        )
    pairs = linker.inference.predict(threshold_match_weight=-2).as_pandas_dataframe()
    # Which side comes first is by alias.
    first = pairs["source_dataset_l"] == "movements"
    item = pairs["unique_id_l"].where(first, pairs["unique_id_r"])
    account = pairs["unique_id_r"].where(first, pairs["unique_id_l"])
    return _best(
        pd.DataFrame(
            {
                "movement_item_id": item.astype("int64"),
                "account_id": account,
                "score": pairs["match_weight"],
            }
        )
    )


def recordlinkage(sides: Sides) -> pd.DataFrame:
    """The recordlinkage toolkit: blocked pairs, four comparisons, ECM weights."""
    import recordlinkage as toolkit  # noqa: PLC0415 - only in the peers' environment

    left = sides.movements.set_index("item_id")
    right = sides.accounts.set_index("account_id")
    index = toolkit.Index()
    index.block("building_id")
    pairs = index.index(left, right)
    compare = toolkit.Compare()
    for frame in (left, right):
        frame["sorted"] = frame["tokens"].map(lambda words: " ".join(sorted(words)))
    compare.string("sorted", "sorted", method="jarowinkler", threshold=0.75, label="name")
    for name, mine, theirs in (
        ("words", "tokens", "tokens"), ("code", "tokens", "code"),
        ("iban", "counterparty_iban", "ibans"), ("amount", "amount_cents", "amounts"),
    ):  # fmt: skip
        compare.compare_vectorized(_OVERLAPS[name], mine, theirs, label=name)
    features = compare.compute(pairs, left, right)
    classifier = toolkit.ECMClassifier(binarize=0.5)
    classifier.fit(features)
    # Log-odds part what probabilities near one do not.
    chances = classifier.prob(features).clip(1e-15, 1 - 1e-15)
    table = np.log(chances / (1 - chances)).rename("score").reset_index()
    table.columns = pd.Index(["movement_item_id", "account_id", "score"])
    return _best(table[table["score"] > 0])


def _overlap(test: Callable[[Any, Any], bool]) -> Callable[[pd.Series, pd.Series], pd.Series]:
    def compared(left: pd.Series, right: pd.Series) -> pd.Series:
        hits = [float(test(a, b)) for a, b in zip(left, right, strict=True)]
        return pd.Series(hits, index=left.index)

    return compared


_OVERLAPS: Final = {
    "words": _overlap(lambda a, b: len(set(a) & set(b)) > 1),
    "code": _overlap(lambda a, b: b in a),
    "iban": _overlap(lambda a, b: bool(a) and a in b),
    "amount": _overlap(lambda a, b: a in b),
}
PEERS: Final[dict[str, Callable[[Sides], pd.DataFrame]]] = {
    "extract": extract,
    "cdist": cdist,
    "splink": splink,
    "recordlinkage": recordlinkage,
}


def _figures(found: Score) -> dict[str, float]:
    return {
        "links": found.total.links,
        "precision": found.total.precision,
        "knowable_precision": found.total.knowable_precision,
        "bound": found.total.bound,
        "recall": found.recall,
        "noise": found.noise_accepted,
        "first_three": found.first_three / found.waiting if found.waiting else 1.0,
    }


def main() -> None:
    """Runs one peer and prints its cost and its figures at .995 and at .999."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("peer", choices=list(PEERS))
    parser.add_argument("folder", type=Path)
    asked = parser.parse_args()
    meter = Meter()
    sides = read_sides(asked.folder)
    candidates = PEERS[asked.peer](sides)
    top = candidates.drop_duplicates("movement_item_id")
    assign(sides, top[["movement_item_id", "account_id"]])
    cost = meter.read()
    truth = read_truth(asked.folder)
    result: dict[str, Any] = {"cost": cost}
    settings = best_settings(sides, candidates, truth, precisions=(0.995, 0.999))
    for precision, setting in settings.items():
        result[str(precision)] = _figures(setting.score) | {"strictness": setting.strictness}
    # Splink reports its training on the standard output too: the result is the last line.
    print(json.dumps(result))


if __name__ == "__main__":
    main()
