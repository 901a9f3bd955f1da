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


# Message of the camt family: its root, and what holds its entries.
CAMT_ELEMENTS = {
    "052": ("BkToCstmrAcctRpt", "Rpt"),
    "053": ("BkToCstmrStmt", "Stmt"),
    "054": ("BkToCstmrDbtCdtNtfctn", "Ntfctn"),
}


def as_message(text: str, message: str, version: str = "02") -> str:
    """Returns a camt.053 of `camt` as another message of the family."""
    root, inner = CAMT_ELEMENTS[message]
    return (
        text.replace("camt.053.001.02", f"camt.{message}.001.{version}")
        .replace("BkToCstmrStmt", root)
        .replace("<Stmt>", f"<{inner}>")
        .replace("</Stmt>", f"</{inner}>")
    )


PAIN_HEADER = "<GrpHdr><MsgId>P1</MsgId><CreDtTm>2026-01-20T08:00:00</CreDtTm></GrpHdr>"


def rejection(
    end_to_end: str = "E1",
    amount: str = "12.00",
    *,
    reason: str = "AM04",
    status: str = "RJCT",
    account: str = IBAN,
) -> str:
    """Returns a transaction of a pain.002: a debit of M. DUPONT that was rejected."""
    return (
        f"<TxInfAndSts><StsId>S-{end_to_end}</StsId><OrgnlEndToEndId>{end_to_end}"
        f"</OrgnlEndToEndId><TxSts>{status}</TxSts><StsRsnInf><Rsn><Cd>{reason}</Cd></Rsn>"
        "<AddtlInf>PROVISION</AddtlInf></StsRsnInf><OrgnlTxRef><Amt>"
        f"<InstdAmt Ccy='EUR'>{amount}</InstdAmt></Amt><MndtRltdInf><MndtId>M1</MndtId>"
        "</MndtRltdInf><Dbtr><Nm>DUPONT</Nm></Dbtr>"
        f"<DbtrAcct><Id><IBAN>{PAYER}</IBAN></Id></DbtrAcct>"
        f"<CdtrAcct><Id><IBAN>{account}</IBAN></Id></CdtrAcct></OrgnlTxRef></TxInfAndSts>\n"
    )


def order_status(
    *transactions: str, header: str = PAIN_HEADER, ordered: str = "pain.008.001.02"
) -> str:
    """Returns a pain.002 about one batch."""
    return (
        "<Document xmlns='urn:iso:std:iso:20022:tech:xsd:pain.002.001.03'><CstmrPmtStsRpt>"
        f"{header}<OrgnlGrpInfAndSts><OrgnlMsgNmId>{ordered}</OrgnlMsgNmId></OrgnlGrpInfAndSts>"
        f"<OrgnlPmtInfAndSts><OrgnlPmtInfId>B1</OrgnlPmtInfId>{''.join(transactions)}"
        "</OrgnlPmtInfAndSts></CstmrPmtStsRpt></Document>\n"
    )


CSV_HEADER = "iban;booked_on;amount;label;counterparty;counterparty_iban;reference\n"
CSV_ROW = f"{IBAN};2026-01-10;300,00;VIR SEPA DUPONT;DUPONT JEAN;{PAYER};R1\n"


def mt940(*movements: str, opening: str = "100,00", closing: str, account: str = IBAN) -> str:
    """Returns a message around `:61:` and `:86:` fields, one a line."""
    head = f":20:STARTUMS\n:25:{account}\n:28C:1/1\n:60F:C260101EUR{opening}\n"
    body = "".join(f"{movement}\n" for movement in movements)
    return f"{head}{body}:62F:C260131EUR{closing}\n-\n"


MT940_MOVEMENT = (
    ":61:2601020102C300,00NTRFNONREF//B123\n"
    ":86:166?00VIREMENT RECU?20EREF+E2E-1?21SVWZ+LOYER JANVIER?22 45000001"
    "?31FR7630004000031234567890143?32M. DUPONT?33 JEAN"
)
OFX_HEADER = (
    "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\nENCODING:USASCII\nCHARSET:1252\n\n"
    "<OFX>\n<BANKMSGSRSV1><STMTTRNRS>\n"
)
OFX_ACCOUNT = "<BANKID>30006<BRANCHID>00001<ACCTID>12345678901<ACCTTYPE>CHECKING"


def ofx_transaction(
    amount: str = "300.00",
    *,
    day: str = "20260102120000",
    name: str = "VIR SEPA DUPONT",
    more: str = "<MEMO>LOYER JANVIER",
    fitid: str = "F1",
) -> str:
    """Returns a transaction as 1.x writes it: fields are not closed."""
    return (
        f"<STMTTRN>\n<TRNTYPE>CREDIT\n<DTPOSTED>{day}\n<TRNAMT>{amount}\n<FITID>{fitid}\n"
        f"<NAME>{name}\n{more}\n</STMTTRN>\n"
    )


def ofx(
    *transactions: str,
    account: str = OFX_ACCOUNT,
    balance: str = "<LEDGERBAL><BALAMT>400.00<DTASOF>20260131</LEDGERBAL>\n",
    header: str = OFX_HEADER,
) -> str:
    """Returns an OFX file with one account."""
    return (
        f"{header}<STMTRS>\n<CURDEF>EUR\n<BANKACCTFROM>{account}</BANKACCTFROM>\n"
        "<BANKTRANLIST><DTSTART>20260101<DTEND>20260131\n"
        f"{''.join(transactions)}</BANKTRANLIST>\n{balance}</STMTRS>\n"
        "</STMTTRNRS></BANKMSGSRSV1>\n</OFX>\n"
    )


def qif(*records: str, section: str = "!Type:Bank") -> str:
    """Returns a QIF file; each record without its `^`."""
    return f"{section}\n" + "".join(f"{record}\n^\n" for record in records)


QIF_RECORD = "D31/01/2026\nT300,00\nPVIR SEPA DUPONT\nMLOYER JANVIER"
