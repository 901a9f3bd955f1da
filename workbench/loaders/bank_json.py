"""What the banks' interfaces answer, saved as files: the Berlin Group's and STET's transactions.

Booked transactions only; nothing is asked of a bank here. An amount is a decimal text: a JSON
number is kept as it is written and never becomes a float.

Source: Berlin Group NextGenPSD2 (account, transactions, balances); STET PSD2 API (AISP).
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, NoReturn

from workbench.domain.dates import DateError
from workbench.domain.errors import UnreadableFileError
from workbench.domain.money import AmountError, parse_decimal
from workbench.domain.records import EUR, BankStatement, Entry, StatementKind, StatementStream
from workbench.loaders import iban as account_numbers
from workbench.loaders.sniff import Head, Kind, Source
from workbench.loaders.statement import cached_date, first_and_last, given
from workbench.loaders.text import clean, decoded, folded

LARGEST_BYTES: Final = 32 * 1024 * 1024
_MOST_ACCOUNTS: Final = 1000
_SIGN = re.compile(r'"(?:transactions|booked)"\s*:\s*[\[{]|"transactionAmount"\s*:')
_BOOKED: Final = {"", "BOOK", "BOOKED"}
_OPENING: Final = ("openingBooked", "OPBD")
_CLOSING: Final = ("closingBooked", "CLBD")
_DEBIT, _CREDIT = "DBIT", "CRDT"

Object = dict[str, Any]


def recognises(head: Head) -> bool:
    """Tells whether a text is JSON that speaks of transactions."""
    if head.kind is not Kind.TEXT or head.text.lstrip("\ufeff \t\r\n")[:1] not in {"{", "["}:
        return False
    return _SIGN.search(head.text) is not None


def read(source: Source) -> StatementStream:
    """Reads one answer, or several accounts' in a list or under `accounts`.

    Returns:
        One `report` an account, in the order of the file; entries in its order, `Entry.place` is
        their number in it. Pending ones are left out. The account is "" where the file names none.
        The format is `json-berlin-group` or `json-stet`.

    Raises:
        UnreadableFileError: no JSON, too large or too deep, a key twice, an amount or a date that
            is none, an amount whose sign and direction contradict each other; names the
            transaction, the key and the value.
    """
    told = _parsed(source)
    reports = list(_reports(told, source.name))
    if not reports:
        raise UnreadableFileError(
            source.name,
            "aucune liste d'opérations dans ce JSON",
            hint="Attendu\u00a0: transactions",
        )
    shape = "stet" if any(report.is_stet for report in reports) else "berlin-group"
    return StatementStream(format=f"json-{shape}", events=_events(reports, source.name))


def transactions_of(told: object, file: str) -> list[Any]:
    """Returns the transactions of a parsed answer; `Entry.place` is the 1-based rank in this list.

    Raises:
        UnreadableFileError: `transactions` is no list.
    """
    return [one for report in _reports(told, file) for one in report.transactions]


@dataclass(frozen=True, slots=True)
class _Report:
    """The transactions of one account, and what is said beside them."""

    account: Object
    transactions: list[Any]
    is_stet: bool


def _parsed(source: Source) -> Any:  # noqa: ANN401 - JSON
    data = source.content()
    if len(data) > LARGEST_BYTES:
        raise UnreadableFileError(source.name, "JSON démesuré\u00a0: plus de 32 Mo")
    text = decoded(data, file=source.name).lstrip("\ufeff")
    try:
        # Numbers stay the text they are.
        return json.loads(
            text, parse_float=str, parse_int=str, parse_constant=str, object_pairs_hook=_unique
        )
    except json.JSONDecodeError as error:
        raise UnreadableFileError(
            source.name,
            "JSON coupé ou mal formé",
            line=error.lineno,
            column=str(error.colno),
            value=text[error.pos : error.pos + 40],
            hint="Télécharger à nouveau le fichier",
        ) from None
    except _TwiceError as error:
        raise UnreadableFileError(
            source.name, "clé présente deux fois dans le même objet", column=str(error)
        ) from None
    except RecursionError:
        raise UnreadableFileError(source.name, "JSON trop imbriqué") from None


class _TwiceError(ValueError):
    """A key twice in one object: which of the two is meant is not said."""


def _unique(pairs: list[tuple[str, Any]]) -> Object:
    told = dict(pairs)
    if len(told) < len(pairs):
        names = [name for name, _ in pairs]
        raise _TwiceError(next(name for name in names if names.count(name) > 1))
    return told


def _reports(told: object, file: str) -> Iterator[_Report]:
    answers = told if isinstance(told, list) else [told]
    for answer in answers[:_MOST_ACCOUNTS]:
        if not isinstance(answer, dict):
            continue
        accounts = answer.get("accounts")
        if isinstance(accounts, list):
            yield from _reports(accounts, file)
        transactions = answer.get("transactions")
        if isinstance(transactions, dict) and isinstance(transactions.get("booked", []), list):
            yield _Report(answer, transactions.get("booked", []), is_stet=False)
        elif isinstance(transactions, list):
            yield _Report(answer, transactions, is_stet=True)
        elif transactions is not None:
            raise UnreadableFileError(file, "ce n'est pas une liste", column="transactions")


def _events(reports: list[_Report], file: str) -> Iterator[Entry | BankStatement]:
    place = 0
    for report in reports:
        entries: list[Entry] = []
        currency = ""
        for told in report.transactions:
            place += 1
            transaction = _Transaction(told, place, file)
            if transaction.text("status").upper() not in _BOOKED:
                continue
            entry, own = transaction.entry()
            currency = currency or own
            if own != currency:
                entry.extra["currency"] = own
            entries.append(entry)
            yield entry
        first, last = first_and_last([entry.booked_on for entry in entries])
        yield BankStatement(
            iban=_account_of(report.account),
            kind=StatementKind.REPORT,
            currency=currency or EUR,
            opened_on=first,
            closed_on=last,
            opening_cents=_balance(report.account, _OPENING, file),
            closing_cents=_balance(report.account, _CLOSING, file),
        )


class _Transaction:
    """One transaction of either shape."""

    def __init__(self, told: object, place: int, file: str) -> None:
        self.place = place
        self.file = file
        if not isinstance(told, dict):
            self._refuse("ce n'est pas un objet", "transactions", str(told))
        self.told: Object = told

    def entry(self) -> tuple[Entry, str]:
        """Returns the entry and the currency of its amount."""
        amount_cents, currency = self._amount()
        parties = self._object("relatedParties")
        other = "debtor" if amount_cents >= 0 else "creditor"
        party = _object(parties.get(other))
        account = _object(self.told.get(f"{other}Account")) or _object(
            parties.get(f"{other}Account")
        )
        remittance = self.told.get("remittanceInformation")
        texts = self._texts(remittance)
        booked_on = self._day("bookingDate")
        if booked_on is None:
            self._refuse("date de comptabilisation absente", "bookingDate", "")
        ultimate = f"ultimate{other.capitalize()}"
        entry = Entry(
            booked_on,
            amount_cents,
            folded(" ".join(texts)),
            value_on=self._day("valueDate"),
            counterparty=folded(self.text(f"{other}Name") or _text(party.get("name"))),
            counterparty_iban=_number(account),
            ultimate_party=folded(
                self.text(ultimate) or _text(_object(parties.get(ultimate)).get("name"))
            ),
            bank_reference=given(
                clean(
                    self.text("entryReference")
                    or self.text("transactionId")
                    or self.text("resourceId")
                )
            ),
            end_to_end_id=given(clean(self.text("endToEndId"))),
            mandate_id=given(clean(self.text("mandateId"))),
            remittance_reference=clean(self._structured(remittance)),
            operation_code=self._operation(),
            place=self.place,
        )
        return entry, currency

    def text(self, key: str) -> str:
        """Returns a text of the transaction, "" for anything else."""
        return _text(self.told.get(key))

    def _amount(self) -> tuple[int, str]:
        amount = self._object("transactionAmount")
        told = _text(amount.get("amount"))
        try:
            cents = parse_decimal(told)
        except AmountError as error:
            self._refuse(str(error), "transactionAmount.amount", told)
        direction = self.text("creditDebitIndicator").upper()
        if direction not in {"", _DEBIT, _CREDIT}:
            self._refuse("sens inconnu (attendu CRDT ou DBIT)", "creditDebitIndicator", direction)
        if direction == _CREDIT and cents < 0:
            self._refuse("montant négatif d'un crédit", "transactionAmount.amount", told)
        if direction == _DEBIT:
            cents = -abs(cents)
        return cents, clean(_text(amount.get("currency")).upper()) or EUR

    def _day(self, key: str) -> date | None:
        told = self.text(key) or self.text(f"{key}Time")
        if not told:
            return None
        try:
            return cached_date(told)
        except DateError as error:
            self._refuse(str(error), key, told)

    def _texts(self, remittance: object) -> list[str]:
        """Returns what the payer and the bank wrote, without repeating one in another."""
        told: list[str] = []
        listed = remittance.get("unstructured") if isinstance(remittance, dict) else remittance
        candidates = [
            *_listed(listed),
            self.text("remittanceInformationUnstructured"),
            *_listed(self.told.get("remittanceInformationUnstructuredArray")),
            self.text("additionalInformation"),
        ]
        for text in candidates:
            if text and not any(text in known for known in told):
                told.append(text)
        return told

    def _structured(self, remittance: object) -> str:
        own = self.told.get("remittanceInformationStructured")
        if isinstance(remittance, dict):
            own = own or remittance.get("structured")
        first = own[0] if isinstance(own, list) and own else own
        if isinstance(first, dict):
            return _text(first.get("reference") or first.get("creditorReferenceInformation"))
        return _text(first)

    def _operation(self) -> str:
        code = self.told.get("bankTransactionCode")
        if isinstance(code, dict):
            keys = ("domain", "family", "subFamily")
            parts = [_text(code.get(key)) or _text(code.get(f"{key}Code")) for key in keys]
            return clean("-".join(part for part in parts if part) or _text(code.get("code")))
        return clean(_text(code) or self.text("proprietaryBankTransactionCode"))

    def _object(self, key: str) -> Object:
        return _object(self.told.get(key))

    def _refuse(self, reason: str, column: str, value: str) -> NoReturn:
        raise UnreadableFileError(
            self.file,
            f"opération n°\u00a0{self.place}\u00a0: {reason}",
            column=column,
            value=value,
            hint="Demander à la banque un fichier corrigé",
        )


def _object(told: object) -> Object:
    return told if isinstance(told, dict) else {}


def _text(told: object) -> str:
    return told if isinstance(told, str) else ""


def _listed(told: object) -> list[str]:
    if isinstance(told, str):
        return [told]
    return [text for text in told if isinstance(text, str)] if isinstance(told, list) else []


def _number(account: Object) -> str:
    """Returns the IBAN of an account, or the number it has instead."""
    other = _object(account.get("other"))
    number = _text(account.get("iban")) or _text(account.get("bban"))
    return clean(account_numbers.normalised(number or _text(other.get("identification"))))


def _account_of(answer: Object) -> str:
    for key in ("account", "accountId"):
        number = _number(_object(answer.get(key)))
        if number:
            return number
    return _number(answer)


def _balance(answer: Object, kinds: tuple[str, ...], file: str) -> int | None:
    """Returns a booked balance in cents; None when the answer has none of these kinds."""
    balances = answer.get("balances")
    for told in balances if isinstance(balances, list) else []:
        balance = _object(told)
        if balance.get("balanceType") not in kinds:
            continue
        amount = _text(_object(balance.get("balanceAmount")).get("amount"))
        try:
            cents = parse_decimal(amount)
        except AmountError as error:
            raise UnreadableFileError(
                file, f"solde\u00a0: {error}", column="balanceAmount.amount", value=amount
            ) from None
        return -abs(cents) if balance.get("creditDebitIndicator") == _DEBIT else cents
    return None
