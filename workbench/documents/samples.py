"""Invented letters, one of each kind: what a text looks like before it is saved, and for tests."""

from datetime import date
from typing import Final

from workbench.documents.letter_kinds import (
    Channel,
    Group,
    Letter,
    LetterKind,
    Line,
    PayTo,
    Recipient,
    Sender,
)
from workbench.domain.records import BuildingKind

_OFFICE: Final = Sender(
    name="Cabinet Ardouin-Verane",
    lines=("syndic de copropriété", "4 place des Charmes", "69990 Valbourg"),
    contact="04 00 00 00 00 · gestion@ardouin-verane.example",
    closing="Pour le syndic,",
    signatory="C. Ardouin, gestionnaire",
)
_AGENCY: Final = Sender(
    name=_OFFICE.name,
    lines=("administrateur de biens", *_OFFICE.lines[1:]),
    contact=_OFFICE.contact,
    closing="Pour le bailleur,",
    signatory=_OFFICE.signatory,
)
_OWNER: Final = Recipient(
    "Monsieur Paul Rivoirel", ("11 rue de l’Orme", "69990 Valbourg"), "Monsieur"
)
_TENANT: Final = Recipient(
    "Madame Inès Vautrin", ("Appartement 12, escalier B", "8 rue du Lavoir", "69990 Valbourg"),
    "Madame",
)  # fmt: skip
_DATED: Final = date(2026, 6, 5)
_CALLED: Final = (
    Line("Provision du 1er trimestre", 1_320_00, date(2026, 1, 1), Group.BUDGET),
    Line("Provision du 2e trimestre", 1_320_00, date(2026, 4, 1), Group.BUDGET),
    Line(
        "Ravalement, appel 2 sur 4, assemblée du 18/03/2026", 820_00, date(2026, 5, 1), Group.WORKS
    ),
    Line("Solde 2025, comptes approuvés le 18/03/2026", 1_517_60, date(2026, 4, 1), Group.EARLIER),
)
_NOTICE_FEE: Final = Line(
    "Présente mise en demeure, contrat de syndic, point 9.1", 42_00, _DATED, Group.COSTS
)
_RENTS: Final = (
    Line("Loyer de mai 2026", 642_00, date(2026, 5, 1)),
    Line("Provision pour charges de mai 2026", 78_50, date(2026, 5, 1)),
)
_MOVEMENTS: Final = (
    Line("Provision du 1er trimestre", 1_320_00, date(2026, 1, 1)),
    Line("Virement reçu", -1_320_00, date(2026, 1, 9)),
    Line("Ravalement, appel 2 sur 4", 820_00, date(2026, 5, 1)),
    Line("Provision du 2e trimestre", 1_320_00, date(2026, 4, 1)),
    Line("Chèque reçu", -500_00, date(2026, 5, 20)),
)


def sample(kind: LetterKind, building_kind: BuildingKind = BuildingKind.COOWNERSHIP) -> Letter:
    """Returns an invented letter of a kind.

    Args:
        kind: of the letter; receipts are always a tenant's.
        building_kind: of the building.
    """
    if kind in (LetterKind.RENT_RECEIPT, LetterKind.PART_RECEIPT):
        building_kind = BuildingKind.RENTAL
    is_rental = building_kind is BuildingKind.RENTAL
    is_notice = kind is LetterKind.FORMAL_NOTICE
    has_period = kind not in (LetterKind.SIMPLE, LetterKind.FORMAL_NOTICE, LetterKind.BANK_DETAILS)
    start = date(2026, 5, 1) if is_rental else date(2026, 1, 1)
    end = date(2026, 5, 31) if is_rental else _DATED
    account = "T-0412" if is_rental else "0611"
    return Letter(
        kind=kind,
        building_kind=building_kind,
        reference=f"2026-{account}-{'MD1' if is_notice else 'L1'}",
        dated_on=_DATED,
        place="Valbourg",
        sender=_AGENCY if is_rental else _OFFICE,
        recipient=_TENANT if is_rental else _OWNER,
        account=account,
        building="Résidence du Lavoir" if is_rental else "Villa Montjoie",
        about="8 rue du Lavoir, appartement 12" if is_rental else "27 rue des Cèdres, lots 5 et 17",
        lines=_lines(kind, is_rental=is_rental),
        channel=Channel.REGISTERED if is_notice else Channel.POST,
        registered_number="1A 204 118 0611 3" if is_notice else "",
        pay_to=PayTo(
            holder="SCI du Lavoir" if is_rental else "Syndicat Villa Montjoie",
            iban="FR7600000000000000000227659",
            bic="XXXXFRPP",
            bank_name="Banque de Valbourg",
        ),
        budget_year="2026",
        period_start=start if has_period else None,
        period_end=end if has_period else None,
        enclosures="relevé du compte 0611 au 05/06/2026" if is_notice and not is_rental else "",
        fields=_fields(is_rental=is_rental, is_notice=is_notice),
    )


def _lines(kind: LetterKind, *, is_rental: bool) -> tuple[Line, ...]:
    rent, charges = _RENTS
    if kind is LetterKind.RENT_RECEIPT:
        return tuple(_paid(line, line.amount_cents) for line in _RENTS)
    if kind is LetterKind.PART_RECEIPT:
        return (_paid(rent, 500_00), charges)
    if kind is LetterKind.BANK_DETAILS:
        return ()
    if kind is LetterKind.STATEMENT:
        return (
            (rent, charges, Line("Virement reçu", -720_50, date(2026, 5, 4)))
            if is_rental
            else (_MOVEMENTS)
        )
    if is_rental:
        return _RENTS
    return (*_CALLED, _NOTICE_FEE) if kind is LetterKind.FORMAL_NOTICE else _CALLED


def _paid(line: Line, cents: int) -> Line:
    return Line(line.label, line.amount_cents, line.due_on, line.group, cents)


def _fields(*, is_rental: bool, is_notice: bool) -> dict[str, str]:
    fields = {"mandant": "SCI du Lavoir, 8 rue du Lavoir, 69990 Valbourg"} if is_rental else {}
    if is_notice:
        fields |= {
            "relance_du": "5 mai 2026",
            "taux_legal": "2,62 % l’an au 1er semestre 2026",
        }
    return fields
