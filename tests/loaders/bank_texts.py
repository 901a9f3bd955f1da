"""Small bank files written by hand, for tests that change one thing of them."""

from collections.abc import Iterable

IBAN = "FR7630006000011234567890189"
PAYER = "FR7630004000031234567890143"
RIB = ("30006", "00001", "12345678901")
_PLUS, _MINUS = "{ABCDEFGHI", "}JKLMNOPQR"


def overpunched(cents: int, *, width: int = 14) -> str:
    """Returns cents as CFONB writes them: the last digit carries the sign."""
    digits = f"{abs(cents):0{width}d}"
    return digits[:-1] + (_MINUS if cents < 0 else _PLUS)[int(digits[-1])]


def record(
    kind: str,
    day: str,
    cents: int | None = None,
    *,
    label: str = "",
    code: str = "",
    reference: str = "",
    number: str = "",
    value: str = "",
    reject: str = "",
    account: str = RIB[2],
    currency: str = "EUR2",
) -> str:
    """Returns a 01, 04 or 07 record of 120 characters."""
    amount = "" if cents is None else overpunched(cents)
    return (
        f"{kind}{RIB[0]}    {RIB[1]}{currency:4} {account}{code:2}{day:6}{reject:2}{value:6}"
        f"{label:31}  {number:7}  {amount:14}{reference:16}"
    )


def detail(qualifier: str, text: str, *, account: str = RIB[2]) -> str:
    """Returns a 05 record of 120 characters."""
    head = f"05{RIB[0]}    {RIB[1]}EUR2 {account}18020126     "
    return f"{head}{qualifier:3}{text:70}".ljust(120)


def cfonb(*movements: str, opening: int = 100_00, closing: int) -> str:
    """Returns a statement around movement and detail records."""
    lines = [record("01", "010126", opening), *movements, record("07", "310126", closing)]
    return "".join(f"{line}\n" for line in lines)


def balance(code: str, amount: str, sign: str = "CRDT", day: str = "2026-01-01") -> str:
    """Returns a camt balance."""
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy='EUR'>{amount}</Amt>"
        f"<CdtDbtInd>{sign}</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>\n"
    )


def entry(
    amount: str = "300.00",
    sign: str = "CRDT",
    *,
    details: str = "",
    status: str = "<Sts>BOOK</Sts>",
    booked: str = "<BookgDt><Dt>2026-01-10</Dt></BookgDt>",
    more: str = "",
    reference: str = "R1",
    currency: str = "EUR",
) -> str:
    """Returns a camt entry; `details` is the inside of its NtryDtls."""
    inside = f"<NtryDtls>{details}</NtryDtls>" if details else ""
    return (
        f"<Ntry><Amt Ccy='{currency}'>{amount}</Amt><CdtDbtInd>{sign}</CdtDbtInd>{status}{booked}"
        f"<AcctSvcrRef>{reference}</AcctSvcrRef>{inside}{more}</Ntry>\n"
    )


def camt(
    entries: Iterable[str] = (),
    *,
    balances: str = balance("OPBD", "100.00") + balance("CLBD", "400.00", day="2026-01-31"),
    account: str = f"<Acct><Id><IBAN>{IBAN}</IBAN></Id><Ccy>EUR</Ccy></Acct>\n",
    version: str = "02",
    prologue: str = '<?xml version="1.0" encoding="UTF-8"?>\n',
) -> str:
    """Returns a camt.053 with one statement, one element a line."""
    return (
        f"{prologue}<Document xmlns='urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}'>\n"
        f"<BkToCstmrStmt><GrpHdr><MsgId>1</MsgId></GrpHdr>\n<Stmt><Id>S1</Id>\n{account}{balances}"
        f"{''.join(entries)}</Stmt></BkToCstmrStmt></Document>\n"
    )


CSV_HEADER = "iban;booked_on;amount;label;counterparty;counterparty_iban;reference\n"
CSV_ROW = f"{IBAN};2026-01-10;300,00;VIR SEPA DUPONT;DUPONT JEAN;{PAYER};R1\n"
