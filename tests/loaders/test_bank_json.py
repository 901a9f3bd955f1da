"""What the banks' interfaces answer, as files: both shapes, and what is refused where."""

import json
from datetime import date
from typing import Any

import pytest

from tests.loaders.bank_answers import BERLIN, STET, amount
from tests.loaders.bank_texts import IBAN, PAYER
from workbench.domain.errors import UnreadableFileError
from workbench.domain.records import StatementFile, StatementKind
from workbench.loaders import bank_json
from workbench.loaders.registry import read_source
from workbench.loaders.sniff import Source


def read(told: object) -> StatementFile:
    text = told if isinstance(told, str) else json.dumps(told)
    return read_source(Source.of_bytes(text.encode(), name="api.json"))


def refusal_of(told: object) -> UnreadableFileError:
    with pytest.raises(UnreadableFileError) as refusal:
        read(told)
    return refusal.value


def stet(**change: object) -> dict[str, Any]:
    return {"transactions": [{**STET["transactions"][0], **change}]}


def test_berlin_group() -> None:
    file = read(BERLIN)
    (statement,) = file.statements
    assert (file.format, statement.kind, statement.iban) == (
        "json-berlin-group", StatementKind.REPORT, IBAN,
    )  # fmt: skip
    assert (statement.opening_cents, statement.closing_cents) == (10000, 38750)
    assert statement.balance_gap_cents() == 0
    rent, bill = statement.entries
    assert (rent.booked_on, rent.value_on) == (date(2026, 10, 2), date(2026, 10, 3))
    assert (rent.amount_cents, rent.label, rent.counterparty) == (
        30000, "LOYER OCTOBRE", "DUPONT JEAN",
    )  # fmt: skip
    assert (rent.counterparty_iban, rent.bank_reference) == (PAYER, "T1")
    assert (rent.end_to_end_id, rent.mandate_id) == ("E1", "M1")
    assert rent.operation_code == "PMNT-RCDT-ESCT"
    assert (bill.amount_cents, bill.label, bill.counterparty, bill.place) == (
        -1250, "FACTURE 12", "EDF", 2,
    )  # fmt: skip


def test_stet() -> None:
    file = read(STET)
    (statement,) = file.statements
    assert (file.format, statement.kind, statement.iban) == (
        "json-stet", StatementKind.REPORT, IBAN,
    )  # fmt: skip
    assert (statement.opening_cents, statement.closing_cents) == (None, -2000)
    rent, fee = statement.entries
    assert (rent.amount_cents, fee.amount_cents) == (85000, -1525)
    assert (rent.label, rent.remittance_reference) == ("VIR SEPA DUPONT LOYER", "RF18")
    assert (rent.counterparty, rent.counterparty_iban) == ("DUPONT", PAYER)
    assert (rent.ultimate_party, rent.bank_reference) == ("CAF", "AF5T2")
    assert (rent.operation_code, fee.label) == ("PMNT-RCDT-ESCT", "FRAIS")


def test_accounts_of_one_file_are_statements() -> None:
    for told in ([BERLIN, STET], {"accounts": [BERLIN, STET]}):
        file = read(told)
        assert [len(statement.entries) for statement in file.statements] == [2, 2]
        assert [e.place for s in file.statements for e in s.entries] == [1, 2, 3, 4]


def test_account_may_be_missing_and_list_empty() -> None:
    assert read(stet()).statements[0].iban == ""
    (statement,) = read({"transactions": {"booked": []}}).statements
    assert statement.entries == ()


@pytest.mark.parametrize("value", ["12.50", 12.5, "12.5", "+12.50"])
def test_numbers_are_exact(value: object) -> None:
    told = stet(transactionAmount={"amount": value, "currency": "EUR"})
    assert read(told).statements[0].entries[0].amount_cents == 1250


def test_other_currency_is_kept_beside() -> None:
    told = {
        "transactions": [
            STET["transactions"][0],
            *stet(transactionAmount=amount("1", "CHF"))["transactions"],
        ]
    }
    statement = read(told).statements[0]
    assert (statement.currency, statement.entries[1].extra) == ("EUR", {"currency": "CHF"})


@pytest.mark.parametrize(
    ("told", "column", "reason"),
    [
        (stet(transactionAmount=amount("12,50")), "transactionAmount.amount", "pas un montant"),
        (stet(transactionAmount=amount("1e2")), "transactionAmount.amount", "pas un montant"),
        (stet(transactionAmount=amount("0.001")), "transactionAmount.amount", "plus fin"),
        (stet(transactionAmount={}), "transactionAmount.amount", "pas un montant"),
        (stet(transactionAmount={"amount": None}), "transactionAmount.amount", "pas un montant"),
        (stet(transactionAmount=amount("-1")), "transactionAmount.amount", "négatif d'un crédit"),
        (stet(creditDebitIndicator="C"), "creditDebitIndicator", "sens inconnu"),
        (stet(bookingDate="13/14/2026"), "bookingDate", "cette date n'existe pas"),
        (stet(bookingDate=None), "bookingDate", "absente"),
        ({"transactions": ["x"]}, "transactions", "pas un objet"),
        ({"transactions": {"booked": {}}}, "transactions", "pas une liste"),
        (
            {**STET, "balances": [{"balanceType": "CLBD", "balanceAmount": amount("x")}]},
            "balanceAmount.amount",
            "solde",
        ),
        ('{"transactions": [], "transactions": []}', "transactions", "deux fois"),
        ('{"transactions": [' + '{"a":' * 100_000, "", "imbriqué"),
        ('{"transactions": [{"transactionAmount": {"amount": NaN}}]}', "", "pas un montant"),
    ],
)
def test_bad_value_is_refused_at_its_key(told: object, column: str, reason: str) -> None:
    refusal = refusal_of(told)
    assert reason in refusal.reason
    assert column in refusal.column


def test_cut_file_names_line_and_column() -> None:
    text = json.dumps(BERLIN, indent=1)
    refusal = refusal_of(text[:-40])
    assert "coupé" in refusal.reason
    assert refusal.line is not None
    assert refusal.line > 20


def test_oversized_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bank_json, "LARGEST_BYTES", 100)
    assert "démesuré" in refusal_of(BERLIN).reason


def test_json_of_something_else_is_not_read() -> None:
    assert "c'est du JSON" in str(refusal_of('{"name": "x", "items": [1]}'))
