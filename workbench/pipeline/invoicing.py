"""What a reminder is charged: the fee, its invoice, its due on the holder's account.

The rules are in `reminders.fees`; here the ledger's fee schedules and the law's list of services
meet them, and invoices are written, validated and cancelled, each in one transaction.
"""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final

import pandas as pd
from sqlalchemy import Connection

from workbench.domain.dates import DateError, french_date, parse_date
from workbench.domain.errors import DecisionRefusedError, ParameterError
from workbench.domain.money import french_euros
from workbench.domain.policies import ReminderType
from workbench.domain.records import AccountKind, BuildingKind
from workbench.ledger import fee_invoices as invoices
from workbench.ledger import views
from workbench.ledger.store import Ledger
from workbench.pipeline.deciding import Outcome
from workbench.reminders import fees
from workbench.reminders.fees import Debtor, Fee, ListedService, NoFee, Price

SERVICES_FILE: Final = "contrat-type.csv"
_COLUMNS: Final = ("prestation", "debut", "fin", "libelle", "autres_noms", "avertissement")
_REQUIRED: Final = ("prestation", "debut", "libelle")
# What an office writes as the trade of a tenant whose lease is not of a home (LAW L9).
COMMERCIAL: Final = frozenset({"bail commercial", "bail professionnel"})
_TABLE_WORDS: Final = "la liste des prestations facturables"


@dataclass(frozen=True, slots=True)
class NewInvoice:
    """What one reminder (None: another service) costs one account, with the day it is told by."""

    reminder_id: int | None
    account_id: str
    building_id: str
    fee: Fee


@dataclass(frozen=True, slots=True)
class Tariff:
    """Everything that decides what a reminder costs, read once for a run.

    Attributes:
        services: of the law's list, whatever their dates.
        schedules: building -> service -> price.
        debtors: account -> who it is, formal notices left out.
        buildings: account -> its building.
    """

    services: tuple[ListedService, ...]
    schedules: Mapping[str, Mapping[str, Price]]
    debtors: Mapping[str, Debtor]
    buildings: Mapping[str, str]

    def fee_for(
        self,
        reminder_type: ReminderType,
        *,
        account_id: str,
        on: date,
        noticed_on: Iterable[date] = (),
    ) -> Fee | NoFee:
        """Returns what one reminder costs an account, or why nothing.

        Args:
            reminder_type: what goes out.
            account_id: an owner's or a tenant's account.
            on: the day it goes out.
            noticed_on: the days of the formal notices the account received.

        Raises:
            ParameterError: no such account.

        Source: DOMAIN B4, E12; LAW L1, L2, L9.
        """
        known = self.debtors.get(account_id)
        if known is None:
            raise ParameterError(f"aucun compte de copropriétaire ou de locataire « {account_id} »")
        debtor = Debtor(
            building_kind=known.building_kind, account_kind=known.account_kind,
            is_commercial=known.is_commercial, noticed_on=tuple(noticed_on),
        )  # fmt: skip
        schedule = self.schedules.get(self.buildings[account_id], {})
        return fees.fee_for(reminder_type, debtor, schedule=schedule, listed=self.services, on=on)


def read_tariff(ledger: Ledger, *, folder: Path, building_id: str = "") -> Tariff:
    """Reads the fee schedules and the law's list of services.

    Args:
        ledger: open; read-only is enough.
        folder: the office's templates, where the list is.
        building_id: one building; "" for the portfolio.

    Raises:
        ParameterError: the list is missing or wrong; says its line.
    """
    one = building_id or None
    with ledger.snapshot():
        prices = invoices.fee_schedule(ledger, building_id=one)
        accounts = views.accounts(ledger, building_id=one)
        buildings = views.buildings(ledger, building_id=one)
    schedules: dict[str, dict[str, Price]] = {}
    for building, service, cents, supplier, expense in prices.itertuples(index=False):
        price = Price(
            service=service, price_cents=int(cents), supplier_account=supplier,
            expense_account=expense,
        )  # fmt: skip
        schedules.setdefault(building, {})[service] = price
    held = accounts[accounts["kind"] != AccountKind.SUPPLIER]
    kinds = buildings.set_index("building_id")["kind"]
    held = held.assign(building_kind=held["building_id"].map(kinds))
    columns = (held[name].tolist() for name in ("account_id", "kind", "trade", "building_kind"))
    return Tariff(
        services=read_services(folder / SERVICES_FILE),
        schedules=schedules,
        debtors={
            account: Debtor(
                building_kind=BuildingKind(building_kind), account_kind=AccountKind(kind),
                is_commercial=" ".join(trade.casefold().split()) in COMMERCIAL,
            )
            for account, kind, trade, building_kind in zip(*columns, strict=True)
        },
        buildings=dict(zip(held["account_id"], held["building_id"], strict=True)),
    )  # fmt: skip


def read_services(path: Path) -> tuple[ListedService, ...]:
    """Reads the services that the law lets a co-ownership's contract charge to one owner.

    Args:
        path: a CSV with `;` and the columns `prestation`, `debut`, `fin` ("" while listed),
            `libelle`, `autres_noms` (`|`), `avertissement`, `source`.

    Returns:
        The services, in the order of the file.

    Raises:
        ParameterError: no such file, or a row that cannot be; says the line.

    Source: LAW L2.
    """
    try:
        content = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ParameterError(f"{path} : {_TABLE_WORDS} manque") from None
    except (OSError, UnicodeDecodeError):
        raise ParameterError(f"{path} : fichier illisible (l’enregistrer en UTF-8)") from None
    rows = csv.reader(content.splitlines(), delimiter=";")
    header = [title.strip().casefold() for title in next(rows, [])]
    missing = [column for column in _REQUIRED if column not in header]
    if missing:
        raise ParameterError(f"{path.name}, ligne 1 : la colonne « {missing[0]} » manque")
    return tuple(
        _service(dict(zip(header, row, strict=False)), f"{path.name}, ligne {rows.line_num}")
        for row in rows
        if any(cell.strip() for cell in row)
    )


def _service(row: Mapping[str, str], where: str) -> ListedService:
    cells = {name: row.get(name, "").strip() for name in _COLUMNS}
    for name in _REQUIRED:
        if not cells[name]:
            raise ParameterError(f"{where} : « {name} » est vide")
    try:
        starts_on = parse_date(cells["debut"])
        ends_on = parse_date(cells["fin"]) if cells["fin"] else None
    except DateError as error:
        raise ParameterError(f"{where} : {error}") from None
    if ends_on is not None and ends_on < starts_on:
        raise ParameterError(f"{where} : la fin vient avant le début")
    return ListedService(
        service=cells["prestation"], words=cells["libelle"], starts_on=starts_on, ends_on=ends_on,
        other_names=tuple(name for name in cells["autres_noms"].split("|") if name),
        warning=cells["avertissement"],
    )  # fmt: skip


def issue(
    connection: Connection,
    wanted: Sequence[NewInvoice],
    *,
    issued_on: date,
    actor: str,
    at: datetime,
) -> list[int]:
    """Writes invoices: drafts, or validated with their dues where the type says so.

    Args:
        connection: of `Ledger.writing`: the reminders they charge are written by it.
        wanted: in order.
        issued_on: the day the reminders leave; that of the dues too.
        actor: who charges.
        at: when.

    Returns:
        Their numbers, in order.

    Source: DOMAIN B4, B8, E12.
    """
    return [
        invoices.record_invoice(
            connection,
            invoices.NewInvoice(
                reminder_id=one.reminder_id, account_id=one.account_id,
                building_id=one.building_id, service=one.fee.service,
                amount_cents=one.fee.amount_cents, supplier_account=one.fee.supplier_account,
                expense_account=one.fee.expense_account, label=_label(one.fee.words, issued_on),
                is_validated=one.fee.is_validated,
            ),
            on=issued_on, actor=actor, at=at,
        )
        for one in wanted
    ]  # fmt: skip


def validate_invoices(
    ledger: Ledger,
    identifiers: Sequence[str],
    *,
    on: date,
    folder: Path,
    actor: str,
    at: datetime,
) -> list[Outcome]:
    """Validates drafts: what each charges becomes a due of its account.

    Args:
        ledger: opened for writing.
        identifiers: `F12` …
        on: the day, also that of the dues.
        folder: the office's templates, for the services' names.
        actor: who validates.
        at: when.

    Raises:
        ParameterError: no such invoice; nothing is written.
        DecisionRefusedError: one was cancelled; nothing is written.

    Source: DOMAIN B4.
    """
    names = {one.service: one.words for one in read_services(folder / SERVICES_FILE)}
    done: list[Outcome] = []
    with ledger.writing() as connection:
        for identifier in identifiers:
            found = invoices.find(connection, identifier)
            if found.cancelled_on:
                raise DecisionRefusedError(
                    f"{identifier} est annulée depuis le {french_date(_day(found.cancelled_on))} : "
                    "rien n'a été écrit"
                )
            if found.validated_on:
                when = french_date(_day(found.validated_on))
                done.append(Outcome(identifier, False, f"déjà validée le {when}"))
                continue
            words = names.get(found.service, "Frais de relance")
            label = _label(words, _day(found.issued_on))
            invoices.validate(connection, found, label=label, on=on, actor=actor, at=at)
            amount = french_euros(int(found.amount_cents))
            done.append(
                Outcome(identifier, True, f"validée : {amount} au compte {found.account_id}")
            )
    return done


def cancel_invoices(
    ledger: Ledger,
    identifiers: Sequence[str],
    *,
    on: date,
    actor: str,
    at: datetime,
    reason: str = "",
) -> list[Outcome]:
    """Cancels invoices, drafts or validated; a due that was made is taken back.

    Args:
        ledger: opened for writing.
        identifiers: `F12` …
        on: the day.
        actor: who cancels.
        at: when.
        reason: why, in the person's words.

    Raises:
        ParameterError: no such invoice; nothing is written.
        DecisionRefusedError: its due is paid, even in part; nothing is written.
    """
    with ledger.writing() as connection:
        return [
            _cancelled(connection, identifier, on=on, actor=actor, at=at, reason=reason)
            for identifier in identifiers
        ]


def cancel_of_reminder(
    connection: Connection,
    reminder_id: int,
    *,
    on: date,
    actor: str,
    at: datetime,
    reason: str = "",
) -> list[Outcome]:
    """Cancels what a reminder was charged, in the transaction that takes the reminder back.

    Raises:
        DecisionRefusedError: its due is paid, even in part; nothing is written.
    """
    return [
        _cancelled(connection, identifier, on=on, actor=actor, at=at, reason=reason)
        for identifier in invoices.of_reminder(connection, reminder_id)
    ]


def _cancelled(
    connection: Connection, identifier: str, *, on: date, actor: str, at: datetime, reason: str
) -> Outcome:
    found = invoices.find(connection, identifier)
    if found.cancelled_on:
        when = french_date(_day(found.cancelled_on))
        return Outcome(identifier, False, f"déjà annulée le {when}")
    invoices.cancel(connection, found, on=on, reason=reason, actor=actor, at=at)
    return Outcome(identifier, True, f"annulée : {french_euros(int(found.amount_cents))}")


def fee_invoices(ledger: Ledger, *, kind: str = "", building_id: str = "") -> pd.DataFrame:
    """Returns the invoices, in the order they were made; see `ledger.fee_invoices`.

    Args:
        ledger: open; read-only is enough.
        kind: one service only, such as `formal_notice` (DOMAIN E19); "" for all.
        building_id: one building; "" for the portfolio.
    """
    return invoices.fee_invoices(ledger, building_id=building_id or None, service=kind or None)


def _label(words: str, day: date) -> str:
    return f"{words} du {french_date(day)}"


def _day(text: str) -> date:
    return date.fromisoformat(text)
