"""The chart of accounts: its defaults, an office's numbers, and what it refuses."""

import pytest

from workbench.domain.chart import DEFAULT_CHART, TITLES, account_number, chart_of, title_of
from workbench.domain.errors import ParameterError


@pytest.mark.parametrize(
    ("kind", "label", "holder", "against"),
    [
        ("call", "Provision T4", "4501", "701"),
        ("call", "Cotisation au FONDS DE TRAVAUX T4", "4505", "105"),
        ("works_call", "Façade", "4502", "702"),
        ("adjustment", "Régularisation", "4501", "701"),
        ("discount", "Remise", "4501", "701"),
        ("fee", "Mise en demeure", "4501", "714"),
        ("other", "Solde antérieur", "4501", "462"),
        ("refund", "fonds de travaux", "4501", "462"),
    ],
)  # fmt: skip
def test_a_co_owner_s_due(kind: str, label: str, holder: str, against: str) -> None:
    assert DEFAULT_CHART.holder(kind, label, building_kind="coownership") == holder
    assert DEFAULT_CHART.counterpart(kind, label, building_kind="coownership") == against


@pytest.mark.parametrize(
    ("kind", "against"),
    [("rent", "706"), ("charges", "708"), ("deposit", "165"), ("fee", "708"), ("other", "467")],
)
def test_a_tenant_s_due(kind: str, against: str) -> None:
    assert DEFAULT_CHART.holder(kind, "", building_kind="rental") == "411"
    assert DEFAULT_CHART.counterpart(kind, "", building_kind="rental") == against


def test_an_invoice_is_classed_by_its_supplier_s_trade_else_waits() -> None:
    assert DEFAULT_CHART.purchase("Nettoyage", building_kind="coownership") == "611"
    assert DEFAULT_CHART.purchase("nettoyage", building_kind="rental") == "615"
    assert DEFAULT_CHART.purchase("bailleur", building_kind="rental") == "4671"
    assert DEFAULT_CHART.purchase("astrologie", building_kind="rental") == "471"


def test_an_office_writes_its_numbers_as_it_likes() -> None:
    chart = chart_of({"budget": "450-1", "bank": "512 100", "suppliers": "401abc"})
    assert (chart.budget, chart.bank, chart.suppliers) == ("4501", "512100", "401ABC")
    assert chart.works == DEFAULT_CHART.works


@pytest.mark.parametrize("number", ["", "47", "banque", "812", "0512", "512" + "1" * 13, "51é2"])
def test_what_no_chart_has_is_refused_with_its_key(number: str) -> None:
    assert account_number(number) == ""
    with pytest.raises(ParameterError, match=r"^budget : "):
        chart_of({"budget": number})


def test_an_account_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ParameterError, match="compte inconnu"):
        chart_of({"caisse": "531"})


def test_every_account_of_the_chart_has_a_title() -> None:
    assert set(TITLES) == set(DEFAULT_CHART.__slots__)
    assert title_of("4501", DEFAULT_CHART) == "Copropriétaires, budget prévisionnel"
    assert title_of("611", DEFAULT_CHART) == "Nettoyage des locaux"
    assert title_of("6999", DEFAULT_CHART) == "Compte 6999"
