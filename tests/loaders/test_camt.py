"""camt.053: what each element becomes, and what is refused where."""

import re
from datetime import date

import pytest

from tests.loaders.bank_texts import IBAN, PAYER, balance, camt, entry
from workbench.domain.errors import UnreadableFileError
from workbench.domain.records import BankStatement, Entry
from workbench.loaders import camt as reader
from workbench.loaders.registry import read_source
from workbench.loaders.sniff import Source


def read(text: str | bytes) -> BankStatement:
    data = text.encode() if isinstance(text, str) else text
    (statement,) = reader.read(Source.of_bytes(data, name="releve.xml")).collected().statements
    return statement


def read_entry(**fields: str) -> Entry:
    (only,) = read(camt([entry(**fields)])).entries
    return only


def refusal_of(text: str | bytes) -> UnreadableFileError:
    with pytest.raises(UnreadableFileError) as refusal:
        read(text)
    return refusal.value


def parties(debtor: str = "", creditor: str = "", more: str = "") -> str:
    return f"<RltdPties>{debtor}{creditor}{more}</RltdPties>"


def party(role: str, name: str, iban: str = "", *, wrapped: bool = False) -> str:
    inside = f"<Nm>{name}</Nm>"
    if wrapped:
        inside = f"<Pty>{inside}</Pty>"
    account = f"<{role}Acct><Id><IBAN>{iban}</IBAN></Id></{role}Acct>" if iban else ""
    return f"<{role}>{inside}</{role}>{account}"


def one(inside: str) -> str:
    return f"<TxDtls>{inside}</TxDtls>"


def part(amount: str, text: str = "", *, old: bool = True) -> str:
    money = f"<Amt Ccy='EUR'>{amount}</Amt>"
    if old:
        money = f"<AmtDtls><TxAmt>{money}</TxAmt></AmtDtls>"
    return one(f"{money}<RmtInf><Ustrd>{text}</Ustrd></RmtInf>")


# --- statements


def test_statement_has_account_balances_and_period() -> None:
    statement = read(camt([entry()]))
    assert (statement.iban, statement.currency, statement.number) == (IBAN, "EUR", "S1")
    assert (statement.opening_cents, statement.closing_cents) == (10000, 40000)
    assert (statement.opened_on, statement.closed_on) == (date(2026, 1, 1), date(2026, 1, 31))
    assert statement.balance_gap_cents() == 0


def test_overdrawn_balance_is_negative() -> None:
    balances = balance("OPBD", "5.00", "DBIT") + balance("CLBD", "295.00")
    assert read(camt([entry()], balances=balances)).opening_cents == -500


def test_previous_closing_and_interim_balances_stand_in() -> None:
    previous = balance("PRCD", "1.00") + balance("CLBD", "2.00")
    assert read(camt(balances=previous)).opening_cents == 100
    page = balance("ITBD", "3.00") + balance("CLAV", "9.00") + balance("ITBD", "4.00")
    statement = read(camt(balances=page))
    assert (statement.opening_cents, statement.closing_cents) == (300, 400)


def test_statement_without_any_balance_is_read() -> None:
    statement = read(camt([entry()], balances=""))
    assert (statement.opening_cents, statement.closing_cents) == (None, None)
    assert (statement.opened_on, statement.closed_on) == (date(2026, 1, 10), date(2026, 1, 10))


@pytest.mark.parametrize(("kept", "missing"), [("OPBD", "CLBD"), ("CLBD", "OPBD")])
def test_statement_with_one_balance_is_cut(kept: str, missing: str) -> None:
    refusal = refusal_of(camt(balances=balance(kept, "1.00")))
    assert missing in refusal.reason
    assert refusal.line == 4


def test_account_without_iban_keeps_the_number_of_the_bank() -> None:
    account = "<Acct><Id><Othr><Id>US-0099</Id></Othr></Id></Acct>"
    statement = read(camt(account=account))
    assert (statement.iban, statement.currency) == ("US-0099", "EUR")


def test_statement_without_account_is_refused() -> None:
    assert "sans numéro de compte" in refusal_of(camt(account="")).reason


def test_prefixes_wrappers_and_later_versions_do_not_matter() -> None:
    text = camt([entry(details=one(parties(party("Dbtr", "X", wrapped=True))))], version="12")
    text = text.replace("<Document xmlns=", "<e:Envelope xmlns:e='urn:e'><Document xmlns=")
    text = text.replace("</Document>", "</Document></e:Envelope>")
    prefixed = re.sub(r"<(/?)(\w+)(?=[ >/])", r"<\1n:\2", text)
    prefixed = prefixed.replace("xmlns='urn:iso", "xmlns:n='urn:iso")
    for variant in (text, prefixed):
        read_file = read_source(Source.of_bytes(variant.encode(), name="x"))
        assert read_file.format == "camt.053.001.12"
        assert read_file.statements[0].entries[0].counterparty == "X"


# --- entries


@pytest.mark.parametrize(("sign", "cents"), [("CRDT", 30000), ("DBIT", -30000)])
@pytest.mark.parametrize("reversal", ["", "<RvslInd>true</RvslInd>"])
def test_sign_comes_from_the_indicator_alone(sign: str, cents: int, reversal: str) -> None:
    read = read_entry(sign=sign, more=reversal)
    assert (read.amount_cents, read.reversal) == (cents, bool(reversal))


@pytest.mark.parametrize(
    ("status", "is_kept"),
    [
        ("<Sts>BOOK</Sts>", True),
        ("<Sts><Cd>BOOK</Cd></Sts>", True),
        ("", True),
        ("<Sts>PDNG</Sts>", False),
        ("<Sts><Cd>PDNG</Cd></Sts>", False),
        ("<Sts>INFO</Sts>", False),
        ("<Sts><Cd>FUTR</Cd></Sts>", False),
    ],
)
def test_only_booked_entries_are_kept(status: str, is_kept: bool) -> None:
    statement = read(camt([entry(status=status), entry(reference="R2")]))
    assert [e.bank_reference for e in statement.entries] == (["R1"] * is_kept) + ["R2"]
    # The rank counts what was skipped: it leads to the entry in the file.
    assert statement.entries[-1].place == 2


@pytest.mark.parametrize(
    "written",
    ["<Dt>2026-01-10</Dt>", "<Dt>2026-01-10+01:00</Dt>", "<Dt>2026-01-10Z</Dt>",
     "<DtTm>2026-01-10T23:59:59.999+01:00</DtTm>", "<Dt> 2026-01-10 </Dt>"],
)  # fmt: skip
def test_booking_day_is_the_one_written(written: str) -> None:
    read = read_entry(booked=f"<BookgDt>{written}</BookgDt><ValDt><Dt>2026-01-12</Dt></ValDt>")
    assert (read.booked_on, read.value_on) == (date(2026, 1, 10), date(2026, 1, 12))


def test_value_date_stands_in_for_a_missing_booking_date() -> None:
    read = read_entry(booked="<ValDt><Dt>2026-01-12</Dt></ValDt>")
    assert read.booked_on == date(2026, 1, 12)


def test_all_remittance_lines_make_the_label() -> None:
    details = one("<RmtInf><Ustrd>LOYER</Ustrd><Ustrd> de  janvier\n</Ustrd></RmtInf>")
    read = read_entry(details=details, more="<AddtlNtryInf>VIR SEPA</AddtlNtryInf>")
    assert read.label == "LOYER de janvier"
    assert read.extra["more"] == "VIR SEPA"


def test_words_of_the_bank_are_the_label_when_the_payer_wrote_none() -> None:
    details = one("<AddtlTxInf>VIR RECU</AddtlTxInf>")
    read = read_entry(details=details, more="<AddtlNtryInf>REF 12</AddtlNtryInf>")
    assert read.label == "VIR RECU REF 12"


def test_references_stand_apart_from_the_label() -> None:
    details = one(
        "<Refs><AcctSvcrRef>T9</AcctSvcrRef><InstrId>I1</InstrId><EndToEndId>E1</EndToEndId>"
        "<MndtId>M1</MndtId></Refs><RmtInf><Ustrd>A</Ustrd><Strd><CdtrRefInf><Ref>RF18</Ref>"
        "</CdtrRefInf><AddtlRmtInf>aussi</AddtlRmtInf></Strd></RmtInf>"
    )
    read = read_entry(details=details)
    assert (read.bank_reference, read.end_to_end_id, read.mandate_id) == ("R1", "E1", "M1")
    assert (read.remittance_reference, read.label) == ("RF18", "A")
    assert (read.extra["InstrId"], read.extra["more"]) == ("I1", "aussi")


def test_reference_of_the_transaction_stands_in() -> None:
    details = one("<Refs><AcctSvcrRef>T9</AcctSvcrRef></Refs>")
    assert read_entry(reference="", details=details).bank_reference == "T9"


@pytest.mark.parametrize("word", ["NOTPROVIDED", "NotProvided", "000000", ""])
def test_no_reference_is_no_reference(word: str) -> None:
    details = one(f"<Refs><EndToEndId>{word}</EndToEndId><MndtId>{word}</MndtId></Refs>")
    read = read_entry(details=details)
    assert (read.end_to_end_id, read.mandate_id) == ("", "")


def test_operation_code_is_the_iso_one_then_the_own_one() -> None:
    iso = "<Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn>"
    own = "<Prtry><Cd>B1</Cd></Prtry>"
    both = read_entry(more=f"<BkTxCd>{iso}{own}</BkTxCd>")
    assert (both.operation_code, both.extra["Prtry"]) == ("PMNT/RCDT/ESCT", "B1")
    assert read_entry(more=f"<BkTxCd>{own}</BkTxCd>").operation_code == "B1"


def test_entry_in_another_currency_says_so() -> None:
    statement = read(camt([entry(currency="CHF"), entry()]))
    assert [e.extra.get("currency") for e in statement.entries] == ["CHF", None]


# --- who


@pytest.mark.parametrize("wrapped", [False, True])
@pytest.mark.parametrize(("sign", "name"), [("CRDT", "PAYEUR"), ("DBIT", "BENEF")])
def test_other_party_follows_the_sign(sign: str, name: str, wrapped: bool) -> None:
    details = one(
        parties(
            party("Dbtr", "PAYEUR", PAYER, wrapped=wrapped),
            party("Cdtr", "BENEF", "FR7610107001011234567890129", wrapped=wrapped),
        )
    )
    assert read_entry(sign=sign, details=details).counterparty == name


def test_other_party_of_a_returned_debit_is_its_debtor() -> None:
    details = one(
        parties(party("Dbtr", "LOCATAIRE", PAYER), party("Cdtr", "RESIDENCE"))
        + "<RtrInf><Rsn><Cd>AM04</Cd></Rsn></RtrInf>"
    )
    read = read_entry(sign="DBIT", details=details)
    assert (read.counterparty, read.counterparty_iban) == ("LOCATAIRE", PAYER)
    assert read.return_reason == "AM04"


def test_nobody_is_his_own_payer() -> None:
    ours = parties(party("Dbtr", "RESIDENCE", IBAN), party("Cdtr", "AUTRE"))
    assert read_entry(details=one(ours)).counterparty == "AUTRE"
    named = one(parties(party("Dbtr", "RESIDENCE"), party("Cdtr", "AUTRE")))
    account = f"<Acct><Id><IBAN>{IBAN}</IBAN></Id><Ownr><Nm>RESIDENCE</Nm></Ownr></Acct>"
    assert read(camt([entry(details=named)], account=account)).entries[0].counterparty == "AUTRE"


def test_ultimate_debtor_is_kept() -> None:
    ultimate = "<UltmtDbtr><Nm>M. DUPONT</Nm></UltmtDbtr>"
    read = read_entry(details=one(parties(party("Dbtr", "CAF"), more=ultimate)))
    assert (read.counterparty, read.ultimate_party) == ("CAF", "M. DUPONT")


# --- batches


@pytest.mark.parametrize("old", [True, False])
def test_batch_that_adds_up_has_parts(old: bool) -> None:
    details = part("100.00", "A", old=old) + part("200.00", "B", old=old)
    read = read_entry(sign="DBIT", details=details)
    assert [(p.amount_cents, p.remittance) for p in read.parts] == [(-10000, "A"), (-20000, "B")]
    assert (read.amount_cents, read.label, read.extra["transactions"]) == (-30000, "A B", "2")


@pytest.mark.parametrize("second", ["200.01", "199.99"])
def test_batch_that_does_not_add_up_is_one_movement(second: str) -> None:
    read = read_entry(details=part("100.00", "A") + part(second, "B"))
    assert (read.parts, read.amount_cents) == ((), 30000)


def test_batch_without_amounts_or_in_another_currency_is_one_movement() -> None:
    assert read_entry(details=one("") + part("300.00")).parts == ()
    foreign = (part("100.00") + part("200.00")).replace("'EUR'", "'CHF'")
    assert read_entry(details=foreign).parts == ()


def test_batch_of_several_payers_has_none_of_its_own() -> None:
    two = [one(part("150.00")[8:-9] + parties(party("Dbtr", name))) for name in ("A", "B")]
    read = read_entry(details="".join(two))
    assert (read.counterparty, [p.counterparty for p in read.parts]) == ("", ["A", "B"])


# --- what is refused


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("<CdtDbtInd>CRDT</CdtDbtInd><Sts>", "<Sts>", "sens absent (CdtDbtInd)"),
        ("<CdtDbtInd>CRDT</CdtDbtInd><Sts>", "<CdtDbtInd>CRED</CdtDbtInd><Sts>", "sens inconnu"),
        ("<Amt Ccy='EUR'>300.00</Amt>", "", "montant absent (Amt)"),
        ("300.00", "300,00", "ce n'est pas un montant"),
        ("300.00", "", "ce n'est pas un montant"),
        ("300.00", "-300.00", "le signe est dans CdtDbtInd"),
        ("300.00", "300.005", "plus fin que le centime"),
        ("300.00", "3²0.00", "ce n'est pas un montant"),
        ("300.00", "9" * 5000, "ce n'est pas un montant"),
        ("<BookgDt><Dt>2026-01-10</Dt></BookgDt>", "", "sans date comptable"),
        ("2026-01-10", "2026-02-30", "cette date n'existe pas"),
        ("2026-01-10", "10/01/2026x", "ce n'est pas une date"),
    ],
)
def test_bad_entry_is_refused_with_its_line(old: str, new: str, reason: str) -> None:
    refusal = refusal_of(camt([entry(reference="R0", amount="1.00"), entry()]).replace(
        entry(), entry().replace(old, new)
    ))  # fmt: skip
    assert reason in refusal.reason
    assert "écriture n°\u00a02" in refusal.reason
    # Head, document, group header, account, two balances and the first entry come before.
    assert refusal.line == 9
    assert refusal.file == "releve.xml"


def test_line_is_right_past_65535() -> None:
    text = camt([entry(amount="x")]).replace("<Stmt>", "<Stmt>" + "\n" * 70_000)
    assert refusal_of(text).line == 70_008


@pytest.mark.parametrize("cut", [0.4, 0.7, 0.9, 0.99])
def test_cut_file_is_refused(cut: float) -> None:
    text = camt([entry(reference=f"R{n}") for n in range(20)])
    refusal = refusal_of(text[: int(len(text) * cut)])
    assert "fichier coupé" in refusal.reason
    assert refusal.line is not None


def test_bytes_in_another_encoding_than_declared_are_refused() -> None:
    text = camt([entry(details=one("<RmtInf><Ustrd>Été</Ustrd></RmtInf>"))])
    refusal = refusal_of(text.encode("latin-1"))
    assert "encodage annoncé" in refusal.reason
    assert refusal.line == 8


@pytest.mark.parametrize(
    ("declared", "written"),
    [("ISO-8859-1", "latin-1"), ("windows-1252", "cp1252"), ("UTF-8", "utf-8"),
     ("UTF-8", "utf-8-sig"), ("UTF-16", "utf-16"), ("ISO-8859-1", "utf-8")],
)  # fmt: skip
def test_declared_encodings_are_read_and_utf_8_goes_first(declared: str, written: str) -> None:
    details = one("<RmtInf><Ustrd>Été à Noël</Ustrd></RmtInf>")
    prologue = f'<?xml version="1.0" encoding="{declared}"?>\n'
    text = camt([entry(details=details)], prologue=prologue)
    assert read(text.encode(written)).entries[0].label == "Été à Noël"


def test_unknown_encoding_is_refused() -> None:
    text = camt(prologue='<?xml version="1.0" encoding="UTF-7"?>\n')
    assert "encodage XML inconnu" in str(refusal_of(text))


LAUGHS = "<!DOCTYPE Document [<!ENTITY a 'ha'>" + "".join(
    f"<!ENTITY {name} '{f'&{previous};' * 10}'>"
    for previous, name in zip("abcdefghi", "bcdefghij", strict=True)
)


@pytest.mark.parametrize(
    "doctype",
    [
        "<!DOCTYPE Document>",
        "<!DOCTYPE Document SYSTEM 'file:///etc/passwd'>",
        "<!DOCTYPE Document [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>",
        "<!-- banque --><!DOCTYPE Document [<!ENTITY % p SYSTEM 'http://127.0.0.1/'> %p;]>",
        f"{LAUGHS}]>",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_doctype_is_refused(doctype: str, encoding: str) -> None:
    text = camt([entry(details=one("<RmtInf><Ustrd>&j;</Ustrd></RmtInf>"))])
    prologue, rest = text.split("\n", 1)
    data = f"{prologue.replace('UTF-8', encoding)}\n{doctype}\n{rest}".encode(encoding)
    assert "DOCTYPE, refusé" in refusal_of(data).reason
    with pytest.raises(UnreadableFileError, match="DOCTYPE"):
        read_source(Source.of_bytes(data, name="x.xml"))


def test_doctype_the_first_look_did_not_see_is_refused() -> None:
    stray = "<!--" + "x" * 70_000 + "--><!DOCTYPE Document [<!ENTITY j 'ha'>]>"
    text = camt([entry(details=one("<RmtInf><Ustrd>&j;</Ustrd></RmtInf>"))])
    prologue, rest = text.split("\n", 1)
    assert "DOCTYPE, refusé" in refusal_of(f"{prologue}\n{stray}\n{rest}").reason


def test_comments_do_not_cut_names() -> None:
    details = one(parties("<Dbtr><Nm>DU<!-- hostile -->PONT</Nm></Dbtr>"))
    assert read_entry(details=details).counterparty == "DUPONT"


def test_control_characters_do_not_reach_the_records() -> None:
    details = one("<RmtInf><Ustrd>A&#9;B&#10;C\u00a0D</Ustrd></RmtInf>")
    assert read_entry(details=details).label == "A B C D"


def test_two_spellings_of_an_accent_are_one_label() -> None:
    composed, decomposed = (
        read_entry(details=one(f"<RmtInf><Ustrd>{text}</Ustrd></RmtInf>")).label
        for text in ("L\u00e9a", "Le\u0301a")
    )
    assert composed == decomposed == "L\u00e9a"


def test_entry_outside_a_statement_is_refused() -> None:
    text = camt([entry()]).replace("<Stmt>", "").replace("</Stmt>", "")
    assert "hors d'un relevé" in refusal_of(text).reason


def test_message_without_statement_is_refused() -> None:
    assert "aucun relevé" in refusal_of("<Document><BkToCstmrStmt/></Document>").reason


def test_many_entries_are_all_there_and_the_tree_does_not_grow() -> None:
    count = 3000
    balances = balance("OPBD", "0.00") + balance("CLBD", f"{count}.00")
    text = camt([entry("1.00", reference=f"R{n}") for n in range(count)], balances=balances)
    statement = read(text)
    assert [e.bank_reference for e in statement.entries] == [f"R{n}" for n in range(count)]
    assert statement.balance_gap_cents() == 0
