"""Statements as bank files: camt.053 (.02 and .08), CFONB 120 and our plain CSV.

Not for reading them: the loaders know nothing of these writers, which is what makes the demo a
test of the loaders.
"""

import csv
import io
import unicodedata
from html import escape
from typing import Final

from workbench.demo.books import Movement
from workbench.demo.statements import Statement
from workbench.domain.money import iso_amount

# operation: CFONB code; camt domain, family and sub-family.
_CODES: Final = {
    "transfer_in": ("05", "PMNT", "RCDT", "ESCT"),
    "instant": ("C2", "PMNT", "RRCT", "ESCT"),
    "cheques": ("02", "PMNT", "RCHQ", "URCQ"),
    "cards": ("30", "PMNT", "MCRD", "POSP"),
    "debit_in": ("A1", "PMNT", "IDDT", "ESDD"),
    "debit_returned": ("B3", "PMNT", "IDDT", "UPDD"),
    "transfer_out": ("06", "PMNT", "ICDT", "ESCT"),
    "debit_out": ("B1", "PMNT", "RDDT", "ESDD"),
    "fee": ("62", "ACMT", "MDOP", "CHRG"),
}
EXTENSIONS: Final = {
    "camt.053.001.02": "xml", "camt.053.001.08": "xml", "cfonb120": "txt", "csv": "csv",
}  # fmt: skip
CSV_HEADER: Final = (
    "iban", "booked_on", "amount", "label", "counterparty", "counterparty_iban", "reference",
)  # fmt: skip
_PLUS, _MINUS = "{ABCDEFGHI", "}JKLMNOPQR"
_RECORD, _LABEL, _TEXT = 120, 31, 70


def write_statements(statements: list[Statement]) -> bytes:
    """Returns one bank file with `statements`, all of one account, in its bank's format."""
    file_format = statements[0].account.format
    if file_format == "cfonb120":
        return _cfonb(statements).encode("ascii")
    if file_format == "csv":
        return _plain_csv(statements).encode()
    return _camt(statements, new=file_format.endswith(".08")).encode()


# camt.053


def _camt(statements: list[Statement], *, new: bool) -> str:
    account = statements[0].account
    created = f"{statements[-1].closed_on}T22:15:00Z"
    version = account.format
    out = [
        '<?xml version="1.0" encoding="UTF-8"?>\n',
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:{version}"><BkToCstmrStmt>\n',
        f"<GrpHdr><MsgId>{account.iban[4:9]}{statements[0].number:06d}</MsgId>",
        f"<CreDtTm>{created}</CreDtTm></GrpHdr>\n",
    ]
    bic = "BICFI" if new else "BIC"
    for statement in statements:
        out.append(
            f"<Stmt><Id>{account.iban[-11:-2]}-{statement.number:04d}</Id>"
            f"<LglSeqNb>{statement.number}</LglSeqNb>"
            f"<CreDtTm>{statement.closed_on}T22:15:00Z</CreDtTm>"
            f"<Acct><Id><IBAN>{account.iban}</IBAN></Id><Ccy>EUR</Ccy>"
            f"<Svcr><FinInstnId><{bic}>{account.bic}</{bic}></FinInstnId></Svcr></Acct>\n"
        )
        out.append(_balance("OPBD", statement.opening_cents, str(statement.opened_on)))
        out.append(_balance("CLBD", statement.closing_cents, str(statement.closed_on)))
        out.extend(_entry(movement, new=new) for movement in statement.movements)
        out.append("</Stmt>\n")
    out.append("</BkToCstmrStmt></Document>\n")
    return "".join(out)


def _side(cents: int) -> str:
    return "CRDT" if cents >= 0 else "DBIT"


def _balance(code: str, cents: int, on: str) -> str:
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>"
        f'<Amt Ccy="EUR">{iso_amount(abs(cents))}</Amt><CdtDbtInd>{_side(cents)}</CdtDbtInd>'
        f"<Dt><Dt>{on}</Dt></Dt></Bal>\n"
    )


def _entry(movement: Movement, *, new: bool) -> str:
    _, domain, family, sub = _CODES[movement.operation]
    status = "<Cd>BOOK</Cd>" if new else "BOOK"
    flag = "<RvslInd>true</RvslInd>" if movement.return_reason else ""
    parts = movement.parts or (movement,)
    batch = ""
    if movement.parts:
        batch = f"<Btch><NbOfTxs>{len(parts)}</NbOfTxs></Btch>"
    details = "".join(_details(part, new=new) for part in parts) if _has_details(movement) else ""
    if details:
        details = f"<NtryDtls>{batch}{details}</NtryDtls>"
    return (
        f'<Ntry><Amt Ccy="EUR">{iso_amount(abs(movement.amount_cents))}</Amt>'
        f"<CdtDbtInd>{_side(movement.amount_cents)}</CdtDbtInd>{flag}<Sts>{status}</Sts>"
        f"<BookgDt><Dt>{movement.booked_on}</Dt></BookgDt><ValDt><Dt>{movement.booked_on}</Dt></ValDt>"
        f"<AcctSvcrRef>{movement.bank_reference}</AcctSvcrRef>"
        f"<BkTxCd><Domn><Cd>{domain}</Cd><Fmly><Cd>{family}</Cd><SubFmlyCd>{sub}</SubFmlyCd></Fmly>"
        f"</Domn></BkTxCd>{details}<AddtlNtryInf>{_xml(movement.wording)}</AddtlNtryInf></Ntry>\n"
    )


def _has_details(movement: Movement) -> bool:
    return bool(movement.parts or movement.counterparty or movement.remittance)


def _details(part: Movement, *, new: bool) -> str:
    amount = f'<Amt Ccy="EUR">{iso_amount(abs(part.amount_cents))}</Amt>'
    amount = (
        f"{amount}<CdtDbtInd>{_side(part.amount_cents)}</CdtDbtInd>"
        if new
        else f"<AmtDtls><TxAmt>{amount}</TxAmt></AmtDtls>"
    )
    mandate = f"<MndtId>{part.mandate_id}</MndtId>" if part.mandate_id else ""
    reason = part.return_reason
    returned = f"<RtrInf><Rsn><Cd>{reason}</Cd></Rsn></RtrInf>" if reason else ""
    return (
        f"<TxDtls><Refs><EndToEndId>{part.end_to_end_id or 'NOTPROVIDED'}</EndToEndId>{mandate}"
        f"</Refs>{amount}{_parties(part, new=new)}{_remittance(part)}{returned}</TxDtls>"
    )


def _parties(part: Movement, *, new: bool) -> str:
    role = "Dbtr" if part.amount_cents >= 0 else "Cdtr"
    out = []
    if part.counterparty:
        out.append(f"<{role}>{_party(part.counterparty, new=new)}</{role}>")
    if part.counterparty_iban:
        out.append(f"<{role}Acct><Id><IBAN>{part.counterparty_iban}</IBAN></Id></{role}Acct>")
    if part.ultimate_party:
        out.append(f"<Ultmt{role}>{_party(part.ultimate_party, new=new)}</Ultmt{role}>")
    return f"<RltdPties>{''.join(out)}</RltdPties>" if out else ""


def _party(name: str, *, new: bool) -> str:
    return f"<Pty><Nm>{_xml(name)}</Nm></Pty>" if new else f"<Nm>{_xml(name)}</Nm>"


def _remittance(part: Movement) -> str:
    text = f"<Ustrd>{_xml(part.remittance)}</Ustrd>" if part.remittance else ""
    if part.remittance_reference:
        text += (
            "<Strd><CdtrRefInf><Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry></Tp>"
            f"<Ref>{_xml(part.remittance_reference)}</Ref></CdtrRefInf></Strd>"
        )
    return f"<RmtInf>{text}</RmtInf>" if text else ""


def _xml(text: str) -> str:
    return escape(text, quote=False)


# CFONB 120


# CFONB has its own numbers for the reasons of ISO 20022.
_REJECTS = {"AM04": "20"}


def _cfonb(statements: list[Statement]) -> str:
    records: list[str] = []
    for statement in statements:
        bank, branch = statement.account.iban[4:9], statement.account.iban[9:14]
        number = statement.account.iban[14:25]
        records.append(
            f"01{bank}    {branch}EUR2 {number}  {statement.opened_on:%d%m%y}{'':50}"
            f"{_signed(statement.opening_cents)}"
        )
        for movement in statement.movements:
            records.extend(_cfonb_entry(movement, bank=bank, branch=branch, number=number))
        records.append(
            f"07{bank}    {branch}EUR2 {number}  {statement.closed_on:%d%m%y}{'':50}"
            f"{_signed(statement.closing_cents)}"
        )
    return "".join(f"{record:{_RECORD}}\n" for record in records)


def _signed(cents: int) -> str:
    """Returns fourteen characters, the last one a digit and a sign at once."""
    body, last = divmod(abs(cents), 10)
    return f"{body:013d}{(_PLUS if cents >= 0 else _MINUS)[last]}"


def _cfonb_entry(movement: Movement, *, bank: str, branch: str, number: str) -> list[str]:
    code = _CODES[movement.operation][0]
    day = f"{movement.booked_on:%d%m%y}"
    label, rest = _cfonb_label(movement)
    reference = movement.bank_reference
    # A reference of seven digits is the entry's number: this bank gave it no other.
    entry_number, zone = (reference, "") if len(reference) == 7 else (reference[-7:], reference)
    reason = _REJECTS.get(movement.return_reason, "")
    record = (
        f"04{bank}0000{branch}EUR2 {number}{code}{day}{reason:2}{day}{label:31}  "
        f"{entry_number:7}0 {_signed(movement.amount_cents)}{zone:16}"
    )
    head = f"05{bank}0000{branch}EUR2 {number}{code}{day}     "
    details = _cfonb_details(movement, rest)
    return [record, *(f"{head}{name}{text:{_TEXT}}" for name, text in details)]


def _cfonb_details(movement: Movement, rest: str) -> list[tuple[str, str]]:
    party, account, ultimate = "NBE", "CBE", "NBU"
    if movement.amount_cents >= 0 or movement.return_reason:
        party, account, ultimate = "NPY", "CPY", "NPO"
    text = _ascii(movement.remittance)
    return [
        (qualifier, value[:_TEXT])
        for qualifier, value in (
            ("LIB", rest),
            (party, _ascii(movement.counterparty)),
            (account, movement.counterparty_iban),
            (ultimate, movement.ultimate_party),
            ("LCC", text),
            ("LC2", text[_TEXT:]),
            ("LCS", movement.remittance_reference),
            ("RCN", movement.end_to_end_id),
            ("RUM", movement.mandate_id),
        )
        if value
    ]


def _cfonb_label(movement: Movement) -> tuple[str, str]:
    """Returns the 31 characters of the label, and what goes on in a LIB record.

    The label of a transfer is cut: who and what are told by records of their own.
    """
    label = _ascii(movement.wording)
    if len(label) <= _LABEL:
        return label, ""
    if movement.counterparty and not movement.return_reason:
        return label[:_LABEL], ""
    words_end = label.rfind(" ", 0, _LABEL + 1)
    return label[:words_end], label[words_end + 1 :]


def _ascii(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.replace("°", " ").replace("’", " "))
    return plain.encode("ascii", "ignore").decode()


# Our plain CSV


def _plain_csv(statements: list[Statement]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\n")
    writer.writerow(CSV_HEADER)
    for statement in statements:
        writer.writerows(
            (
                statement.account.iban, entry.booked_on, iso_amount(entry.amount_cents),
                entry.wording, entry.counterparty, entry.counterparty_iban, entry.bank_reference,
            )
            for entry in statement.movements
        )  # fmt: skip
    return out.getvalue()
