"""How payers fill in a transfer and how the bank of the building writes it down."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from random import Random
from typing import Final

from benchmarks._portfolios.people import NARROW, plain
from benchmarks._portfolios.tables import Account, Due

_SHORT_MONTHS: Final = ("JANV", "FEV", "MARS", "AVRIL", "MAI", "JUIN", "JUIL", "AOUT", "SEPT",
                        "OCT", "NOV", "DEC")  # fmt: skip
_LONG_MONTHS: Final = ("JANVIER", "FEVRIER", "MARS", "AVRIL", "MAI", "JUIN", "JUILLET", "AOUT",
                       "SEPTEMBRE", "OCTOBRE", "NOVEMBRE", "DECEMBRE")  # fmt: skip
_GENERIC: Final = {
    "coowner": ("CHARGES", "CHARGES COPRO", "APPEL DE FONDS", "VIREMENT", "REGLEMENT", "SYNDIC"),
    "tenant": (
        "LOYER",
        "LOYER",
        "LOYER APPARTEMENT",
        "VIR PERMANENT LOYER",
        "VIREMENT",
        "LOCATION",
    ),
    "supplier": ("FACTURE", "REGLEMENT", "VIREMENT FOURNISSEUR"),
}


@dataclass(slots=True)
class Reason:
    """What a payer wrote: the text, and what of it tells the account or the due."""

    text: str = ""
    reference: str = ""
    shows: set[str] = field(default_factory=set)
    named: bool = False


@dataclass(slots=True)
class Written:
    """What the bank's file carries of a transfer."""

    label: str
    counterparty: str = ""
    counterparty_iban: str = ""
    end_to_end: str = ""
    operation: str = ""
    name_seen: str = ""


def period_words(dues: Sequence[Due], rng: Random) -> str:
    """Returns the words a payer uses for these dues."""
    words: list[str] = []
    # Dues of one period are one word.
    periods = {(d.starts, d.kind == "fee", "" if d.starts else d.label): d for d in dues}
    for due in periods.values():
        word = _due_words(due, rng)
        if word not in words:
            words.append(word)
    return (" ET " if rng.random() < 0.5 else " + ").join(words)


def _due_words(due: Due, rng: Random) -> str:
    if due.kind in ("call", "works_call") and due.starts:
        quarter, year = (due.starts.month + 2) // 3, due.starts.year
        return (
            f"{quarter}T{year}", f"T{quarter} {year}", f"{quarter}E TRIM {year}",
            f"CHARGES T{quarter} {year % 100}",
        )[due.starts.month % 4 if rng.random() < 0.5 else rng.randrange(4)]  # fmt: skip
    if due.kind == "works_call":
        return rng.choice(("TRAVAUX RAVALEMENT", "APPEL TRAVAUX", "RAVALEMENT"))
    if due.kind in ("rent", "charges") and due.starts:
        month, year = due.starts.month, due.starts.year
        return rng.choice(
            (f"LOYER {_LONG_MONTHS[month - 1]} {year}", f"LOYER {_SHORT_MONTHS[month - 1]}",
             f"LOYER {month:02d}/{year}", f"{_LONG_MONTHS[month - 1]} {year}")
        )  # fmt: skip
    return {
        "adjustment": "RAPPEL INDEXATION" if due.starts else "REGUL CHARGES 2025",
        "deposit": "DEPOT DE GARANTIE",
        "fee": "FRAIS",
        "refund": "REMBOURSEMENT",
    }.get(due.kind, "REGLEMENT")


def write_reason(
    account: Account, dues: Sequence[Due], rng: Random, *, hard: bool, late: bool = False
) -> Reason:
    """Returns what this payer writes when he pays these dues, by his habit.

    Args:
        account: whose habit it is.
        dues: what he pays.
        rng: the office's chance.
        hard: wrong codes, and codes of other buildings, now and then.
        late: arrears are paid, which most people say.
    """
    reason = Reason()
    habit = account.habit
    parts: list[str] = []
    if "code" in habit:
        parts.append(_code_words(account.code, reason, rng, hard=hard))
    if habit == "person lot":
        last = plain(account.person.last or account.person.firm)
        parts.append(f"{last} {rng.choice(('LOT', 'APPT', 'APT', 'LOT N'))} {account.lots[0]}")
        reason.shows |= {"lot", "last"}
    if "period" in habit or (late and rng.random() < 0.6):
        parts.append(period_words(dues, rng))
        reason.named = True
    if habit == "generic":
        parts.insert(0, rng.choice(_GENERIC[account.kind]))
    if len(dues) == 1 and dues[0].reference and rng.random() < 0.5:
        reason.reference = dues[0].reference
        reason.shows.add("reference")
        reason.named = True
    text = " ".join(parts)
    reason.text = text.lower().capitalize() if rng.random() < 0.25 and not reason.shows else text
    return reason


def _code_words(code: str, reason: Reason, rng: Random, *, hard: bool) -> str:
    roll = rng.random()
    if hard and roll < 0.03:
        # One figure typed wrong: nobody's code, or a neighbour's.
        at = rng.choice([i for i, c in enumerate(code) if c.isdigit()])
        code = code[:at] + str((int(code[at]) + rng.randint(1, 9)) % 10) + code[at + 1 :]
        reason.shows.add("wrong code")
    elif hard and roll < 0.04:
        code = code[:1] + f"{rng.randint(100, 999)}" + code[4:]
        reason.shows.add("wrong code")
    else:
        reason.shows.add("code")
    form = rng.randrange(5)
    return (code, f"REF {code}", f"COMPTE {code}", f"N/REF {code}", code.replace("-", " "))[form]


def write_receipt(
    bank: str, name: str, iban: str, reason: Reason, rng: Random, *, hard: bool
) -> Written:
    """Returns a transfer received as the building's bank writes it.

    Args:
        bank: `camt` (every field), `cfonb` (capitals, fields often), `csv` (a label, no IBAN).
        name: the payer's, as his own bank writes it.
        iban: the payer's.
        reason: what he wrote.
        rng: the office's chance.
        hard: unreadable labels now and then.
    """
    unreadable = rng.random() < (0.05 if hard else 0.01)
    if bank == "camt":
        written = _camt(name, iban, reason, rng)
    elif bank == "cfonb":
        written = _cfonb(name, iban, reason, rng)
    else:
        written = _csv(name, reason, rng, hard=hard)
    if unreadable:
        written.label = f"VIR SEPA {rng.randint(10**6, 10**7)} {rng.randint(10**7, 10**8):010d}"
        written.counterparty = written.name_seen = ""
        reason.shows.clear()
        reason.named = False
        reason.text = reason.reference = ""
    elif reason.reference and bank != "camt":
        written.label += f" {reason.reference}"
    return written


def _camt(name: str, iban: str, reason: Reason, rng: Random) -> Written:
    code = f"{rng.randint(10**8, 10**9)}"
    end_to_end = "NOTPROVIDED" if rng.random() < 0.5 else code
    label = f"VIR SEPA RECU /DE {name} /MOTIF {reason.text} /REF {end_to_end}"
    if rng.random() < 0.3:
        label = reason.text or "VIREMENT SEPA RECU"
    shown = iban if rng.random() < 0.97 else ""
    return Written(label, name, shown, end_to_end, "PMNT-RCDT-ESCT", name)


def _cfonb(name: str, iban: str, reason: Reason, rng: Random) -> Written:
    name, text = plain(name), plain(reason.text)
    shown = iban if rng.random() < 0.7 else ""
    if rng.random() < 0.8:
        return Written(
            f"VIR RECU {rng.randint(10**9, 10**10)} {text}".rstrip(), name[:35], shown, "", "05",
            name[:35],
        )  # fmt: skip
    name = name[:NARROW]
    return Written(f"VIREMENT DE {name} REFERENCE: {text}", "", shown, "", "05", name)


def _csv(name: str, reason: Reason, rng: Random, *, hard: bool) -> Written:
    name, text = plain(name)[:NARROW], plain(reason.text)
    if rng.random() < (0.12 if hard else 0.05):
        return Written(f"VIR INST RE {rng.randint(10**5, 10**6)} {text}".rstrip())
    form = rng.choice(
        ("VIREMENT EN VOTRE FAVEUR {name} {text}", "VIREMENT INSTANTANE DE {name} {text}",
         "VIR RECU 5945049317 DE: {name} MOTIF: {text}", "VIR {name} {text}")
    )  # fmt: skip
    return Written(form.format(name=name, text=text).rstrip(), name_seen=name)


def write_payment(
    bank: str, firm: str, iban: str, references: Sequence[str], rng: Random, on: date
) -> Written:
    """Returns a transfer, debit or cheque to a supplier as the building's bank writes it."""
    roll = rng.random()
    name = plain(firm)[: NARROW if bank == "csv" else 35]
    said = " ".join(references)
    shown = iban if bank != "csv" and rng.random() < 0.8 else ""
    if roll < 0.06:
        return Written(f"CHEQUE N° {rng.randint(10**6, 10**7):07d}", operation="03")
    if roll < 0.3:
        label = f"PRLV SEPA {name} ECH/{on:%d%m%y} MDT/{rng.randint(10**7, 10**8)} {said}"
        return Written(label.rstrip(), name if shown else "", shown, "", "B1", name)
    label = f"VIR SEPA EMIS /POUR {name} /MOTIF FACT {said}".rstrip()
    return Written(label, name if bank != "csv" else "", shown, "", "06", name)
