"""Who may be charged for a reminder, how much, and why not: each rule just inside and outside."""

from datetime import date
from typing import Any

import pytest

from workbench.domain.policies import ReminderType, is_formal_notice
from workbench.domain.records import AccountKind, BuildingKind
from workbench.reminders.fees import Debtor, Fee, ListedService, NoFee, Price, charge, fee_for

ON = date(2026, 12, 5)
LISTED = (
    ListedService(
        service="formal_notice", words="Mise en demeure", starts_on=date(2015, 7, 2),
        other_names=("mise_en_demeure",),
    ),
    ListedService(
        service="reminder_after_formal_notice", words="Relance après mise en demeure",
        starts_on=date(2015, 7, 2),
    ),
    ListedService(
        service="lawyer_file", words="Dossier de l’avocat", starts_on=date(2015, 7, 2),
        warning="diligences exceptionnelles",
    ),
    ListedService(
        service="abolished", words="Ancienne prestation", starts_on=date(2015, 7, 2),
        ends_on=date(2026, 12, 4),
    ),
)  # fmt: skip
SCHEDULE = {
    "formal_notice": Price(
        service="formal_notice", price_cents=48_00, supplier_account="S1", expense_account="6222"
    ),
    "reminder_after_formal_notice": Price(
        service="reminder_after_formal_notice", price_cents=36_00
    ),
    "invented": Price(service="invented", price_cents=10_00),
}
OWNER = Debtor(building_kind=BuildingKind.COOWNERSHIP, account_kind=AccountKind.COOWNER)
TENANT = Debtor(building_kind=BuildingKind.RENTAL, account_kind=AccountKind.TENANT)
SHOP = Debtor(
    building_kind=BuildingKind.RENTAL, account_kind=AccountKind.TENANT, is_commercial=True
)


def ask(
    kind: str, debtor: Debtor = OWNER, *, schedule: dict[str, Price] = SCHEDULE, **more: Any
) -> Fee | NoFee:
    reminder = ReminderType(type=kind, order=1, **more)
    return fee_for(reminder, debtor, schedule=schedule, listed=LISTED, on=ON)


def fee(kind: str, debtor: Debtor = OWNER, **more: Any) -> Fee:
    charged = ask(kind, debtor, **more)
    assert isinstance(charged, Fee)
    return charged


def no_fee(kind: str, debtor: Debtor = OWNER, **more: Any) -> NoFee:
    charged = ask(kind, debtor, **more)
    assert isinstance(charged, NoFee)
    return charged


def noticed(*days: date) -> Debtor:
    return Debtor(
        building_kind=BuildingKind.COOWNERSHIP, account_kind=AccountKind.COOWNER, noticed_on=days
    )


def test_a_simple_reminder_of_a_co_owner_is_never_charged_whatever_its_fee() -> None:
    refused = no_fee("simple", fee_cents=15_00)
    assert not refused.is_problem
    assert "10-1" in refused.words
    assert not isinstance(ask("simple", noticed(date(2026, 11, 5)), fee_cents=15_00), Fee)


def test_a_formal_notice_costs_the_building_s_price_on_its_accounts() -> None:
    charged = fee("formal_notice")
    assert (charged.service, charged.amount_cents) == ("formal_notice", 48_00)
    assert (charged.supplier_account, charged.expense_account) == ("S1", "6222")
    assert not charged.is_validated
    assert charged.warnings == ()


def test_the_type_s_own_accounts_and_validation_win() -> None:
    charged = fee(
        "formal_notice", supplier_account="S9", expense_account="6230", auto_validate=True
    )
    assert (charged.supplier_account, charged.expense_account) == ("S9", "6230")
    assert charged.is_validated


@pytest.mark.parametrize(("configured", "warned"), [(0, 0), (48_00, 0), (48_01, 1), (47_99, 1)])
def test_the_voted_price_wins_over_the_type_s_fee_and_a_difference_is_said(
    configured: int, warned: int
) -> None:
    charged = fee("formal_notice", fee_cents=configured)
    assert charged.amount_cents == 48_00
    assert len(charged.warnings) == warned


@pytest.mark.parametrize("schedule", [{}, {"formal_notice": Price(service="x", price_cents=0)}])
def test_no_price_is_a_problem_that_names_the_table(schedule: dict[str, Price]) -> None:
    refused = no_fee("formal_notice", schedule=schedule)
    assert refused.is_problem
    assert "fee_schedule" in refused.words


def test_a_price_under_the_service_s_french_name_is_found() -> None:
    schedule = {"mise_en_demeure": Price(service="mise_en_demeure", price_cents=52_00)}
    assert fee("formal_notice", schedule=schedule).amount_cents == 52_00
    assert fee("mise_en_demeure", schedule=schedule).service == "formal_notice"


def test_a_reminder_after_a_notice_is_charged_only_after_one() -> None:
    kind = "reminder_after_formal_notice"
    assert not no_fee(kind).is_problem
    assert not no_fee(kind, noticed(ON.replace(day=6))).is_problem
    assert fee(kind, noticed(ON)).amount_cents == 36_00
    # An office's own name for a type is such a reminder too.
    assert fee("dernier_rappel", noticed(date(2026, 11, 5))).service == kind


def test_a_service_that_the_law_does_not_list_is_blocked_even_with_a_price() -> None:
    refused = no_fee("invented", noticed(date(2026, 11, 5)))
    assert refused.is_problem
    assert "contrat type" in refused.words


@pytest.mark.parametrize(("day", "charged"), [(date(2026, 12, 4), True), (ON, False)])
def test_the_list_is_dated(day: date, *, charged: bool) -> None:
    schedule = {"abolished": Price(service="abolished", price_cents=5_00)}
    found = charge("abolished", schedule=schedule, listed=LISTED, on=day)
    assert isinstance(found, Fee) == charged


def test_a_file_to_the_lawyer_is_warned_about() -> None:
    schedule = {"lawyer_file": Price(service="lawyer_file", price_cents=300_00)}
    charged = charge("lawyer_file", schedule=schedule, listed=LISTED, on=ON)
    assert isinstance(charged, Fee)
    assert charged.warnings == ("diligences exceptionnelles",)


@pytest.mark.parametrize(
    ("before", "warned"), [(date(2025, 12, 4), 0), (date(2025, 12, 5), 1), (ON, 1)]
)
def test_a_second_notice_within_a_year_is_charged_with_a_warning(before: date, warned: int) -> None:
    assert len(fee("formal_notice", noticed(before)).warnings) == warned


@pytest.mark.parametrize("kind", ["simple", "formal_notice", "reminder_after_formal_notice"])
def test_the_tenant_of_a_home_never_pays_whatever_the_configuration_says(kind: str) -> None:
    refused = no_fee(kind, TENANT, fee_cents=15_00, supplier_account="S1")
    assert not refused.is_problem
    assert "art. 4" in refused.words


def test_a_tenant_in_a_co_ownership_s_books_never_pays_either() -> None:
    debtor = Debtor(building_kind=BuildingKind.COOWNERSHIP, account_kind=AccountKind.TENANT)
    assert not no_fee("formal_notice", debtor, fee_cents=15_00).is_problem


def test_a_commercial_tenant_pays_the_type_s_fee_also_for_a_simple_reminder() -> None:
    charged = fee("simple", SHOP, fee_cents=15_00, supplier_account="S1", auto_validate=True)
    assert (charged.amount_cents, charged.supplier_account) == (15_00, "S1")
    assert charged.is_validated
    assert not no_fee("simple", SHOP).is_problem
    assert fee("formal_notice", SHOP).amount_cents == 48_00, "the schedule's, where no fee is said"


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("formal_notice", True), ("Mise en demeure", True), ("mise-en-demeure-2", True),
        ("simple", False), ("reminder_after_formal_notice", False),
        ("relance_apres_mise_en_demeure", False),
    ],
)  # fmt: skip
def test_what_is_a_formal_notice_by_its_name(kind: str, *, expected: bool) -> None:
    assert is_formal_notice(kind) == expected
