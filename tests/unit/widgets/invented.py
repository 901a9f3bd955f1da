"""An invented portfolio for the screens: no ledger, the same every time."""

from datetime import UTC, date, datetime

import ipywidgets
import pandas as pd

from workbench.domain.dates import month_ends
from workbench.pipeline.account import AccountDetail
from workbench.pipeline.portfolio import PortfolioData
from workbench.reports.arrears import BUCKETS
from workbench.widgets.parts import HIDDEN

AS_OF = date(2026, 11, 21)
READ_AT = datetime(2026, 11, 21, 6, 15, tzinfo=UTC)
# What a payer or a typist may write; none of it may do anything.
HOSTILE = "<img src=x onerror=\"window.hacked='name'\"><script>window.hacked='script'</script>"
FORMULA = '=HYPERLINK("http://example.invalid";"ici")'
BUILDINGS = {
    "C1": "Résidence Les Tilleuls",
    "C2": "Résidence du Canal",
    "R1": "Les Glycines",
    "R2": "Villa Montjoie",
}
_NAMES = (
    "SCI Aubépine-Nord", "Tissandreau Julien", "Pélissargue Marc", "Mérignargues Luc",
    "SCI Morvange", "Garrabet Sylvain", "Castelnaux Solène", "Dormoy-Vial Anne",
    "Rivoirel Paul", "Bréhon Yann", "Vandelier Luc", "Noblecourt Axel", "Élissalde Ève",
    "Belloncle Rémi",
)  # fmt: skip


def hidden(widget: ipywidgets.DOMWidget) -> bool:
    """Whether a widget cannot be seen."""
    return HIDDEN in widget._dom_classes  # noqa: SLF001 - ipywidgets has no reader of its classes


def dates(*texts: str) -> pd.Series:
    return pd.Series(pd.to_datetime(list(texts)).astype("datetime64[s]"))


def debtors(count: int = 47) -> pd.DataFrame:
    """Returns debtors, largest first: 18 732,40 € and each 7 % less than the one before."""
    keys = list(BUILDINGS)
    rows = []
    owed = 18_732_40
    for place in range(count):
        building = keys[place % len(keys)]
        name = _NAMES[place % len(_NAMES)] + (f" {place}" if place >= len(_NAMES) else "")
        rows.append(
            {
                "account_id": f"A{place:03d}",
                "building_id": building,
                "building": BUILDINGS[building],
                "code": f"4500{place:04d}",
                "holder": name,
                "lots": str(place + 1),
                "owed_cents": owed,
                "overdue_cents": owed if place % 3 else owed * 9 // 10,
                "oldest_due_on": pd.Timestamp(2026, 11, 1) - pd.Timedelta(days=400 - place * 8),
                "last_paid_on": pd.NaT
                if place % 5 == 0
                else pd.Timestamp(2026, 10, 1 + place % 28),
                "waiting_cents": 100_00 if place in {3, 7} else 0,
                "waiting_count": 1 if place in {3, 7} else 0,
                "last_reminder": "simple" if place % 2 else "",
                "last_reminder_on": pd.Timestamp(2026, 11, 5) if place % 2 else pd.NaT,
                "next_reminder": "" if place in {0, 4} else "formal_notice",
                "next_reminder_on": pd.NaT if place in {0, 4} else pd.Timestamp(2026, 12, 5),
                "procedure": "bailiff" if place == 0 else "",
                "procedure_started_on": pd.Timestamp(2026, 9, 3) if place == 0 else pd.NaT,
                "reason": {0: "procedure_running", 4: "not_delivered"}.get(place, ""),
            }
        )
        owed = owed * 93 // 100
    frame = pd.DataFrame(rows)
    for column in (c for c in frame.columns if c.endswith("_on")):
        frame[column] = frame[column].astype("datetime64[s]")
    return frame


def portfolio_data(*, owing: pd.DataFrame | None = None, as_of: date = AS_OF) -> PortfolioData:
    """Returns a portfolio of four buildings and 251 accounts."""
    owing = debtors() if owing is None else owing
    cents = [16_093_63, 23_790_58, 15_393_91, 12_595_01, 25_190_03, 24_490_30, 22_391_14]
    late = [
        114_000, 109_000, 118_000, 126_000, 136_000, 128_000, 123_000, 134_000, 138_713,
        130_000, 125_000, 131_000, 124_000, 128_186, 123_851,
    ]  # fmt: skip
    return PortfolioData(
        as_of=as_of,
        buildings=pd.DataFrame({"building_id": list(BUILDINGS), "name": list(BUILDINGS.values())}),
        account_count=251,
        debtors=owing,
        ageing=pd.DataFrame({"bucket": BUCKETS, "amount_cents": cents}),
        credit_cents=0,
        trend=pd.DataFrame(
            {
                "month_end": pd.to_datetime(month_ends(as_of, count=15)).astype("datetime64[s]"),
                "overdue_cents": [euros * 100 for euros in late],
            }
        ),
        collected=pd.DataFrame(
            {
                "building_id": list(BUILDINGS),
                "name": list(BUILDINGS.values()),
                "label": ["T4 2026"] * 4,
                "share": [0.886, 0.912, 0.959, 0.984],
                "previous_label": ["T4 2025"] * 4,
                "previous_share": [0.936, 0.94, 0.972, 0.98],
                "wanted_cents": [100_000_00] * 4,
                "collected_cents": [88_600_00, 91_200_00, 95_900_00, 98_400_00],
            }
        ),
        work=pd.DataFrame(
            {
                "status": ["proposed", "partial", "unmatched"],
                "count": [12, 3, 9],
                "open_cents": [6_120_00, 410_00, 3_990_00],
            }
        ),
    )


def account_data(account_id: str = "A003", *, holder: str = "Mérignargues Luc") -> AccountDetail:
    """Returns a tenant who pays an old rent: 241,00 € owed, 100,00 € waiting."""
    due_on = [f"2026-{month:02d}-05" for month in range(6, 12)]
    rents = pd.DataFrame(
        {
            "due_id": [f"D{place}" for place in range(6)],
            "kind": "rent",
            "label": [
                "Loyer juin",
                "Loyer juillet",
                "Loyer août",
                "",
                "Loyer octobre",
                "Loyer novembre",
            ],
            "due_on": dates(*due_on),
            "amount_cents": 731_45,
            "paid_cents": 715_00,
            "open_cents": 16_45,
            "status": "partial",
            "days_overdue": [169, 139, 108, 77, 47, 16],
        }
    )
    other = pd.DataFrame(
        {
            "due_id": ["D8", "D9"],
            "kind": ["adjustment", "rent"],
            "label": ["Régularisation de charges 2025", "Loyer mai"],
            "due_on": dates("2026-06-30", "2026-05-05"),
            "amount_cents": [142_30, 715_00],
            "paid_cents": [0, 715_00],
            "open_cents": [142_30, 0],
            "status": ["pending", "paid"],
            "days_overdue": [144, 0],
        }
    )
    dues = pd.concat([rents, other]).sort_values("due_on", ignore_index=True)
    dues["is_cancelled"] = False
    months = month_ends(AS_OF, count=15)
    return AccountDetail(
        as_of=AS_OF,
        account_id=account_id,
        code="2014",
        holder=holder,
        kind="tenant",
        building_id="R1",
        building="Les Glycines",
        lots="9",
        payment_mode="transfer",
        payer_iban_tails=("8830",),
        balance_cents=int(dues["open_cents"].sum()),
        overdue_cents=int(dues["open_cents"].sum()),
        kept_cents=0,
        origins=pd.DataFrame(
            {
                "cause": ["indexation_not_applied", "adjustment_unpaid"],
                "amount_cents": [98_70, 142_30],
                "not_claimable_cents": [0, 0],
            }
        ),
        origin_words=f"Au 21/11/2026, 241,00 € restent à régler : {HOSTILE}.",
        dues=dues,
        payments=pd.DataFrame(
            {
                "movement_id": ["M9", "M8", "M7"],
                "booked_on": dates("2026-11-18", "2026-11-06", "2026-10-08"),
                "label": ["VIR BELLONCLE", "VIR LOYER NOVEMBRE", HOSTILE],
                "amount_cents": [100_00, 715_00, 715_00],
                "status": ["proposed", "matched", "matched"],
                "state": ["proposed", "accepted", "accepted"],
                "settles": ["Loyer juin", "Loyer novembre", "Loyer octobre"],
            }
        ),
        history=pd.DataFrame(
            {
                "at": dates("2026-11-07 13:31", "2026-11-07 13:29", "2026-11-07 05:40", "NaT"),
                "on": dates("2026-11-07", "2026-11-07", "2026-11-07", "2026-06-01"),
                "actor": ["C. Ardouin", "C. Ardouin", "Moteur", ""],
                "sign": ["done", "reversal", "undone", "fact"],
                "words": [
                    "Mouvement du 06/11/2026, 715,00 €, affecté à Loyer novembre.",
                    "Annulé : 715,00 € sur les loyers de juin à novembre. Motif : le libellé.",
                    "715,00 € affecté aux loyers de juin à novembre.",
                    "Indexation : 715,00 € devient 731,45 €.",
                ],
                "undo": ["A7", "", "", ""],
                "letter_id": "",
            }
        ),
        balance=pd.DataFrame(
            {
                "month_end": pd.to_datetime(months).astype("datetime64[s]"),
                "balance_cents": [0] * 10 + [158_75, 175_20, 191_65, 208_10, 241_00],
            }
        ),
    )
