"""Which buildings a run of the matching has to look at: those of which something changed.

Exact, not approximate: the result is the one of a run over everything (tests/properties).

Source: MATCHING, incremental; docs/decisions/0018-incremental-matching.md.
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import date

import pandas as pd

from workbench.ledger import views, watermarks
from workbench.ledger.store import Ledger
from workbench.ledger.watermarks import Mark
from workbench.matching.config import RULE_VERSION, MatchConfig
from workbench.pipeline.open_side import Books


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewal:
    """What a run looks at and what it may vouch for afterwards.

    Attributes:
        buildings: to look at.
        contexts: of every building, see `watermarks`.
        seen: last decision and last item when the ledger was read.
        as_of: the day of the run.
    """

    buildings: frozenset[str]
    contexts: dict[str, str]
    seen: Mark
    as_of: date

    def only(self, books: Books) -> Books:
        """Returns the books with the money of these buildings; every due stays."""
        movements, receipts = books.movements, books.receipts
        return replace(
            books,
            movements=movements[movements["building_id"].isin(self.buildings)],
            receipts=receipts[receipts["building_id"].isin(self.buildings)],
        )


def renewal(
    ledger: Ledger,
    *,
    accounts: pd.DataFrame,
    known_payers: pd.DataFrame,
    config: MatchConfig,
    as_of: date,
    everything: bool,
) -> Renewal:
    """Returns what to look at; inside `Ledger.snapshot`.

    Args:
        ledger: open.
        accounts: every account of the portfolio.
        known_payers: what was learnt, with `building_id`.
        config: of this run.
        as_of: the day of the run.
        everything: look at every building, whatever changed.
    """
    names = views.buildings(ledger)["building_id"].tolist()
    with ledger.reading() as connection:
        seen = watermarks.present(connection)
        later = watermarks.later_facts(connection)
        together = _digest(
            RULE_VERSION, _settings(config), later, _of_frame(accounts),
            _of_frame(views.bank_accounts(ledger)), _of_frame(views.calls(ledger)),
        )  # fmt: skip
        contexts = {
            name: _digest(together, _of_frame(known_payers[known_payers["building_id"] == name]))
            for name in names
        }
        if everything:
            chosen = set(names)
        else:
            chosen = watermarks.touched(connection, contexts, as_of=as_of)
            if chosen:
                chosen |= watermarks.unsettled(connection) & set(names)
    return Renewal(buildings=frozenset(chosen), contexts=contexts, seen=seen, as_of=as_of)


def _settings(config: MatchConfig) -> str:
    weights = sorted(config.weights.items())
    return repr((sorted(config.accepts), weights, replace(config, accepts=frozenset(), weights={})))


def _of_frame(frame: pd.DataFrame) -> str:
    hashes = pd.util.hash_pandas_object(frame, index=False)
    return hashlib.sha256(hashes.to_numpy().tobytes()).hexdigest()


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()
