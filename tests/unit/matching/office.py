"""A small office to match on: accounts, dues and movements in a few words, the engine's answer."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pandas as pd

from workbench.matching.config import DEFAULT, MatchConfig
from workbench.matching.engine import match
from workbench.matching.inputs import Matches, MatchInputs

DUPONT_IBAN = "FR7630004000031234567890143"
OTHER_IBAN = "FR7610107001011234567890129"
ACCOUNT_COLUMNS = ("account_id", "building_id", "holder", "kind", "code", "person_id", "aliases",
                   "payer_ibans", "coupon_code", "lots")  # fmt: skip
DUE_COLUMNS = ("item_id", "due_id", "account_id", "building_id", "kind", "label", "amount_cents",
               "open_cents", "due_on", "issued_on", "period_start", "period_end", "call_id",
               "reference")  # fmt: skip
MOVEMENT_TEXTS = ("label", "counterparty", "counterparty_iban", "ultimate_party", "end_to_end_id",
                  "mandate_id", "remittance_reference", "operation_code",
                  "return_reason")  # fmt: skip


@dataclass
class Office:
    """Rows as they are added; numbers are given in order (accounts' codes too)."""

    accounts: list[dict[str, Any]] = field(default_factory=list)
    dues: list[dict[str, Any]] = field(default_factory=list)
    movements: list[dict[str, Any]] = field(default_factory=list)
    known_payers: list[dict[str, Any]] = field(default_factory=list)
    rejections: list[dict[str, Any]] = field(default_factory=list)
    settled: list[dict[str, Any]] = field(default_factory=list)

    def account(self, holder: str, *, building: str = "B1", **values: str) -> str:
        account_id = values.pop("account_id", f"4500{len(self.accounts) + 1:04d}")
        row = dict.fromkeys(ACCOUNT_COLUMNS, "")
        row |= {"account_id": account_id, "building_id": building, "holder": holder}
        row |= {"kind": "coowner", "code": account_id} | values
        self.accounts.append(row)
        return account_id

    def due(self, account: str, euros: float, on: str, **values: Any) -> int:
        item_id = 1000 + len(self.dues)
        building = next(a["building_id"] for a in self.accounts if a["account_id"] == account)
        cents = round(euros * 100)
        row: dict[str, Any] = dict.fromkeys(DUE_COLUMNS, "")
        row |= {"item_id": item_id, "due_id": f"D{len(self.dues) + 1}", "account_id": account}
        row |= {"building_id": building, "kind": "call", "amount_cents": cents}
        row |= {"open_cents": cents, "due_on": date.fromisoformat(on), "issued_on": None}
        row |= {"period_start": None, "period_end": None} | values
        self.dues.append(row)
        return item_id

    def movement(self, euros: float, on: str, label: str = "VIR SEPA", **values: Any) -> int:
        item_id = 1 + len(self.movements)
        cents = round(euros * 100)
        row: dict[str, Any] = dict.fromkeys(MOVEMENT_TEXTS, "")
        row |= {"item_id": item_id, "building_id": "B1", "iban": "FR76OWN", "label": label}
        row |= {"booked_on": date.fromisoformat(on), "amount_cents": cents, "open_cents": cents}
        self.movements.append(row | values)
        return item_id

    def inputs(self) -> MatchInputs:
        return MatchInputs(
            movements=_dated(pd.DataFrame(self.movements), "booked_on"),
            dues=_dated(
                pd.DataFrame(self.dues), "due_on", "issued_on", "period_start", "period_end"
            ),
            accounts=pd.DataFrame(self.accounts),
            known_payers=pd.DataFrame(self.known_payers),
            rejections=pd.DataFrame(self.rejections),
            settled=_dated(pd.DataFrame(self.settled), "booked_on"),
        )

    def match(self, config: MatchConfig = DEFAULT) -> Matches:
        return match(self.inputs(), config=config)

    # What came out

    def accepted(self, movement: int = 1, config: MatchConfig = DEFAULT) -> dict[str, float]:
        """Euros by due of the accepted link; empty when it was not accepted."""
        found = rows_of(self.match(config), movement)
        return self._parts(found[found["verdict"] == "accept"])

    def proposed(self, movement: int = 1) -> list[str]:
        """Accounts proposed, best first; empty when the link was accepted or there is none."""
        found = rows_of(self.match(), movement)
        found = found[found["verdict"] == "propose"]
        return list(dict.fromkeys(found["account_id"]))

    def kind(self, movement: int = 1) -> str:
        """What the movement was classified as; "" when it has proposals."""
        found = self.match().classified.set_index("movement_item_id")["kind"]
        return str(found.get(movement, ""))

    def words(self, movement: int = 1) -> str:
        found = self.match().classified.set_index("movement_item_id")["words"]
        return str(found.get(movement, ""))

    def rule(self, movement: int = 1) -> str:
        found = rows_of(self.match(), movement)
        return str(found["rule"].iloc[0])

    def _parts(self, rows: pd.DataFrame) -> dict[str, float]:
        names = {d["item_id"]: d["due_id"] for d in self.dues}
        return {
            names[due]: cents / 100
            for due, cents in zip(rows["due_item_id"], rows["amount_cents"], strict=True)
        }


def rows_of(matches: Matches, movement: int) -> pd.DataFrame:
    return matches.proposals[matches.proposals["movement_item_id"] == movement]


def _dated(frame: pd.DataFrame, *columns: str) -> pd.DataFrame:
    for column in columns:
        if column in frame.columns:
            frame[column] = pd.to_datetime(frame[column]).astype("datetime64[s]")
    return frame
