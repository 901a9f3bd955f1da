"""What payers write, and how banks wrap it: every shape of label seen on real statements.

Source: FORMATS, "Labels as they look".
"""

from datetime import date

from workbench.demo.cast import Holder
from workbench.demo.chance import Chance
from workbench.demo.ledger_of_dues import Bundle
from workbench.demo.payments import Payment
from workbench.demo.people import bank_form
from workbench.domain.dates import FRENCH_MONTHS

_MONTHS = tuple(bank_form(month) for month in FRENCH_MONTHS)
_ORDINALS = ("1ER", "2E", "3E", "4E")
_AGENCY_LOTS_SHOWN = 4


def written(chance: Chance, payment: Payment) -> tuple[str, str]:
    """Returns what the payer writes, and the trait it gives the movement.

    The trait is the strongest identity in it: `code`, `reference`, `coupon`, `lot`, `name`,
    `bare` or `wrong_code`.
    """
    holder, about = payment.holder, payment.about
    habit = holder.writes
    # Nobody writes the same thing each time.
    if habit in ("code", "reference") and chance.happens(0.06):
        habit = "bare"
    account = holder.account
    if habit == "reference" and not about.dues[0].reference:
        habit = "code"
    if habit == "code":
        return chance.pick(_CODE_SHAPES).format(code=account.code, what=_what(about)), habit
    if habit == "reference":
        return chance.pick(("{0}", "REF {0}", "AVIS {0}")).format(about.dues[0].reference), habit
    if habit == "coupon":
        return f"PAPILLON {account.coupon_code}", habit
    if habit == "lot":
        lot = account.lots.partition(",")[0]
        return f"{'APPT' if about.kind == 'rent' else 'LOT'} {lot} {_what(about)}", habit
    if habit == "name":
        return chance.pick(("{what} {name}", "{name} {what}", "{what} {initial} {name}")).format(
            what=_what(about), name=bank_form(holder.own.surname),
            initial=bank_form(holder.own.given or "M")[0] + ".",
        ), habit  # fmt: skip
    if habit == "wrong_code":
        return f"COMPTE {_slip_of_the_pen(account.code)}", habit
    return chance.pick((_what(about), _what(about).split()[0], "VIREMENT", "")), "bare"


_CODE_SHAPES = (
    "{code}", "COMPTE {code}", "CPTE {code} {what}", "{what} {code}", "REF CLIENT {code}",
)  # fmt: skip


def _what(bundle: Bundle) -> str:
    """Returns `CHARGES 4E TRIM 2026`, `LOYER AOUT 2026`, `TRAVAUX` ..."""
    day = bundle.due_on
    if bundle.kind == "call":
        return f"CHARGES {_ORDINALS[(day.month - 1) // 3]} TRIM {day.year}"
    if bundle.kind == "rent":
        return f"LOYER {_MONTHS[day.month - 1]} {day.year}"
    return {"works": "TRAVAUX FACADE", "adjustment": "REGUL CHARGES"}.get(bundle.kind, "REGLEMENT")


def _slip_of_the_pen(code: str) -> str:
    """Returns a code of nobody: two zeros too few, as people do."""
    return code[:3] + code[5:]


def agency_text(holders: list[Holder], about: Bundle) -> str:
    """Returns what an agency writes that pays for several owners."""
    lots = " ".join(h.account.lots.partition(",")[0] for h in holders[:_AGENCY_LOTS_SHOWN])
    return f"LOTS {lots} {_what(about)}"


def aid_text(holders: list[Holder], on: date) -> str:
    """Returns what the family-allowance office writes: for one tenant, or for several at once."""
    if len(holders) > 1:
        return f"ALLOCATIONS LOGEMENT {on:%m/%Y} {len(holders)} ALLOCATAIRES"
    # Some offices give the tenant's number alone: nothing says who it is.
    holder = holders[0]
    name = bank_form(holder.own.surname) if int(holder.beneficiary) % 3 else ""
    return f"AL {on:%m/%Y} ALLOC {holder.beneficiary} {name}".strip()


def transfer_wording(chance: Chance, *, shape: int, payer: str, text: str, e2e: str) -> str:
    """Returns the bank's whole label of a transfer in.

    Args:
        chance: for the numbers banks add.
        shape: which of the shapes; a bank keeps to a few.
        payer: as the bank writes it.
        text: what the payer wrote; may be "".
        e2e: the payer's reference, "" for none.
    """
    if shape == 0:
        reference = f" /REF {e2e}" if e2e else ""
        return f"VIR SEPA RECU /DE {payer} /MOTIF {text}{reference}".replace("/MOTIF  ", "").strip()
    if shape == 1:
        return f"VIR RECU {chance.digits(10)} DE: {payer} MOTIF: {text}".strip()
    if shape == 2:
        return f"VIR INST RE {chance.digits(6)} {text}".strip()
    if shape == 3:
        return f"VIREMENT EN VOTRE FAVEUR {payer} {text}".strip()
    if shape == 4:
        return f"VIREMENT DE {payer} REFERENCE: {text}".strip()
    return f"VIREMENT INSTANTANE DE {payer} {text}".strip()
