"""The contract's tables as CSV: UTF-8, commas, ISO dates, amounts with a point.

Source: CONTRACT, tables of a portfolio folder.
"""

import csv
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self

from workbench.demo.books import Books, Supplier
from workbench.domain.money import iso_amount

HEADERS: Final = {
    "buildings": "building_id,name,kind,address,postcode,city,mandate_start,manager_email,"
    "landlord_email,call_months,first_call_sent_on",
    "bank_accounts": "iban,building_id,bic,bank_name,kind",
    "accounts": "account_id,building_id,holder,kind,code,person_id,aliases,payer_ibans,"
    "payment_mode,email,address,postcode,city,lots,coupon_code,trade,opened_on,closed_on",
    "dues": "due_id,account_id,kind,amount,due_on,label,period_start,period_end,call_id,reference",
    "calls": "call_id,building_id,called_on,kind,sent_on",
    "deliveries": "call_id,account_id,status,at,channel",
    "fee_schedule": "building_id,service,price,supplier_account,expense_account",
    "indexations": "account_id,from,old_amount,new_amount,label",
    "budgets": "account_id,planned_on,amount,label",
    "cheques": "cheque_id,received_on,amount,drawer,drawee_bank,number,coupon_code,account_id,"
    "building_id",
    "card_receipts": "transaction_id,at,amount,status,account_id,building_id,channel,reference",
    "suppliers": "supplier_id,name,trade,email,iban",
    "reminders_sent": "account_id,kind,sent_on,amount,channel",
    "plans": "account_id,started_on,months,amount,signed_on,ended_on",
    "procedures": "account_id,kind,started_on,ended_on,supplier_id,label",
    "snoozes": "building_id,from,until",
    "reminder_types": "type,order,schedule,day_of_month,threshold,strict,exclusions,validation,"
    "building_id",
}
# What the management contract lets the office charge (LAW L2).
_SERVICES: Final = (
    ("formal_notice", 4800), ("reminder_after_formal_notice", 3600), ("payment_plan", 9600),
    ("mortgage", 18000), ("mortgage_release", 18000), ("injunction", 15000),
    ("bailiff_file", 24000), ("lawyer_file", 36000),
)  # fmt: skip
_EXPENSE_ACCOUNT = "62200000"
Row = tuple[object, ...]


class TableFiles:
    """The tables' files of a portfolio, open together: buildings are added one by one.

    Args:
        directory: an existing folder.
    """

    def __init__(self, directory: Path) -> None:
        self._files: list[IO[str]] = []
        self._writers: dict[str, Callable[[Iterable[Row]], object]] = {}
        for name, header in HEADERS.items():
            file = (directory / f"{name}.csv").open("w", encoding="utf-8", newline="")
            self._files.append(file)
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(header.split(","))
            self._writers[name] = writer.writerows

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        error: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for file in self._files:
            file.close()

    def add_suppliers(self, suppliers: Iterable[Supplier]) -> None:
        """Writes suppliers, each once."""
        self._writers["suppliers"](
            (s.supplier_id, s.name, s.trade, s.email, s.iban) for s in suppliers
        )

    def add_building(self, books: Books) -> None:
        """Writes the rows of one building."""
        for name, rows in _rows(books):
            self._writers[name](rows)


def _rows(books: Books) -> Iterator[tuple[str, Iterable[Row]]]:
    here = books.building
    yield "buildings", [
        (
            here.building_id, here.name, here.kind, here.address, here.postcode, here.city,
            here.mandate_start, here.manager_email, here.landlord_email, here.call_months,
            _day(here.first_call_sent_on),
        )
    ]  # fmt: skip
    yield (
        "bank_accounts",
        [
            (
                b.account.iban,
                b.account.building_id,
                b.account.bic,
                b.account.bank_name,
                b.account.kind,
            )
            for b in books.bank_books
        ],
    )
    yield "accounts", (
        (
            a.account_id, a.building_id, a.holder, a.kind, a.code, a.person_id, "|".join(a.aliases),
            "|".join(a.payer_ibans), a.payment_mode, a.email, a.address, a.postcode, a.city, a.lots,
            a.coupon_code, a.trade, _day(a.opened_on), _day(a.closed_on),
        )
        for a in books.accounts
    )  # fmt: skip
    yield "dues", (
        (
            d.due_id, d.account_id, d.kind, iso_amount(d.amount_cents), d.due_on, d.label,
            _day(d.period_start), _day(d.period_end), d.call_id, d.reference,
        )
        for d in books.dues
    )  # fmt: skip
    yield "calls", ((c.call_id, c.building_id, c.called_on, c.kind, c.sent_on) for c in books.calls)
    yield (
        "deliveries",
        ((d.call_id, d.account_id, d.status, d.at, d.channel) for d in books.deliveries),
    )
    yield "indexations", (
        (
            i.account_id, i.from_on, iso_amount(i.old_amount_cents),
            iso_amount(i.new_amount_cents), i.label,
        )
        for i in books.indexations
    )  # fmt: skip
    yield (
        "budgets",
        ((b.account_id, b.planned_on, iso_amount(b.amount_cents), b.label) for b in books.budgets),
    )
    yield (
        "cheques",
        (
            (
                c.cheque_id, c.received_on, iso_amount(c.amount_cents), c.drawer, c.drawee_bank,
                c.number, c.coupon_code, c.account_id, c.building_id,
            )
            for c in books.cheques
        ),
    )  # fmt: skip
    yield (
        "card_receipts",
        (
            (
                r.transaction_id, r.at, iso_amount(r.amount_cents), r.status, r.account_id,
                r.building_id, r.channel, r.reference,
            )
            for r in books.card_receipts
        ),
    )  # fmt: skip
    yield from _recovery(books)
    yield "fee_schedule", _fee_schedule(books)
    yield "reminder_types", _reminder_types(books)


def _recovery(books: Books) -> Iterator[tuple[str, Iterable[Row]]]:
    yield (
        "reminders_sent",
        (
            (r.account_id, r.kind, r.sent_on, iso_amount(r.amount_cents), r.channel)
            for r in books.reminders_sent
        ),
    )
    yield (
        "plans",
        (
            (p.account_id, p.started_on, p.months, iso_amount(p.amount_cents), p.signed_on, "")
            for p in books.plans
        ),
    )
    yield (
        "procedures",
        (
            (p.account_id, p.kind, p.started_on, "", p.supplier_id, p.label)
            for p in books.procedures
        ),
    )
    yield "snoozes", ((s.building_id, s.from_on, s.until) for s in books.snoozes)


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


def _fee_schedule(books: Books) -> Iterator[Row]:
    """Yields what may be charged; a tenant never pays for a reminder (LAW L9)."""
    office = next((a.account_id for a in books.accounts if a.kind == "supplier"), "")
    if books.building.kind == "coownership":
        for service, cents in _SERVICES:
            yield books.building.building_id, service, iso_amount(cents), office, _EXPENSE_ACCOUNT


def _reminder_types(books: Books) -> Iterator[Row]:
    """Yields the contract's defaults, written out for the office to edit."""
    building_id = books.building.building_id
    if books.building.kind == "coownership":
        for order, name in enumerate(("simple", "formal_notice"), start=1):
            yield name, order, "calls", 5, "100.00", "yes", "", "automatic", building_id
        return
    for order, name in enumerate(("simple", "formal_notice"), start=1):
        yield name, order, "monthly", 10, "0.00", "yes", "", "automatic", building_id
