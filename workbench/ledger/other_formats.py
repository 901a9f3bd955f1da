"""The same movement told by two formats under two names: known once all the same.

A bank's reference is the name of a movement (`loaders.identity`); where two formats of one account
use different references, or one has none, the names differ. Then, between formats only:

- the same account, day, amount, currency and text are the same movement, the second of two twins
  being the second of the other format's two;
- where both formats hold the whole statement (same account, closing day, balances, number of
  entries, money in and out), the same day, amount and currency are enough.

What has the same day and amount but another text, without such a statement, may be two payments:
both are kept, and said to be looked at. What comes within one format is never compared here.

Source: docs/decisions/0011-bank-formats-of-one-account.md; DOMAIN A1.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, text

from workbench.domain.records import EUR, BankStatement, Entry

if TYPE_CHECKING:
    from workbench.ledger.bank_facts import NamedStatement

_FORMATS: Final = text(
    "SELECT DISTINCT f.format FROM statements s JOIN files f ON f.file_id = s.file_id"
    " WHERE s.iban = :iban"
)
_MOVEMENTS: Final = text(
    "SELECT m.movement_id, m.booked_on, m.amount_cents, m.currency, m.label, f.format, m.details,"
    " m.counterparty_iban, m.end_to_end_id, m.mandate_id, m.remittance_reference, m.return_reason"
    " FROM movements m JOIN statements s ON s.statement_id = m.statement_id"
    " JOIN files f ON f.file_id = s.file_id"
    " WHERE m.iban = :iban AND m.booked_on BETWEEN :first AND :last ORDER BY m.item_id"
)
_SAME_STATEMENT: Final = text(
    "SELECT DISTINCT f.format FROM statements s JOIN files f ON f.file_id = s.file_id"
    " WHERE s.iban = :iban AND s.closed_on = :closed_on AND s.opening_cents = :opening"
    " AND s.closing_cents = :closing AND s.entries = :entries AND s.credits_cents = :credits"
    " AND s.debits_cents = :debits"
)
# Day, amount and currency.
_Money = tuple[str, int, str]
# What a movement may lack that another format tells: columns after `details`.
_MORE: Final = (
    "counterparty_iban", "end_to_end_id", "mandate_id", "remittance_reference", "return_reason",
)  # fmt: skip


def family(format_name: str) -> str:
    """Returns what banks word alike: `camt.053.001.08` and `.02` are one, .052 is another."""
    return ".".join(format_name.split(".")[:2])


class _Known:
    """A movement that another format told."""

    __slots__ = ("label", "lacks", "movement_id")

    def __init__(self, row: Sequence[Any]) -> None:
        self.movement_id: str = row[0]
        self.label = _folded(row[4])
        lacking = {name for name, value in zip(_MORE, row[7:], strict=True) if not value}
        self.lacks = lacking | (set() if '"parts":[[' in row[6] else {"parts"})


class OtherFormats:
    """Looks, for one file, for its movements among those of other formats."""

    def __init__(
        self,
        connection: Connection,
        *,
        format: str,  # noqa: A002 - the column
        formats: dict[str, set[str]] | None = None,
    ) -> None:
        """Asks nothing yet.

        Args:
            connection: of `Ledger.writing`.
            format: of the file.
            formats: families each account is known by, where it was asked; kept up to date here;
                its own when None.
        """
        self.richer: list[tuple[BankStatement, Entry, str, str]] = []
        self.doubtful = 0
        self.first_doubt = ("", "")
        self._connection = connection
        self._family = family(format)
        self._formats = {} if formats is None else formats
        self._is_same: dict[int, bool] = {}
        # A movement answers one entry of a file, however long the file is.
        self._taken: set[str] = set()

    def known(
        self, chunk: Sequence[tuple[Entry, str, "NamedStatement", int]], *, known: set[str]
    ) -> set[str]:
        """Returns the names of entries that another format told under another name.

        Args:
            chunk: entries in their order, each with its name and statement.
            known: names among them that the ledger has already.
        """
        found: set[str] = set()
        groups: defaultdict[str, list[tuple[Entry, str, NamedStatement]]] = defaultdict(list)
        for entry, name, told, _ in chunk:
            groups[told.statement.iban].append((entry, name, told))
        for iban, entries in groups.items():
            if iban not in self._formats:
                names = self._connection.execute(_FORMATS, {"iban": iban}).scalars()
                self._formats[iban] = {family(name) for name in names}
            if self._formats[iban] - {self._family}:
                found |= self._known_of(iban, entries, known=known)
            self._formats[iban].add(self._family)
        return found

    def _known_of(
        self,
        iban: str,
        entries: Sequence[tuple[Entry, str, "NamedStatement"]],
        *,
        known: set[str],
    ) -> set[str]:
        others = self._others(iban, entries)
        found: set[str] = set()
        for entry, name, told in entries:
            if name in known:
                same = others.named(name)
                if same is not None:
                    self._taken.add(name)
                    self._complete(told.statement, entry, name, same)
        for entry, name, told in entries:
            if name in known or name in found:
                continue
            free = [k for k in others.alike(entry, told) if k.movement_id not in self._taken]
            label = _folded(entry.label)
            same = next((k for k in free if k.label == label), None)
            if same is None and free and self._is_same_statement(told):
                same = free[0]
            if same is None:
                if free:
                    if not self.doubtful:
                        self.first_doubt = (name, free[0].movement_id)
                    self.doubtful += 1
                continue
            self._taken.add(same.movement_id)
            found.add(name)
            self._complete(told.statement, entry, name, same)
        return found

    def _others(
        self, iban: str, entries: Sequence[tuple[Entry, str, "NamedStatement"]]
    ) -> "_Others":
        days = [entry.booked_on for entry, _, _ in entries]
        span = {"iban": iban, "first": min(days).isoformat(), "last": max(days).isoformat()}
        rows = self._connection.execute(_MOVEMENTS, span)
        return _Others([row for row in rows if family(row[5]) != self._family])

    def _is_same_statement(self, told: "NamedStatement") -> bool:
        """Tells whether another format holds this very statement, whole."""
        statement, totals = told.statement, told.totals
        if id(told) not in self._is_same:
            formats: list[str] = []
            if statement.opening_cents is not None and not statement.balance_gap_cents(
                totals=totals
            ):
                asked = {
                    "iban": statement.iban, "opening": statement.opening_cents,
                    "closing": statement.closing_cents, "entries": totals.count,
                    "closed_on": statement.closed_on.isoformat() if statement.closed_on else "",
                    "credits": totals.credits_cents, "debits": totals.debits_cents,
                }  # fmt: skip
                formats = list(self._connection.execute(_SAME_STATEMENT, asked).scalars())
            self._is_same[id(told)] = any(family(f) != self._family for f in formats)
        return self._is_same[id(told)]

    def _complete(self, statement: BankStatement, entry: Entry, name: str, same: _Known) -> None:
        """Keeps an entry that tells more than the movement's own file did."""
        if any(getattr(entry, what) for what in same.lacks):
            self.richer.append((statement, entry, name, same.movement_id))


class _Others:
    """Movements of some days, told by other formats."""

    def __init__(self, rows: Sequence[Sequence[Any]]) -> None:
        self._by_name: dict[str, _Known] = {}
        self._by_money: defaultdict[_Money, list[_Known]] = defaultdict(list)
        for row in rows:
            known = _Known(row)
            self._by_name[known.movement_id] = known
            self._by_money[(row[1], row[2], row[3])].append(known)

    def named(self, name: str) -> _Known | None:
        """Returns the movement of that name."""
        return self._by_name.get(name)

    def alike(self, entry: Entry, told: "NamedStatement") -> list[_Known]:
        """Returns the movements of the same day, amount and currency."""
        currency = entry.extra.get("currency") or told.statement.currency or EUR
        return self._by_money.get((entry.booked_on.isoformat(), entry.amount_cents, currency), [])


def _folded(label: str) -> str:
    """Returns a label without what formats do to white space and capitals."""
    return " ".join(label.split()).upper()
