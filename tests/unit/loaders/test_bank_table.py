"""Cells of a bank's table: the short way for amounts says what the long one says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.domain.money import AmountError, parse_amount
from workbench.loaders.bank_header import folded_line
from workbench.loaders.bank_table import read_amount
from workbench.loaders.delimited import folded_name

CELLS = st.from_regex(r"[+\-−]?[0-9]{0,12}([.,][0-9]{0,4})?( ?€)?", fullmatch=True)


@given(CELLS)
def test_short_way_is_the_long_one(text: str) -> None:
    try:
        expected = parse_amount(text)
    except AmountError:
        with pytest.raises(AmountError):
            read_amount(text)
    else:
        assert read_amount(text) == expected


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Libellé", "libelle"),
        ("\ufeffDATE  OPERATION ", "date operation"),
        ("Date de l’opération", "date de l'operation"),
        ("date_comptabilisation", "date comptabilisation"),
        ("Débit\u00a0euros", "debit euros"),
        ('"Crédit"', "credit"),
    ],
)
def test_names_fold(text: str, name: str) -> None:
    assert folded_name(text) == name


def test_lines_fold() -> None:
    assert folded_line(["Solde  en début", "", "+1,00"]) == "solde en debut;;+1,00"
