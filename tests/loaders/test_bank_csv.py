"""The exports of the French banks: each by its real header, and what is refused where."""

from datetime import date
from pathlib import Path

import pytest

from tests.loaders import bank_tables
from tests.loaders.bank_tables import BNP, BP, CA, CE, CIC, EXPORTS, LBP, SG, Export, changed
from workbench.domain.errors import UnreadableFileError
from workbench.domain.records import BankStatement, StatementFile, StatementKind
from workbench.loaders.identity import movement_identities
from workbench.loaders.profiles import built_in, parse_profile
from workbench.loaders.registry import is_bank_file, read_source
from workbench.loaders.sniff import Source
from workbench.loaders.statement import check_statement

PROFILE = """
name = "Banque du cabinet"
header = ["Jour", "Texte", "Somme"]
{more}
[columns]
booked_on = "Jour"
label = ["Texte"]
amount = "Somme"
"""


def read(data: bytes | str) -> StatementFile:
    body = data.encode() if isinstance(data, str) else data
    return read_source(Source.of_bytes(body, name="export.csv"))


def refusal_of(data: bytes | str) -> UnreadableFileError:
    with pytest.raises(UnreadableFileError) as refusal:
        read(data)
    return refusal.value


def read_own(text: str, *, more: str = "") -> BankStatement:
    own = parse_profile(PROFILE.format(more=more), id="cabinet", file="cabinet.toml")
    file = read_source(Source.of_bytes(text.encode(), name="x.csv"), profiles=(own, *built_in()))
    assert file.format == "csv-cabinet"
    return file.statements[0]


def cents(statement: BankStatement) -> tuple[int, ...]:
    return tuple(entry.amount_cents for entry in statement.entries)


def codes(statement: BankStatement) -> list[str]:
    return [finding.code for finding in check_statement(statement, file="x")]


@pytest.mark.parametrize("export", EXPORTS, ids=lambda export: export.format)
@pytest.mark.parametrize("encoding", ["", "utf-8", "utf-8-sig", "utf-16"])
def test_export_is_read(export: Export, encoding: str) -> None:
    file = read(export.text.encode(encoding or export.encoding))
    (statement,) = file.statements
    assert file.format == export.format
    assert (statement.iban, statement.currency) == (export.account, "EUR")
    assert cents(statement) == export.cents
    assert statement.entries[0].label == export.label
    if export.balances is None:
        assert (statement.kind, statement.opening_cents) == (StatementKind.REPORT, None)
    else:
        assert statement.kind is StatementKind.STATEMENT
        assert (statement.opening_cents, statement.closing_cents) == export.balances
    assert codes(statement) == []


def test_every_profile_of_ours_has_an_export() -> None:
    assert {f"csv-{profile.id}" for profile in built_in()} == {
        *(export.format for export in EXPORTS),
        "csv-plain",
    }


@pytest.mark.parametrize("export", EXPORTS, ids=lambda export: export.format)
def test_header_is_told_without_accents_and_case(export: Export) -> None:
    plain = str.maketrans("éèÉ'", "eeE’")
    for text in (export.text.translate(plain), export.text.replace("Date", "DATE")):
        assert cents(read(text).statements[0]) == export.cents


def test_what_stands_above_is_searched_not_counted() -> None:
    text = CA.text.replace("\nDate;", "\nUne ligne de plus;\n\nUne autre\nDate;")
    assert cents(read(text).statements[0]) == CA.cents


def test_period_is_the_one_the_bank_says() -> None:
    statement = read(CA.text).statements[0]
    assert (statement.opened_on, statement.closed_on) == (date(2026, 4, 1), date(2026, 4, 30))


def test_value_date_reference_and_line() -> None:
    entry = read(bank_tables.BPCE.text).statements[0].entries[1]
    assert (entry.booked_on, entry.value_on) == (date(2026, 9, 1), date(2026, 9, 1))
    assert (entry.bank_reference, entry.place) == ("REF1", 3)


def test_euro_sign_of_the_bank_s_encoding() -> None:
    assert read(CIC.text.encode("iso-8859-15")).statements[0].entries[1].label.endswith("10€")


def test_accounts_of_one_file_are_statements() -> None:
    other = "12345678901;28/05/2026;;VIR Y;;28/05/2026;5,00\n"
    statements = read(BP.text + other + BP.text.splitlines()[1] + "\n").statements
    assert [(s.iban, len(s.entries)) for s in statements] == [
        ("55566677788", 3),
        ("12345678901", 1),
    ]


def test_same_export_twice_or_overlapping_is_the_same_movements() -> None:
    first, again = read(SG.text).statements[0], read(SG.text).statements[0]
    assert movement_identities(first) == movement_identities(again)
    newer = "02/10/2026;VIR RECU 9;VIR RECU 9 DE: Z;70,00;EUR\n"
    longer = read(SG.text.replace(";2;01", ";3;01").replace("Devise\n", f"Devise\n{newer}"))
    keys, _ = movement_identities(longer.statements[0])
    assert keys[1:] == movement_identities(first)[0]


# --- balances


def rows_of_cic(*rows: str) -> str:
    return "\n".join([CIC.text.splitlines()[0], *rows]) + "\n"


OLDEST_FIRST = (
    "01/07/2026;01/07/2026;-10,00;;A;90,00",
    "02/07/2026;02/07/2026;;30,00;B;120,00",
    "02/07/2026;02/07/2026;-5,00;;C;115,00",
)


@pytest.mark.parametrize("rows", [OLDEST_FIRST, OLDEST_FIRST[::-1]], ids=["oldest", "newest"])
def test_running_balance_gives_both_ends(rows: tuple[str, ...]) -> None:
    statement = read(rows_of_cic(*rows)).statements[0]
    assert (statement.opening_cents, statement.closing_cents) == (10000, 11500)
    assert statement.balance_gap_cents() == 0
    assert codes(statement) == []


@pytest.mark.parametrize("rows", [OLDEST_FIRST[1:], OLDEST_FIRST[:0:-1]], ids=["oldest", "newest"])
def test_rows_of_one_day_are_ordered_by_their_balances(rows: tuple[str, ...]) -> None:
    statement = read(rows_of_cic(*rows)).statements[0]
    assert (statement.opening_cents, statement.closing_cents) == (9000, 11500)


@pytest.mark.parametrize(
    ("rows", "line"),
    [
        ((OLDEST_FIRST[0], OLDEST_FIRST[2]), 3),
        ((OLDEST_FIRST[2], OLDEST_FIRST[0]), 3),
        ((OLDEST_FIRST[0], OLDEST_FIRST[1].replace("30,00", "31,00"), OLDEST_FIRST[2]), 3),
    ],
    ids=["row missing", "row missing, newest first", "amount changed"],
)
def test_gap_is_a_finding_with_its_line(rows: tuple[str, ...], line: int) -> None:
    statement = read(rows_of_cic(*rows)).statements[0]
    findings = check_statement(statement, file="x.csv")
    assert {finding.code for finding in findings} == {"running_balance", "unbalanced_statement"}
    (gap,) = [finding for finding in findings if finding.code == "running_balance"]
    assert (gap.line, gap.file) == (line, "x.csv")
    assert "le solde écrit est" in gap.message


def test_balance_may_stand_on_some_rows_only() -> None:
    rows = [OLDEST_FIRST[0].replace("90,00", ""), *OLDEST_FIRST[1:]]
    statement = read(rows_of_cic(*rows)).statements[0]
    assert (statement.opening_cents, statement.closing_cents) == (10000, 11500)
    assert codes(statement) == []


def test_balances_above_and_below_must_fit() -> None:
    statement = read(changed(CE, "+40,00", "+41,00")).statements[0]
    assert codes(statement) == ["unbalanced_statement"]


def test_statement_of_balances_alone() -> None:
    lines = CE.text.splitlines(keepends=True)
    (statement,) = read("".join([*lines[:5], lines[-1]])).statements
    assert (statement.opening_cents, statement.closing_cents) == (-1000, 4000)
    assert statement.entries == ()


# --- an office's own profile


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ("", "Jour;Texte;Somme\n31/10/2026;X;-12,50\n"),
        ("", "jour,texte,somme\n2026-10-31,X,-12.50\n"),
        ("", "Jour\tTexte\tSomme\n31.10.26\tX\t(12,50)\n"),
        ('separator = "|"', "Jour|Texte|Somme\n31/10/2026|X|-12,50\n"),
        ('date_order = "month"', "Jour;Texte;Somme\n10/31/2026;X;-12,50\n"),
        ('date_order = "month"', "Jour;Texte;Somme\n2026-10-31;X;-12,50\n"),
        ('date_order = "year"', "Jour;Texte;Somme\n2026/10/31;X;-12,50\n"),
        ("", "Compte 1;\n\nJour;Texte;Somme;Autre\n31/10/2026;X;-12,50;z\n"),
    ],
)
def test_profile_of_an_office(more: str, text: str) -> None:
    statement = read_own(text, more=more)
    entry = statement.entries[0]
    assert (entry.booked_on, entry.amount_cents, entry.label) == (date(2026, 10, 31), -1250, "X")


def test_month_first_never_guesses() -> None:
    with pytest.raises(UnreadableFileError, match="cette date n'existe pas"):
        read_own("Jour;Texte;Somme\n31/10/2026;X;1,00\n", more='date_order = "month"')


def test_profile_of_an_office_goes_before_ours() -> None:
    own = parse_profile(
        PROFILE.replace('"Jour", "Texte", "Somme"', '"Date", "Libellé", "Montant(EUROS)"')
        .replace('"Jour"', '"Date"').replace('["Texte"]', '["Libellé"]')
        .replace('"Somme"', '"Montant(EUROS)"').format(more='currency = "CHF"'),
        id="poste", file="poste.toml",
    )  # fmt: skip
    source = Source.of_bytes(LBP.text.encode(), name="x")
    assert read_source(source, profiles=(own, *built_in())).format == "csv-poste"


def test_other_currency_is_kept_beside() -> None:
    statement = read(changed(SG, "-8,10;EUR", "-8,10;CHF")).statements[0]
    assert statement.entries[1].extra == {"currency": "CHF"}
    assert codes(statement) == ["entry_currency"]


# --- refusals


@pytest.mark.parametrize(
    ("export", "old", "new", "line", "column", "reason"),
    [
        (BNP, "02/11/2026;", "13/14/2026;", 4, "Date operation", "cette date n'existe pas"),
        (BNP, "850,00", "douze", 4, "Montant operation en euro", "ce n'est pas un montant"),
        (BNP, "850,00", "", 4, "Montant operation en euro", "montant vide"),
        (BNP, ";850,00", "", 4, "", "4 cellules pour 5 colonnes"),
        (BNP, ";850,00", ";850,00;9", 4, "", "6 cellules pour 5 colonnes"),
        (CA, ";;2 389,64;", ";1,00;2 389,64;", 12, "", "un débit et un crédit à la fois"),
        (CA, ";;2 389,64;", ";;;", 12, "Débit euros", "ni débit ni crédit"),
        (CA, "150,00;;", "-150,00;;", 17, "Débit euros", "débit négatif"),
        (CE, "-50,00", "50,00", 6, "Débit", "débit sans signe moins"),
        (CE, "+100,00", "-100,00", 7, "Crédit", "crédit négatif"),
        (CE, "Solde en début", "Somme en début", 8, "", "5 cellules pour 7 colonnes"),
        (CE, "-10,00", "rien", 5, "", "solde illisible"),
        (CIC, "1280,23", "12.80,23", 2, "Solde", "ce n'est pas un montant"),
        (CIC, "08/07/2026;09/07/2026", "08/07/2026;09/17/2026", 2, "Date de valeur", "existe pas"),
        (CIC, "Date de valeur", "Solde", 1, "", "les colonnes"),
        (SG, ";2;01/10", ";3;01/10", None, "", "annonce 3 opération(s) et en contient 2"),
        (BP, "CHEQUE", '"CHEQUE', 2, "", "guillemet jamais fermé"),
    ],
)
def test_bad_row_is_refused_at_its_place(
    export: Export, old: str, new: str, line: int | None, column: str, reason: str
) -> None:
    refusal = refusal_of(changed(export, old, new))
    assert reason in str(refusal)
    if line != 1:
        assert (refusal.line, refusal.column) == (line, column)
    assert refusal.hint


@pytest.mark.parametrize("second", [CIC, BNP, LBP, BP])
def test_two_files_end_to_end_are_refused(second: Export) -> None:
    refusal = refusal_of(CIC.text + second.text)
    # The lines above a header are refused for themselves, before it is seen.
    reasons = {CIC: "bout à bout", BP: "bout à bout", BNP: "pas une date", LBP: "2 cellules"}
    assert refusal.line == 4
    assert reasons[second] in refusal.reason


def test_same_columns_twice_are_refused() -> None:
    refusal = refusal_of(CIC.text.replace("Libellé;Solde", "Libellé;Solde;Solde"))
    assert (refusal.column, refusal.reason) == ("Solde", "colonne présente deux fois")


def test_header_too_far_down_is_none() -> None:
    assert cents(read("x;y\n" * 59 + CIC.text).statements[0]) == CIC.cents
    assert "un tableau dont les colonnes" in str(refusal_of("x;y;z\n" * 60 + CIC.text))


def test_header_alone_has_no_statement() -> None:
    assert read(CIC.text.splitlines()[0] + "\n").statements == ()


def test_pdf_named_csv_is_refused_by_what_it_is() -> None:
    assert "un document PDF" in str(refusal_of(b"%PDF-1.7\n" + CIC.text.encode("cp1252")))


def test_table_of_no_bank_is_passed_over_in_a_folder(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("nom;ville;âge\nX;Y;3\n", encoding="utf-8")
    (tmp_path / "b.csv").write_bytes(CIC.text.encode("cp1252", "replace"))
    assert [is_bank_file(tmp_path / name) for name in ("a.csv", "b.csv")] == [False, True]
