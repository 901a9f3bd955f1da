"""Facts in: cheques and card receipts, each known once, and what each is in the books.

A receipt has two sides. For each account it pays, a *receipt* item (-): what the holder paid. For
each building it pays in, a *deposit* item (+): what the bank is to credit. A receipt whose account
nobody knows has its deposit side alone, as soon as its building is known; its account comes with a
later import, which completes it and changes nothing.

Source: DOMAIN C5, C6, C10; LAW L7; docs/decisions/0016-receipts-and-returns.md.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, text

from workbench.domain.tables import TABLES_BY_NAME, split_parts
from workbench.ledger import journal, schema
from workbench.ledger.journal import JournalEntry, sealed
from workbench.ledger.store import insert_rows, next_number
from workbench.ledger.table_facts import (
    ITEM_COLUMNS,
    SEALED_COLUMNS,
    Refusal,
    TableResult,
    next_item,
    stored,
    summary,
)

RECEIPT_KINDS: Final = {"cheques": "cheque", "card_receipts": "card"}
# Cells that say whose a receipt is: they may come later than the money.
_WHOSE: Final = ("account_id", "building_id", "coupon_code", "split")
_OTHER_KIND: Final = {
    "cheques": "cet identifiant est déjà celui d'un paiement par carte",
    "card_receipts": "cet identifiant est déjà celui d'un chèque",
}


@dataclass(frozen=True, slots=True, order=True)
class _Side:
    """One side of a receipt: account_id is "" for the bank's, cents are signed."""

    receipt_id: str
    kind: str
    building_id: str
    account_id: str
    amount_cents: int


@dataclass(frozen=True, slots=True)
class _Accounts:
    """Building of each account, and the accounts of each (building, what payers quote)."""

    buildings: Mapping[str, str]
    quoted: Mapping[tuple[str, str], frozenset[str]]

    @classmethod
    def read(cls, connection: Connection) -> "_Accounts":
        rows = connection.execute(
            text("SELECT account_id, building_id, code, coupon_code FROM accounts")
        ).all()
        quoted: dict[tuple[str, str], set[str]] = {}
        for account, building, code, coupon in rows:
            for key in {(building, code or account), (building, coupon), ("", coupon)}:
                quoted.setdefault(key, set()).add(account)
        return cls(
            {row[0]: row[1] for row in rows},
            {key: frozenset(found) for key, found in quoted.items() if key[1]},
        )

    def quoting(self, words: str, building: str) -> str:
        """Returns the one account that goes by these words, "" when none or several do."""
        found = self.quoted.get((building, words.strip()), frozenset()) if words else frozenset()
        return next(iter(found)) if len(found) == 1 else ""


def store_receipts(
    connection: Connection,
    name: str,
    rows: Sequence[Mapping[str, Any]],
    *,
    actor: str,
    at: datetime,
) -> TableResult:
    """Stores the rows of `cheques` or `card_receipts`.

    Args:
        connection: of `Ledger.writing`.
        name: the table.
        rows: stored column name to value; columns that the file does not have are left out.
        actor: who imports.
        at: when.

    Returns:
        Counts (a receipt whose account was not known, and now is, counts as changed), and the
        rows that contradict a known fact.
    """
    table = TABLES_BY_NAME[name]
    (key,) = table.key
    accounts = _Accounts.read(connection)
    known = _known(connection, name)
    sides = _sides_of(connection, name)
    taken = _identifiers(connection, next(n for n in RECEIPT_KINDS if n != name))
    result = TableResult()
    new: dict[str, dict[str, Any]] = {}
    added: list[_Side] = []
    for index, row in enumerate(rows):
        values = {c: stored(row[c], number=table.column(c).is_number) for c in row}
        receipt = str(values[key])
        before = known.get(receipt) or new.get(receipt)
        if receipt in taken:
            result.refused.append(Refusal(index, key, receipt, _OTHER_KIND[name]))
        elif before is None:
            new[receipt] = values
            sides[receipt] = _sides(name, values, accounts)
            added += sorted(sides[receipt])
        elif refusal := _contradiction(before, values, index=index):
            result.refused.append(refusal)
        else:
            wanted = _sides(name, before | {c: v for c, v in values.items() if v}, accounts)
            refusal = _other_sides(values, wanted, sides.get(receipt, set()), index=index)
            more = wanted - sides.get(receipt, set())
            if refusal is not None:
                result.refused.append(refusal)
            elif more:
                result.changed += 1
                added += sorted(more)
                sides[receipt] = wanted
            else:
                result.known += 1
    result.new = len(new)
    facts = [_store_facts(connection, name, new)] if new else []
    facts += [_store_sides(connection, RECEIPT_KINDS[name], added)] if added else []
    if facts:
        data = summary(name, result) | {"facts": facts}
        entry = JournalEntry(action="import", subject=name, data=data)
        journal.append(connection, [entry], actor=actor, at=at)
    return result


def identify_waiting(connection: Connection, *, actor: str, at: datetime) -> int:
    """Gives their sides to receipts that an account known since then explains.

    Args:
        connection: of `Ledger.writing`.
        actor: who imported what explains them.
        at: when.

    Returns:
        How many receipts got a side.
    """
    accounts = _Accounts.read(connection)
    found = 0
    for name in RECEIPT_KINDS:
        sides = _sides_of(connection, name)
        added: list[_Side] = []
        for receipt, values in sorted(_known(connection, name).items()):
            have = sides.get(receipt, set())
            wanted = _sides(name, values, accounts)
            if wanted > have:
                added += sorted(wanted - have)
                found += 1
        if added:
            data = {"table": name, "facts": [_store_sides(connection, RECEIPT_KINDS[name], added)]}
            entry = JournalEntry(action="import", subject=name, data=data)
            journal.append(connection, [entry], actor=actor, at=at)
    return found


def _sides(name: str, values: Mapping[str, Any], accounts: _Accounts) -> set[_Side]:
    """Returns what a receipt is in the books, as far as its cells say."""
    receipt = str(values[TABLES_BY_NAME[name].key[0]])
    if values.get("status") == "error":
        # Kept for questions, never a receipt (DOMAIN C10).
        return set()
    cents = int(values["amount_cents"])
    building = str(values.get("building_id") or "")
    paid = split_parts(str(values.get("split") or ""))
    if not paid:
        quoted = str(values.get("coupon_code") or values.get("reference") or "")
        account = str(values.get("account_id") or "") or accounts.quoting(quoted, building)
        paid = {account: cents} if account else {}
    sides = set()
    for account, part in paid.items():
        sides.add(_Side(receipt, "receipt", accounts.buildings[account], account, -part))
    credited: dict[str, int] = {} if paid or not building else {building: cents}
    for account, part in paid.items():
        own = accounts.buildings[account]
        credited[own] = credited.get(own, 0) + part
    for own, part in credited.items():
        sides.add(_Side(receipt, "deposit", own, "", part))
    return sides


def _contradiction(
    before: Mapping[str, Any], values: Mapping[str, Any], *, index: int
) -> Refusal | None:
    """Returns why a receipt that comes again cannot be: its money differs from what it was."""
    for column, value in values.items():
        was = before.get(column)
        if was == value or (column in _WHOSE and not (was and value)):
            continue
        reason = f"encaissement déjà importé avec une autre valeur ({was}) : un fait ne change pas"
        return Refusal(index, column, str(value), reason)
    return None


def _other_sides(
    values: Mapping[str, Any], wanted: Collection[_Side], have: Collection[_Side], *, index: int
) -> Refusal | None:
    """Returns why what a receipt now says of its accounts contradicts what is in the books."""
    # Nothing said this time of what an earlier import said.
    if set(have) <= set(wanted) or set(wanted) <= set(have):
        return None
    column = next((c for c in _WHOSE if values.get(c)), "account_id")
    reason = "encaissement déjà affecté autrement : un fait ne change pas"
    return Refusal(index, column, str(values.get(column, "")), reason)


def _store_facts(
    connection: Connection, name: str, new: Mapping[str, Mapping[str, Any]]
) -> list[Any]:
    table = schema.METADATA.tables[name]
    columns = SEALED_COLUMNS[name]
    first = next_number(connection, table, "fact_id")
    rows, digest = sealed(
        (number, *(new[receipt].get(c, "") for c in columns[1:-1]))
        for number, receipt in enumerate(new, start=first)
    )
    insert_rows(connection, table, columns, rows)
    return [name, first, first + len(rows) - 1, digest]


def _store_sides(connection: Connection, kind: str, sides: Iterable[_Side]) -> list[Any]:
    first = next_item(connection)
    ordered = list(sides)
    several = _in_several_parts(ordered)
    rows, digest = sealed(
        (
            number, _name(side, several), side.kind, kind, side.receipt_id, side.building_id,
            side.account_id, side.amount_cents,
        )
        for number, side in enumerate(ordered, start=first)
    )  # fmt: skip
    insert_rows(connection, schema.receipt_sides, SEALED_COLUMNS["receipt_sides"], rows)
    insert_rows(
        connection,
        schema.items,
        ITEM_COLUMNS,
        [(row[0], row[2], row[5], row[6], row[7]) for row in rows],
    )
    return ["receipt_sides", first, first + len(rows) - 1, digest]


def _in_several_parts(sides: Iterable[_Side]) -> set[str]:
    """Returns the receipts that pay several accounts: their parts need a name each."""
    paid: dict[str, int] = {}
    for side in sides:
        paid[side.receipt_id] = paid.get(side.receipt_id, 0) + (side.kind == "receipt")
    return {receipt for receipt, count in paid.items() if count > 1}


def _name(side: _Side, several: Collection[str]) -> str:
    if side.kind == "deposit":
        return f"{side.receipt_id}@{side.building_id}"
    return f"{side.receipt_id}/{side.account_id}" if side.receipt_id in several else side.receipt_id


def _known(connection: Connection, name: str) -> dict[str, dict[str, Any]]:
    (key,) = TABLES_BY_NAME[name].key
    rows = connection.execute(schema.METADATA.tables[name].select()).mappings()
    return {str(row[key]): dict(row) for row in rows}


def _identifiers(connection: Connection, name: str) -> set[str]:
    (key,) = TABLES_BY_NAME[name].key
    return set(connection.execute(text(f"SELECT {key} FROM {name}")).scalars())


def _sides_of(connection: Connection, name: str) -> dict[str, set[_Side]]:
    sides: dict[str, set[_Side]] = {}
    rows = connection.execute(
        text(
            "SELECT receipt_id, kind, building_id, account_id, amount_cents FROM receipt_sides"
            " WHERE receipt_kind = :kind"
        ),
        {"kind": RECEIPT_KINDS[name]},
    )
    for row in rows:
        sides.setdefault(str(row[0]), set()).add(_Side(*row))
    return sides
