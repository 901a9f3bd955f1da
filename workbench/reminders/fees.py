"""What a reminder may cost the holder: how much, to which accounts, or why nothing.

The law decides first, then the building's voted fee schedule, then the office's configuration.
Nothing is written here. Source: DOMAIN B4, E12; LAW L1, L2, L9.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from workbench.domain.dates import french_date
from workbench.domain.money import french_euros
from workbench.domain.policies import FORMAL_NOTICE, SIMPLE, ReminderType, is_formal_notice
from workbench.domain.records import AccountKind, BuildingKind

AFTER_NOTICE: Final = "reminder_after_formal_notice"
# Two notices within so many days for one debt are seldom both needed (LAW L2).
REPEATED_DAYS: Final = 365


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedService:
    """A service that a co-ownership's contract may charge to one owner, while it is listed.

    Attributes:
        service: its code, as in the fee schedule.
        words: what the law calls it, French.
        starts_on: first day it is listed.
        ends_on: last day; None while it still is.
        other_names: what fee schedules call it too.
        warning: what to prove before charging it; "" where nothing more is needed.

    Source: LAW L2.
    """

    service: str
    words: str
    starts_on: date
    ends_on: date | None = None
    other_names: tuple[str, ...] = ()
    warning: str = ""

    def is_listed(self, day: date) -> bool:
        """Tells whether it may be charged on a day."""
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """One row of a building's fee schedule: price in cents, accounts of its invoice."""

    service: str
    price_cents: int
    supplier_account: str = ""
    expense_account: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Debtor:
    """Who would be charged.

    Attributes:
        building_kind: the law that applies.
        account_kind: owner or tenant.
        is_commercial: a tenant whose lease is not of a home; unknown leases are of homes.
        noticed_on: days of the formal notices already sent, in any order.
    """

    building_kind: BuildingKind
    account_kind: AccountKind
    is_commercial: bool = False
    noticed_on: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fee:
    """What is charged.

    Attributes:
        service: code of the fee schedule, or the reminder's type.
        amount_cents: > 0.
        supplier_account: whose invoice it is; "" where nobody said.
        expense_account: of the chart; "" where nobody said.
        is_validated: the invoice is validated at once; else a draft waits (DOMAIN B4).
        words: the service, French.
        warnings: what a person should look at, French sentences.
    """

    service: str
    amount_cents: int
    supplier_account: str = ""
    expense_account: str = ""
    is_validated: bool = False
    words: str = ""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NoFee:
    """Why nothing is charged, French; a problem is for a person to mend first."""

    words: str
    is_problem: bool = False


def fee_for(
    reminder_type: ReminderType,
    debtor: Debtor,
    *,
    schedule: Mapping[str, Price],
    listed: Iterable[ListedService],
    on: date,
) -> Fee | NoFee:
    """Returns what one reminder costs its holder.

    Args:
        reminder_type: the type that goes out, with its configured fee and accounts.
        debtor: who receives it.
        schedule: the building's fee schedule, by service.
        listed: the services that the law lists, whatever their dates.
        on: the day it goes out.

    Returns:
        The fee; or why there is none, which is a problem only where a price is missing or the
        service is not one that may be charged.

    Source: DOMAIN B4, E12; LAW L1, L2, L9.
    """
    if debtor.account_kind is AccountKind.TENANT or debtor.building_kind is BuildingKind.RENTAL:
        return _fee_of_tenant(reminder_type, debtor, schedule=schedule)
    if reminder_type.type == SIMPLE:
        return NoFee("une relance simple n’est jamais facturée (loi de 1965, art. 10-1)")
    service = FORMAL_NOTICE if is_formal_notice(reminder_type.type) else reminder_type.type
    if service != FORMAL_NOTICE and service not in schedule:
        # An office's own type is a reminder: chargeable only once a notice has gone out (L1).
        service = AFTER_NOTICE
    if service != FORMAL_NOTICE and not any(day <= on for day in debtor.noticed_on):
        return NoFee("rien n’est facturé avant la mise en demeure (loi de 1965, art. 10-1)")
    charged = charge(service, schedule=schedule, listed=listed, on=on)
    if isinstance(charged, NoFee):
        return charged
    return Fee(
        service=charged.service,
        amount_cents=charged.amount_cents,
        supplier_account=reminder_type.supplier_account or charged.supplier_account,
        expense_account=reminder_type.expense_account or charged.expense_account,
        is_validated=reminder_type.auto_validate,
        words=charged.words,
        warnings=(
            *charged.warnings,
            *_differs(reminder_type.fee_cents, charged.amount_cents),
            *(_repeated(debtor.noticed_on, on=on) if service == FORMAL_NOTICE else ()),
        ),
    )


def charge(
    service: str, *, schedule: Mapping[str, Price], listed: Iterable[ListedService], on: date
) -> Fee | NoFee:
    """Returns the price of one service of a co-ownership's contract, a draft.

    Args:
        service: code of the service: a formal notice, a file to the bailiff …
        schedule: the building's fee schedule, by service.
        listed: the services that the law lists.
        on: the day it is done.

    Source: DOMAIN E12; LAW L2.
    """
    legal = next((one for one in listed if one.service == service and one.is_listed(on)), None)
    if legal is None:
        return NoFee(
            f"« {service} » n’est pas une prestation que le contrat type permet de facturer au "
            f"{french_date(on)} (décret 2015-342, 9.1)",
            is_problem=True,
        )
    names = (service, *legal.other_names)
    price = next((schedule[name] for name in names if name in schedule), None)
    if price is None or price.price_cents <= 0:
        return NoFee(
            f"aucun prix pour « {legal.words} » au barème de l’immeuble : l’ajouter à la table "
            f"« fee_schedule » (prestation {service}), ou envoyer sans facturer",
            is_problem=True,
        )
    return Fee(
        service=service,
        amount_cents=price.price_cents,
        supplier_account=price.supplier_account,
        expense_account=price.expense_account,
        words=legal.words,
        warnings=(legal.warning,) if legal.warning else (),
    )


def _fee_of_tenant(
    reminder_type: ReminderType, debtor: Debtor, *, schedule: Mapping[str, Price]
) -> Fee | NoFee:
    """Returns a commercial tenant's fee; a home's is void, whatever the configuration says."""
    if not debtor.is_commercial:
        return NoFee(
            "aucun frais de relance n’est dû par un locataire (loi de 1989, art. 4)",
        )
    price = schedule.get(reminder_type.type)
    amount_cents = reminder_type.fee_cents or (price.price_cents if price else 0)
    if amount_cents <= 0:
        return NoFee("aucun frais n’est prévu pour ce type de relance")
    return Fee(
        service=reminder_type.type,
        amount_cents=amount_cents,
        supplier_account=reminder_type.supplier_account
        or (price.supplier_account if price else ""),
        expense_account=reminder_type.expense_account or (price.expense_account if price else ""),
        is_validated=reminder_type.auto_validate,
        words="Frais de relance",
    )


def _differs(configured_cents: int, price_cents: int) -> tuple[str, ...]:
    """The contract's price is what the owners voted: it wins, and the difference is said."""
    if configured_cents in {0, price_cents}:
        return ()
    words = (
        f"le type de relance prévoit {french_euros(configured_cents)}, le barème de l’immeuble "
        f"{french_euros(price_cents)} : le barème est facturé"
    )
    return (words,)


def _repeated(noticed_on: Iterable[date], *, on: date) -> tuple[str, ...]:
    before = [day for day in noticed_on if 0 <= (on - day).days <= REPEATED_DAYS]
    if not before:
        return ()
    words = (
        f"une mise en demeure est déjà partie le {french_date(max(before))} : des mises en "
        "demeure répétées ne sont pas toutes des frais nécessaires (contrat type, 9.1)"
    )
    return (words,)
