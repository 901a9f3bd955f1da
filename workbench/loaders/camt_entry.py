"""One camt entry (`Ntry`): amounts, dates, parties, references, batches.

The statements around them are `camt`'s. Elements are known by their local name: one reader serves
every version. Loops are plain on purpose, an entry has some thirty elements and a file a million
entries: each look-up that is saved here is a second there.

Source: ISO 20022 camt.053.001.02 and .08; FORMATS, camt.
"""

from lxml import etree

from workbench.domain.records import Entry, EntryPart
from workbench.loaders.iso20022 import Elements
from workbench.loaders.statement import given
from workbench.loaders.text import folded

# Announced, not booked: they come again once they are.
_NOT_BOOKED = {"PDNG", "INFO", "FUTR"}
_KEPT_REFERENCES = {"MsgId", "PmtInfId", "InstrId", "TxId", "UETR", "ChqNb", "ClrSysRef"}
# Of the batch as a whole: what the office called it, and how many transactions it announced.
_BATCH, _BATCH_REFERENCE, _ANNOUNCED = "Btch", "PmtInfId", "NbOfTxs"


class Transaction:
    """What is used of one `TxDtls`. Amounts are unsigned here, as the bank writes them."""

    __slots__ = (
        "cents", "creditor", "creditor_iban", "currency", "debtor", "debtor_iban", "more",
        "references", "remittance_reference", "return_reason", "text", "ultimate_creditor",
        "ultimate_debtor",
    )  # fmt: skip

    def __init__(self) -> None:
        self.cents: int | None = None
        self.references: dict[str, str] = {}
        self.currency = self.text = self.more = ""
        self.debtor = self.debtor_iban = self.ultimate_debtor = ""
        self.creditor = self.creditor_iban = self.ultimate_creditor = ""
        self.remittance_reference = self.return_reason = ""


class EntryReader(Elements):
    """Reads entries of one file; told whose account they are on to know who the others are."""

    own_number = ""
    own_name = ""

    def entry(self, element: etree._Element) -> Entry | None:
        """Returns one entry, None while it is only announced.

        `extra["currency"]` is the entry's currency; the statement drops it where it is its own.

        Raises:
            UnreadableFileError: no amount, sign or date, or one that is none.
        """
        names = self.names
        found: dict[str, etree._Element] = {}
        transactions: list[Transaction] = []
        for child in element:
            name = names[child.tag]
            if name == "NtryDtls":
                transactions += self._transactions(child, found)
            else:
                found[name] = child
        field = found.get
        status = field("Sts")
        if status is not None and status.text != "BOOK" and self.code(status) in _NOT_BOOKED:
            return None
        cents, currency = self.amount(element, field("Amt"))
        cents *= self.sign(element, field("CdtDbtInd"))
        value_on = self.day(field("ValDt"))
        booked_on = self.day(field("BookgDt")) or value_on
        if booked_on is None:
            raise self.error(element, "écriture sans date comptable (BookgDt)")
        entry = Entry(booked_on, cents, "", value_on, place=self.entry_rank)
        if currency:
            entry.extra["currency"] = currency
        self._set_bank_words(entry, found)
        more = field("AddtlNtryInf")
        self._describe(entry, transactions, "" if more is None else self.text(more))
        if len(transactions) > 1:
            entry.parts = self._parts(entry, transactions, currency)
        if transactions or _BATCH in found:
            self._set_batch(entry, transactions, found.get(_BATCH))
        return entry

    def _transactions(
        self, element: etree._Element, found: dict[str, etree._Element]
    ) -> list[Transaction]:
        """Returns the transactions of a `NtryDtls`; what it says of the batch goes into `found`."""
        names = self.names
        transactions = []
        for child in element:
            name = names[child.tag]
            if name == "TxDtls":
                transactions.append(self._transaction(child))
            elif name == _BATCH:
                found[name] = child
        return transactions

    def _set_batch(
        self, entry: Entry, transactions: list[Transaction], batch: etree._Element | None
    ) -> None:
        """Sets the reference of the batch: the entry's own, else the one its transactions share."""
        if batch is not None:
            said = self.fields(batch)
            entry.batch_reference = given(self.text(said.get(_BATCH_REFERENCE)))
            if announced := self.text(said.get(_ANNOUNCED)):
                entry.extra[_ANNOUNCED] = announced
        if not entry.batch_reference:
            shared = {t.references.get(_BATCH_REFERENCE, "") for t in transactions}
            entry.batch_reference = given(shared.pop()) if len(shared) == 1 else ""

    def _set_bank_words(self, entry: Entry, found: dict[str, etree._Element]) -> None:
        """Sets what the bank itself calls the entry."""
        if (reference := found.get("AcctSvcrRef")) is not None:
            entry.bank_reference = self.text(reference)
        if (reversal := found.get("RvslInd")) is not None:
            entry.reversal = self.text(reversal).lower() in {"true", "1"}
        if (operation := found.get("BkTxCd")) is not None:
            self._set_operation(entry, operation)

    def _set_operation(self, entry: Entry, element: etree._Element) -> None:
        """Sets the operation code: the ISO one, `PMNT/RCDT/ESCT`, else the bank's own."""
        names = self.names
        code = own = ""
        for child in element:
            if names[child.tag] == "Domn":
                code = "/".join([c.text for c in child.iter() if c.text and not c.text.isspace()])
            else:
                own = own or next((self.text(c) for c in self.children(child, "Cd")), "")
        entry.operation_code = code or own
        if code and own:
            entry.extra["Prtry"] = own

    def _describe(self, entry: Entry, transactions: list[Transaction], more: str) -> None:
        """Sets label, parties and references: from the one transaction, or what all share."""
        if len(transactions) == 1:
            first = transactions[0]
            self._describe_one(entry, first)
            self._set_label(entry, [first.text], [first.more, more])
            return
        self._set_label(
            entry, [t.text for t in transactions], [*(t.more for t in transactions), more]
        )
        if not transactions:
            return
        # A batch has no one payer, unless all its parts have the same.
        if len({(t.debtor, t.creditor) for t in transactions}) == 1:
            self._set_counterparty(entry, transactions[0])
        entry.return_reason = next((t.return_reason for t in transactions if t.return_reason), "")
        entry.extra["transactions"] = str(len(transactions))

    def _set_label(self, entry: Entry, texts: list[str], asides: list[str]) -> None:
        """Sets the label: what the payer wrote, else what the bank did. The rest is kept apart."""
        if len(texts) == 1 and texts[0] and not any(asides):
            entry.label = texts[0]
            return
        label = " ".join(dict.fromkeys(filter(None, texts)))
        aside = " ".join(dict.fromkeys(filter(None, asides)))
        entry.label = label or aside
        if label and aside and aside != label:
            entry.extra["more"] = aside

    def _describe_one(self, entry: Entry, transaction: Transaction) -> None:
        references = transaction.references
        if references:
            reference = references.get
            entry.bank_reference = entry.bank_reference or reference("AcctSvcrRef", "")
            entry.end_to_end_id = given(reference("EndToEndId", ""))
            entry.mandate_id = given(reference("MndtId", ""))
            for name in _KEPT_REFERENCES & references.keys():
                entry.extra[name] = references[name]
        entry.remittance_reference = transaction.remittance_reference
        entry.return_reason = transaction.return_reason
        self._set_counterparty(entry, transaction)

    def _set_counterparty(self, entry: Entry, t: Transaction) -> None:
        """Picks the other party: the debtor of money in, the creditor of money out.

        A return keeps the parties of what it returns, so they are the other way round; whoever
        has our own number or name is us, whatever the order.
        """
        is_return = entry.reversal or bool(t.return_reason)
        debtor = (t.debtor, t.debtor_iban, t.ultimate_debtor)
        creditor = (t.creditor, t.creditor_iban, t.ultimate_creditor)
        is_debtor_first = (entry.amount_cents >= 0) is not is_return
        for name, number, ultimate in (debtor, creditor) if is_debtor_first else (creditor, debtor):
            is_us = number == self.own_number if number else bool(name) and name == self.own_name
            if is_us:
                continue
            entry.ultimate_party = entry.ultimate_party or ultimate
            if name or number:
                entry.counterparty, entry.counterparty_iban = name, number
                return

    def _parts(
        self, entry: Entry, transactions: list[Transaction], currency: str
    ) -> tuple[EntryPart, ...]:
        """Returns the transactions of a batch, only if they add up to it.

        Source: FORMATS, camt: split into TxDtls only if their sum is the entry's.
        """
        amounts = [t.cents for t in transactions if t.cents is not None and t.currency == currency]
        if len(amounts) != len(transactions) or sum(amounts) != abs(entry.amount_cents):
            return ()
        sign = -1 if entry.amount_cents < 0 else 1
        parts = []
        for transaction, cents in zip(transactions, amounts, strict=True):
            alone = Entry(entry.booked_on, sign * cents, "", reversal=entry.reversal)
            self._describe_one(alone, transaction)
            text = transaction.text or transaction.more
            parts.append(
                EntryPart(
                    amount_cents=sign * cents,
                    counterparty=alone.counterparty,
                    counterparty_iban=alone.counterparty_iban,
                    end_to_end_id=alone.end_to_end_id,
                    mandate_id=alone.mandate_id,
                    remittance=f"{text} {transaction.remittance_reference}".strip(),
                    return_reason=transaction.return_reason,
                    ultimate_party=alone.ultimate_party,
                    bank_reference=alone.bank_reference,
                    remittance_reference=transaction.remittance_reference,
                )
            )
        return tuple(parts)

    def _transaction(self, element: etree._Element) -> Transaction:
        transaction = Transaction()
        names = self.names
        for child in element:
            name = names[child.tag]
            if name == "Refs":
                transaction.references = {names[c.tag]: folded(c.text) for c in child if c.text}
            elif name == "RltdPties":
                self._set_parties(transaction, child)
            elif name == "RmtInf":
                self._set_remittance(transaction, child)
            elif name == "Amt":
                transaction.cents, transaction.currency = self.amount(child, child)
            elif name == "AmtDtls":
                self._set_detailed_amount(transaction, child)
            elif name == "RtrInf":
                reasons = self.children(child, "Rsn")
                transaction.return_reason = next((self.code(r) for r in reasons), "")
            elif name == "AddtlTxInf":
                transaction.more = f"{transaction.more} {self.text(child)}".strip()
        return transaction

    def _set_detailed_amount(self, transaction: Transaction, element: etree._Element) -> None:
        """Sets the amount where it stands in .02; later versions have it beside, first."""
        if transaction.cents is None:
            for amount in self.children(element, "TxAmt"):
                transaction.cents, transaction.currency = self.amount(
                    amount, self.fields(amount).get("Amt")
                )

    def _set_parties(self, transaction: Transaction, element: etree._Element) -> None:
        names = self.names
        for child in element:
            name = names[child.tag]
            if name == "Dbtr":
                transaction.debtor = self.party(child)
            elif name == "DbtrAcct":
                transaction.debtor_iban = self.account_number(child)
            elif name == "Cdtr":
                transaction.creditor = self.party(child)
            elif name == "CdtrAcct":
                transaction.creditor_iban = self.account_number(child)
            elif name == "UltmtDbtr":
                transaction.ultimate_debtor = self.party(child)
            elif name == "UltmtCdtr":
                transaction.ultimate_creditor = self.party(child)

    def _set_remittance(self, transaction: Transaction, element: etree._Element) -> None:
        names = self.names
        texts = []
        for child in element:
            name = names[child.tag]
            if name == "Ustrd":
                texts.append(folded(child.text or ""))
            elif name == "Strd":
                found = self.fields(child)
                for reference in self.children(found.get("CdtrRefInf"), "Ref"):
                    transaction.remittance_reference = (
                        transaction.remittance_reference or self.text(reference)
                    )
                more = self.text(found.get("AddtlRmtInf"))
                transaction.more = f"{transaction.more} {more}".strip()
        transaction.text = " ".join(texts)
