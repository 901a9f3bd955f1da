"""Fees from the ledger's own schedule; invoices, their dues, and what takes them back."""

from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pytest

from tests import small_office
from workbench.domain.chart import DEFAULT_CHART
from workbench.domain.errors import DecisionRefusedError, ParameterError
from workbench.domain.policies import ReminderType
from workbench.ledger import views
from workbench.ledger.store import Ledger
from workbench.pipeline import bookkeeping, checking, deciding, exporting, invoicing
from workbench.pipeline.exporting import Part
from workbench.pipeline.invoicing import NewInvoice, read_services, read_tariff
from workbench.reminders.fees import Fee, NoFee

TEMPLATES = Path(__file__).parents[3] / "templates"
WHO = "C. Ardouin"
AT = datetime(2026, 12, 5, 8, 0, tzinfo=UTC)
ON = date(2026, 12, 5)
NOTICE = ReminderType(type="formal_notice", order=2)
FEE = Fee(
    service="formal_notice", amount_cents=48_00, supplier_account="ASC",
    expense_account="62200000", words="Mise en demeure",
)  # fmt: skip


@pytest.fixture
def billing(office: Ledger) -> Ledger:
    """The small office, with a fee schedule for B1."""
    price = {
        "building_id": "B1", "service": "formal_notice", "price_cents": 48_00,
        "supplier_account": "ASC", "expense_account": "62200000",
    }  # fmt: skip
    small_office.store_tables(office, fee_schedule=[price])
    return office


def issue(ledger: Ledger, fee: Fee = FEE) -> str:
    with ledger.writing() as connection:
        (number,) = invoicing.issue(
            connection, [NewInvoice(None, "101", "B1", fee)], issued_on=ON, actor=WHO, at=AT
        )
    return f"F{number}"


def validated(fee: Fee = FEE) -> Fee:
    return Fee(
        service=fee.service, amount_cents=fee.amount_cents, supplier_account=fee.supplier_account,
        expense_account=fee.expense_account, words=fee.words, is_validated=True,
    )  # fmt: skip


def fees_due(ledger: Ledger) -> pd.DataFrame:
    dues = views.dues(ledger)
    return dues[dues["kind"] == "fee"]


def state(ledger: Ledger, identifier: str) -> str:
    frame = invoicing.fee_invoices(ledger).set_index("invoice_id")
    return str(frame.loc[identifier, "state"])


def test_the_price_is_that_of_the_account_s_building(billing: Ledger) -> None:
    tariff = read_tariff(billing, folder=TEMPLATES)
    charged = tariff.fee_for(NOTICE, account_id="101", on=ON)
    assert isinstance(charged, Fee)
    assert (charged.amount_cents, charged.supplier_account) == (48_00, "ASC")
    refused = tariff.fee_for(NOTICE, account_id="201", on=ON)
    assert isinstance(refused, NoFee)
    assert not refused.is_problem, "a tenant's home"
    for unknown in ("999", "ASC"):
        with pytest.raises(ParameterError, match=unknown):
            tariff.fee_for(NOTICE, account_id=unknown, on=ON)


def test_a_building_without_a_schedule_is_a_problem(office: Ledger) -> None:
    refused = read_tariff(office, folder=TEMPLATES).fee_for(NOTICE, account_id="101", on=ON)
    assert isinstance(refused, NoFee)
    assert refused.is_problem


@pytest.mark.parametrize(
    ("trade", "charged"), [("Bail  commercial", True), ("bail", False), ("boulangerie", False)]
)
def test_a_lease_is_commercial_only_where_the_account_says_so(
    billing: Ledger, trade: str, *, charged: bool
) -> None:
    small_office.store_tables(
        billing,
        accounts=[{"account_id": "201", "building_id": "B2", "holder": "SCI Quai",
                   "kind": "tenant", "trade": trade}],
    )  # fmt: skip
    kind = ReminderType(type="simple", order=1, fee_cents=12_00)
    tariff = read_tariff(billing, folder=TEMPLATES, building_id="B2")
    found = tariff.fee_for(kind, account_id="201", on=ON)
    assert isinstance(found, Fee) == charged


def test_a_draft_owes_nothing_until_a_person_validates_it(billing: Ledger) -> None:
    identifier = issue(billing)
    assert state(billing, identifier) == "draft"
    assert fees_due(billing).empty
    day = date(2026, 12, 7)
    (done,) = invoicing.validate_invoices(
        billing, [identifier], on=day, folder=TEMPLATES, actor=WHO, at=AT
    )
    assert done.done
    (due,) = fees_due(billing).to_dict("records")
    assert (due["account_id"], due["amount_cents"], due["due_on"]) == (
        "101", 48_00, pd.Timestamp(day),
    )  # fmt: skip
    assert "05/12/2026" in due["label"]
    (again,) = invoicing.validate_invoices(
        billing, [identifier], on=day, folder=TEMPLATES, actor=WHO, at=AT
    )
    assert (again.done, again.words) == (False, "déjà validée le 07/12/2026")
    assert len(fees_due(billing)) == 1
    assert checking.verify(billing) == []


def test_an_invoice_that_validates_itself_makes_its_due_at_once(billing: Ledger) -> None:
    identifier = issue(billing, validated())
    assert state(billing, identifier) == "validated"
    assert fees_due(billing)["amount_cents"].tolist() == [48_00]
    assert checking.verify(billing) == []


def test_cancelled_the_fee_is_off_the_account_and_stays_in_its_history(billing: Ledger) -> None:
    identifier = issue(billing, validated())
    (done,) = invoicing.cancel_invoices(
        billing, [identifier], on=ON, actor=WHO, at=AT, reason="deux fois"
    )
    assert done.done
    assert state(billing, identifier) == "cancelled"
    assert sorted(fees_due(billing)["amount_cents"]) == [-48_00, 48_00]
    assert fees_due(billing)["open_cents"].tolist() == [0, 0]
    (again,) = invoicing.cancel_invoices(billing, [identifier], on=ON, actor=WHO, at=AT)
    assert not again.done
    with pytest.raises(DecisionRefusedError, match="annulée"):
        invoicing.validate_invoices(
            billing, [identifier], on=ON, folder=TEMPLATES, actor=WHO, at=AT
        )
    assert checking.verify(billing) == []


def test_a_draft_is_cancelled_without_a_due(billing: Ledger) -> None:
    identifier = issue(billing)
    invoicing.cancel_invoices(billing, [identifier], on=ON, actor=WHO, at=AT)
    assert state(billing, identifier) == "cancelled"
    assert fees_due(billing).empty


def test_a_paid_fee_cannot_be_taken_back(billing: Ledger) -> None:
    identifier = issue(billing, validated())
    due_id = fees_due(billing)["due_id"].iloc[0]
    deciding.link(billing, "M-noe", [(due_id, 1)], actor=WHO, at=AT)
    with pytest.raises(DecisionRefusedError, match="déjà utilisée"):
        invoicing.cancel_invoices(billing, [identifier], on=ON, actor=WHO, at=AT)
    assert state(billing, identifier) == "validated"


def test_a_due_taken_back_as_any_other_takes_its_invoice_along(billing: Ledger) -> None:
    identifier = issue(billing, validated())
    due_id = fees_due(billing)["due_id"].iloc[0]
    deciding.undo(billing, [due_id], actor=WHO, at=AT, reason="à tort")
    assert state(billing, identifier) == "cancelled"


@pytest.mark.parametrize("identifier", ["F9", "F", "12", "Fx", "F٣"])
def test_an_unknown_invoice_is_said(billing: Ledger, identifier: str) -> None:
    with pytest.raises(ParameterError, match="aucune facture"):
        invoicing.cancel_invoices(billing, [identifier], on=ON, actor=WHO, at=AT)


def test_the_list_can_be_of_one_service_or_building(billing: Ledger) -> None:
    issue(billing)
    other = Fee(service="payment_plan", amount_cents=96_00, words="Protocole")
    issue(billing, other)
    assert len(invoicing.fee_invoices(billing)) == 2
    notices = invoicing.fee_invoices(billing, kind="formal_notice")
    assert notices["service"].tolist() == ["formal_notice"]
    assert invoicing.fee_invoices(billing, building_id="B2").empty


def test_an_invoice_and_its_due_are_in_the_entries(billing: Ledger) -> None:
    issue(billing, validated())
    frame = bookkeeping.entries_of(billing, as_of=ON, chart=DEFAULT_CHART, since=ON)
    told = frame[["journal", "account", "auxiliary", "debit_cents", "credit_cents"]]
    assert [tuple(row) for row in told.itertuples(index=False)] == [
        ("AC", "62200000", "", 48_00, 0), ("AC", "401", "ASC", 0, 48_00),
        ("AF", "4501", "101", 48_00, 0), ("AF", "714", "", 0, 48_00),
    ]  # fmt: skip
    assert set(frame["date"]) == {pd.Timestamp(ON)}


def test_a_fec_is_of_one_building(billing: Ledger) -> None:
    with pytest.raises(ParameterError, match="un seul immeuble"):
        exporting.fec(billing, as_of=ON, part=Part())
    text = exporting.fec(billing, as_of=ON, part=Part(building_id="B2"))
    assert text.splitlines()[0].startswith("JournalCode\t")
    assert "D101" not in text
    assert "D201" in text
    with pytest.raises(ParameterError, match="immeuble inconnu"):
        exporting.fec(billing, as_of=ON, part=Part(building_id="B9"))
    with pytest.raises(ParameterError, match="début"):
        exporting.fec(billing, as_of=ON, part=Part(building_id="B2", since=date(2026, 12, 6)))


def test_the_list_of_services_comes_with_the_program() -> None:
    listed = {one.service: one for one in read_services(TEMPLATES / invoicing.SERVICES_FILE)}
    assert {"formal_notice", "reminder_after_formal_notice", "payment_plan"} <= set(listed)
    assert listed["formal_notice"].is_listed(ON)
    assert not listed["formal_notice"].is_listed(date(2015, 7, 1))
    assert listed["bailiff_file"].warning


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("prestation;debut\nx;2015-01-01\n", "« libelle » manque"),
        ("prestation;debut;libelle\nx;hier;X\n", "ligne 2"),
        ("prestation;debut;libelle\nx;2015-01-01;\n", "« libelle » est vide"),
        ("prestation;debut;fin;libelle\nx;2015-01-01;2014-01-01;X\n", "avant le début"),
    ],
)
def test_a_wrong_list_says_its_line(tmp_path: Path, content: str, words: str) -> None:
    path = tmp_path / "contrat-type.csv"
    with pytest.raises(ParameterError, match="manque"):
        read_services(path)
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ParameterError, match=words):
        read_services(path)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ParameterError, match="UTF-8"):
        read_services(path)
