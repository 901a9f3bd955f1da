"""pain.002: what became of orders given to the bank, above all the direct debits it rejected.

Each rejected transaction becomes an entry that is no movement: the statement tells the money, this
tells why. Accepted orders and files are passed over. Nothing here gives an order.

Source: ISO 20022 pain.002.001.03 and later; DOMAIN C3; FORMATS.
"""

from collections.abc import Iterator
from datetime import date
from typing import Final

from lxml import etree

from workbench.domain.records import BankStatement, Entry, StatementKind, StatementStream
from workbench.loaders.iso20022 import Elements, elements, nothing_inside
from workbench.loaders.sniff import Head, Source
from workbench.loaders.statement import given

MESSAGE: Final = "pain.002"
_REJECTED: Final = "RJCT"
# What was ordered tells which account is the office's: it collects as creditor, it pays as debtor.
_COLLECTION: Final = "pain.008"
_STREAMED: Final = ("GrpHdr", "OrgnlGrpInfAndSts", "TxInfAndSts", "OrgnlPmtInfAndSts")


def recognises(head: Head) -> bool:
    """Tells whether a file is a pain.002."""
    return head.message == MESSAGE


def read(source: Source) -> StatementStream:
    """Reads a pain.002.

    Returns:
        One entry a rejected transaction, and one `BankStatement` of kind `order_status` for each
        run of them on one account ("" where the bank does not repeat it). `booked_on` is the day
        of the message; `amount_cents` is what comes back: negative for a debit that was rejected,
        positive for a transfer that was; `return_reason` the code; `place` the rank of the
        transaction in the file.

    Raises:
        UnreadableFileError: not well formed, cut, with a DOCTYPE, no date, or an amount that is
            none; names the line. Raised while it is read.
    """
    head = source.head()
    return StatementStream(format=head.version, events=_events(source, head))


def _events(source: Source, head: Head) -> Iterator[Entry | BankStatement]:
    reading = _Reading(source.name)
    for element in elements(source, head=head, names=_STREAMED):
        yield from reading.take(element)
    if reading.told_on is None:
        raise nothing_inside(source.name, element="aucun en-tête (GrpHdr)", message=head.message)
    yield from reading.closed(reading.account)
    if not reading.statements:
        yield _statement("", "", reading.told_on, number=reading.number)


def _statement(iban: str, currency: str, day: date, *, number: str) -> BankStatement:
    return BankStatement(
        iban=iban, kind=StatementKind.ORDER_STATUS, currency=currency, number=number,
        opened_on=day, closed_on=day,
    )  # fmt: skip


class _Reading(Elements):
    """One pass over one file. A batch's transactions end before the batch itself does."""

    def __init__(self, file: str) -> None:
        super().__init__(file)
        self.told_on: date | None = None
        self.number = ""
        self.is_collection = True
        self.rank = 0
        self.account: str | None = None
        self.currency = ""
        self.statements = 0

    def take(self, element: etree._Element) -> Iterator[Entry | BankStatement]:
        """Takes one element; gives the entry it makes, after the statement that it closes."""
        match self.names[element.tag]:
            case "GrpHdr":
                found = self.fields(element)
                self.told_on = self.day(found.get("CreDtTm"))
                if self.told_on is None:
                    raise self.error(element, "message sans date (CreDtTm)")
                self.number = self.text(found.get("MsgId"))
            case "OrgnlGrpInfAndSts":
                ordered = self.text(self.fields(element).get("OrgnlMsgNmId")).lower()
                self.is_collection = not ordered or ordered.startswith(_COLLECTION)
            case "TxInfAndSts":
                self.rank += 1
                self.entry_rank = self.rank
                yield from self._transaction(element)
                self.entry_rank = 0
            case _:
                pass

    def closed(self, account: str | None) -> Iterator[BankStatement]:
        """Gives the statement of the account at hand, if there is one."""
        if account is not None and self.told_on is not None:
            self.statements += 1
            yield _statement(account, self.currency, self.told_on, number=self.number)

    def _transaction(self, element: etree._Element) -> Iterator[Entry | BankStatement]:
        found = self.fields(element)
        if self.text(found.get("TxSts")) != _REJECTED:
            return
        if self.told_on is None:
            raise self.error(element, "transaction avant l'en-tête (GrpHdr)")
        ordered = self.fields(found.get("OrgnlTxRef"))
        own, other = ("Cdtr", "Dbtr") if self.is_collection else ("Dbtr", "Cdtr")
        cents, currency = self._ordered_amount(element, ordered.get("Amt"))
        entry = Entry(
            self.told_on,
            -cents if self.is_collection else cents,
            "",
            counterparty=self.party(ordered.get(other)),
            counterparty_iban=self._account_of(ordered, other),
            bank_reference=given(self.text(found.get("StsId"))),
            end_to_end_id=given(self.text(found.get("OrgnlEndToEndId"))),
            mandate_id=given(self.text(self.fields(ordered.get("MndtRltdInf")).get("MndtId"))),
            batch_reference=self._batch(element),
            place=self.rank,
        )
        self._set_reason(entry, element)
        account = self._account_of(ordered, own)
        if account != self.account:
            yield from self.closed(self.account)
            self.account, self.currency = account, currency
        if currency != self.currency:
            entry.extra["currency"] = currency
        yield entry

    def _set_reason(self, entry: Entry, element: etree._Element) -> None:
        """Sets the bank's code and its words; the first code counts, all words are kept."""
        words = []
        for reason in self.children(element, "StsRsnInf"):
            for child in reason:
                match self.names[child.tag]:
                    case "Rsn":
                        entry.return_reason = entry.return_reason or self.code(child)
                    case "AddtlInf":
                        words.append(self.text(child))
                    case _:
                        pass
        entry.label = " ".join(dict.fromkeys(filter(None, words)))

    def _ordered_amount(
        self, owner: etree._Element, element: etree._Element | None
    ) -> tuple[int, str]:
        """Returns cents and currency; 0 where the bank does not repeat the amount."""
        for child in element if element is not None else ():
            return self.amount(owner, child)
        return 0, ""

    def _account_of(self, ordered: dict[str, etree._Element], role: str) -> str:
        account = ordered.get(f"{role}Acct")
        return self.account_number(account) if account is not None else ""

    def _batch(self, element: etree._Element) -> str:
        batch = element.getparent()
        return "" if batch is None else self.text(self.fields(batch).get("OrgnlPmtInfId"))
