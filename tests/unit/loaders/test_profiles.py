"""Profiles: what they may say, and the message where they say something else."""

from pathlib import Path

import pytest

from workbench.domain.errors import ParameterError
from workbench.loaders.profiles import (
    DateOrder,
    DebitSign,
    RowOrder,
    built_in,
    load_profiles,
    parse_profile,
)

GOOD = """
name = "Banque"
header = ["Date", "Texte", "Débit", "Crédit"]
date_order = "month"
row_order = "newest_first"
debit_sign = "either"
separator = "tab"
[columns]
booked_on = "Date"
label = ["Texte"]
debit = "Débit"
credit = "Crédit"
[preamble]
account = 'compte n. (\\d+)'
[footer]
opening = '^solde;(.*)'
ignored = ['^page ']
"""


def refusal_of(text: str) -> str:
    with pytest.raises(ParameterError) as refusal:
        parse_profile(text, id="x", file="x.toml")
    return str(refusal.value)


def test_profile_is_read() -> None:
    profile = parse_profile(GOOD, id="x", file="x.toml")
    assert (profile.date_order, profile.row_order) == (DateOrder.MONTH, RowOrder.NEWEST)
    assert (profile.debit_sign, profile.separator) == (DebitSign.EITHER, "\t")
    assert profile.fits(["date", "texte", "debit", "credit", "autre"]) == 4
    assert profile.fits(["date", "texte", "debit"]) == 0


@pytest.mark.parametrize(
    ("old", "new", "key", "allowed"),
    [
        ('name = "Banque"', "", "clé name", "un texte"),
        ('name = "Banque"', "name = 3", "clé name", "un texte"),
        ('["Date", "Texte", "Débit", "Crédit"]', "[]", "clé header", "une liste de textes"),
        ('["Date", "Texte", "Débit", "Crédit"]', '"Date"', "clé header", "une liste de textes"),
        ('"month"', '"mois"', "clé date_order", "day, month, year"),
        ('"either"', '"minus"', "clé debit_sign", "positive, negative, either"),
        ('"tab"', '"."', "clé separator", ";, ,, |, tab"),
        ("separator", "seperator", "clé seperator", "separator"),
        ('booked_on = "Date"', "", "clé columns.booked_on", "une colonne"),
        ('debit = "Débit"', "", "clé columns.amount", "amount, ou debit et credit"),
        ('debit = "Débit"', 'debit = "D"\namount = "A"', "clé columns.amount", "amount, ou debit"),
        ('["Texte"]', '"Texte"', "clé columns.label", "une liste de textes"),
        ("(\\d+)", "\\d+", "clé preamble.account", "un seul groupe"),
        ("(\\d+)", "(\\d+", "clé preamble.account", "expression de Python"),
        ("opening =", "closing_date =", "clé footer.closing_date", "opening, closing, ignored"),
        ("[columns]", 'bank = "3000"\n[columns]', "clé bank", "cinq chiffres"),
        ("[columns]", 'currency = "euro"\n[columns]', "clé currency", "trois lettres"),
        ("[columns]", 'encodings = ["utf-7"]\n[columns]', "clé encodings", "utf-8, cp1252"),
        ("[columns]", 'recognised_by = ["Date"]\n[columns]', "clé recognised_by", "listes"),
        ("[columns]", "columns = 3\n[autre]", "clé autre", "columns"),
    ],
)
def test_mistake_names_file_key_and_what_is_allowed(
    old: str, new: str, key: str, allowed: str
) -> None:
    assert old in GOOD
    message = refusal_of(GOOD.replace(old, new, 1))
    assert message.startswith(f"x.toml, {key}\u00a0: ")
    assert allowed in message


def test_text_that_is_no_toml_names_the_place() -> None:
    assert refusal_of("name = 'x'\nheader = ?") == "x.toml, ligne 2\u00a0: ce n'est pas du TOML"


def test_office_adds_and_replaces(tmp_path: Path) -> None:
    (tmp_path / "lcl.toml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "neuve.toml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "lisez-moi.txt").write_text("x", encoding="utf-8")
    profiles = load_profiles(tmp_path)
    assert [profile.id for profile in profiles[:2]] == ["lcl", "neuve"]
    assert [p.name for p in profiles if p.id == "lcl"] == ["Banque"]
    assert len(profiles) == len(built_in()) + 1
    assert load_profiles(None) == built_in()


def test_folder_or_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="introuvable"):
        load_profiles(tmp_path / "rien")
    (tmp_path / "a.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ParameterError, match=r"a\.toml"):
        load_profiles(tmp_path)


def test_ours_are_all_good_and_apart() -> None:
    assert len({profile.id for profile in built_in()}) == len(built_in()) == 13
    for profile in built_in():
        known = {name for names in profile.columns.values() for name in names}
        assert set(profile.header) & known
