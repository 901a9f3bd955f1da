"""The cast of a building: its co-owners or tenants, and how each of them pays.

About half of the holders play a part of the trade (a namesake, parents who pay, a rejected debit
...), the others pay by the book. Which parts a building gets turns with its rank, so that a few
buildings hold them all and a thousand keep the same shares. Not for amounts owed: see
`ledger_of_dues`; nor for what the payments become on a statement: see `incoming`.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from workbench.demo.books import Account, Building
from workbench.demo.chance import Chance
from workbench.demo.people import MEN, WOMEN, Directory, Party, bank_form, same_name
from workbench.demo.places import address

# Holders of one group come together or not at all.
COOWNER_PARTS: Final = (
    ("old_debt",), ("two_names",), ("namesake", "namesake"), ("investor", "investor"),
    ("parents",), ("double",), ("agency", "agency", "agency"), ("stops_early",),
    ("rejected_debit",), ("partial",), ("cheque", "cheque", "cheque"), ("undelivered",),
    ("sci",), ("skips",), ("card", "card"), ("discount",), ("monthly",), ("early",),
    ("wrong_code",), ("stops_late",), ("firm",), ("twin", "twin"), ("refund",), ("estate",),
)  # fmt: skip
TENANT_PARTS: Final = (
    ("old_rent",), ("catches_up",), ("aid",), ("leaves",), ("arrives",), ("parents",),
    ("namesake", "namesake"), ("forgets_adjustment",), ("stops_early",), ("double",),
    ("rejected_debit",), ("aid",),
    ("grouped_aid", "grouped_aid", "grouped_aid"), ("discount",), ("partial",), ("refund",),
    ("stops_late",), ("two_names",), ("early",), ("cheque", "cheque"), ("skips",), ("aid",),
    ("old_rent",), ("card", "card"), ("wrong_code",), ("forgets_adjustment",), ("firm",),
)  # fmt: skip
# How far the list of parts turns from one building to the next of its kind.
_TURN: Final = 7
_PART_SHARE: Final = {"coownership": 0.6, "rental": 0.85}
_MODES: Final = (("transfer", 76), ("direct_debit", 20), ("cheque", 2), ("card", 2))
_PACES: Final = (("prompt", 50), ("due", 40), ("late", 6), ("early", 4))
_WRITES: Final = (
    ("code", 40), ("reference", 12), ("coupon", 4), ("lot", 8), ("name", 20), ("bare", 16),
)  # fmt: skip
_PACE_OF_PART: Final = {
    "old_debt": "old_debt", "stops_early": "stops", "stops_late": "stops", "undelivered": "stops",
    "partial": "partial", "skips": "skips", "monthly": "monthly", "early": "early", "twin": "due",
}  # fmt: skip
# The share of the bundles after which a debtor stops paying.
STOPS_AFTER: Final = {"stops_early": 0.3, "stops_late": 0.75, "undelivered": 0.8}
_MODE_OF_PART: Final = {"rejected_debit": "direct_debit", "cheque": "cheque", "card": "card"}
# Parts whose payments must be seen as transfers of their own.
_ONE_BY_ONE: Final = frozenset(
    {"parents", "firm", "agency", "double", "partial", "twin", "namesake", "wrong_code", "monthly",
     "aid", "grouped_aid", "old_rent", "catches_up", "sci", "two_names", "skips", "discount"}
)  # fmt: skip


@dataclass(slots=True, kw_only=True)
class Holder:
    """An account with whoever pays it and how.

    Attributes:
        part: what it plays, "" for nothing special.
        pace: when it pays, such as `prompt`, `late`, `stops`.
        writes: what the payer puts in the label: `code`, `reference`, `coupon`, `lot`, `name`,
            `bare`, `wrong_code`.
        own: the holder's own party.
        payer: who pays; not `own` for third parties.
        group: the agency's or the housing-aid batch's number in the building; 0 for none.
        share_cents: a quarter's call, or a month's rent without charges.
        charges_cents: a month's charges of a tenant.
        aid_cents: what the family-allowance office pays each month.
        beneficiary: its number at that office.
        mandate_id: of its direct debits.
    """

    account: Account
    part: str
    pace: str
    writes: str
    own: Party
    payer: Party
    group: int = 0
    share_cents: int = 0
    charges_cents: int = 0
    aid_cents: int = 0
    beneficiary: str = ""
    mandate_id: str = ""
    traits: frozenset[str] = field(default_factory=frozenset)


def parts_of(kind: str, *, rank: int, count: int) -> list[str]:
    """Returns the parts played in a building of `count` holders, "" for the ordinary ones."""
    groups = COOWNER_PARTS if kind == "coownership" else TENANT_PARTS
    start = rank * _TURN % len(groups)
    turned = groups[start:] + groups[:start]
    seats = round(count * _PART_SHARE[kind])
    parts: list[str] = []
    while len(parts) < seats:
        before = len(parts)
        for group in turned:
            if len(parts) + len(group) <= seats:
                parts.extend(group)
        if len(parts) == before:
            break
    return parts + [""] * (count - len(parts))


def cast_holders(
    chance: Chance,
    building: Building,
    *,
    count: int,
    rank: int,
    investors: list[tuple[str, Party]],
    window: tuple[date, date],
) -> list[Holder]:
    """Returns the holders of a building in the order of their codes.

    Args:
        chance: the building's.
        building: where they live or own.
        count: how many.
        rank: of the building among its kind, from 0.
        investors: (person_id, party) of the owners of several buildings who own here.
        window: first and last day of the portfolio.
    """
    maker = _HolderMaker(chance, building, investors, window)
    parts = parts_of(building.kind, rank=rank, count=count)
    made = [maker.make(part) for part in parts]
    # Parts come in groups; seats in the building do not.
    seats = chance.shuffled(range(1, count + 1))
    holders = [_seated(holder, seat, building) for holder, seat in zip(made, seats, strict=True)]
    return sorted(holders, key=lambda holder: holder.account.code)


def _seated(holder: Holder, seat: int, building: Building) -> Holder:
    """Gives a holder its code, its coupon and its lots."""
    account = holder.account
    code = f"{'450' if account.kind == 'coowner' else '411'}{seat:05d}"
    coupon = f"{building.number % 1000:03d}{seat:04d}"
    lots = str(seat) if account.kind == "tenant" else f"{seat}, {100 + seat}"
    holder.account = Account(
        account_id=f"{building.building_id}-{code}", building_id=building.building_id,
        holder=account.holder, kind=account.kind, code=code, person_id=account.person_id,
        aliases=account.aliases, payer_ibans=account.payer_ibans, payment_mode=account.payment_mode,
        email=account.email, address=account.address, postcode=account.postcode, city=account.city,
        lots=lots, coupon_code=f"{coupon}{97 - int(coupon) % 97:02d}",
        opened_on=account.opened_on, closed_on=account.closed_on,
    )  # fmt: skip
    if account.payment_mode == "direct_debit":
        holder.mandate_id = f"{building.building_id}{code}M1"
    return holder


class _HolderMaker:
    """Makes the holders of one building, remembering the half-made pairs and groups."""

    def __init__(
        self,
        chance: Chance,
        building: Building,
        investors: list[tuple[str, Party]],
        window: tuple[date, date],
    ) -> None:
        self._chance = chance
        self._building = building
        self._directory = Directory(chance)
        self._window = window
        self._investors = investors
        self._next_investor = 0
        self._made = dict.fromkeys(("namesake", "twin", "agency", "grouped_aid"), 0)
        self._before: dict[str, Holder] = {}
        self._agency: Party | None = None
        # Identical lots owe the same: a few sizes make most of the building.
        scale = chance.between(80, 130)
        sizes = (28000, 46000, 64000, 82000, 104000, 133000)
        self._sizes = [size * scale // 100 + chance.between(0, 999) for size in sizes]
        self._rents = [(size * 5 // 6 + 9999) // 500 * 500 for size in self._sizes]

    def make(self, part: str) -> Holder:
        """Returns the next holder of that part, without its seat."""
        person_id, own = self._own_party(part)
        payer = self._payer_of(part, own)
        mode = self._mode(part)
        pace = _PACE_OF_PART.get(part) or self._chance.weighted(_PACES)
        share, charges = self._amounts(part)
        holder = Holder(
            account=self._account(part, own, payer, person_id=person_id, mode=mode), part=part,
            pace=pace, writes=self._writes(part), own=own, payer=payer, share_cents=share,
            charges_cents=charges, traits=self._traits(part, own, payer),
        )  # fmt: skip
        self._number(holder)
        if part in ("aid", "grouped_aid"):
            holder.aid_cents = share * self._chance.between(25, 55) // 100
            holder.beneficiary = self._chance.digits(7)
        self._before[part] = holder
        return holder

    def _number(self, holder: Holder) -> None:
        """Counts the members of pairs and groups, and says which group a holder is in."""
        part = holder.part
        if part in self._made:
            self._made[part] += 1
        if part in ("agency", "grouped_aid"):
            holder.group = (self._made[part] + 2) // 3

    def _second(self, part: str) -> bool:
        return part in ("namesake", "twin") and self._made[part] % 2 == 1

    def _own_party(self, part: str) -> tuple[str, Party]:
        if self._second(part):
            first = self._before[part]
            if part == "twin":
                return first.account.person_id, first.own
            others = [name for name in (*MEN, *WOMEN) if name != first.own.given]
            initial = [name for name in others if name[0] == first.own.given[0]]
            given = self._chance.pick(initial or others)
            twin = same_name(first.own, given=given)
            # Another person has another account and another address.
            return "", _with_iban(twin, self._directory.person(first.own.surname))
        if part == "twin":
            return f"P-{self._building.building_id}-{self._made[part] // 2 + 1}", self._person()
        if part == "namesake":
            person = self._person()
            return "", same_name(person, given=person.given)
        if part == "investor" and self._investors:
            self._next_investor += 1
            return self._investors[(self._next_investor - 1) % len(self._investors)]
        if part == "two_names":
            return "", self._directory.couple(two_names=True)
        if part == "sci":
            return "", self._directory.sci()
        if part == "estate":
            return "", self._directory.estate()
        return "", self._anybody()

    def _anybody(self) -> Party:
        sort = self._chance.weighted((("person", 62), ("couple", 26), ("sci", 7), ("two", 5)))
        if sort == "couple":
            return self._directory.couple(two_names=False)
        if sort == "two":
            return self._directory.couple(two_names=True)
        if sort == "sci" and self._building.kind == "coownership":
            return self._directory.sci()
        return self._person()

    def _person(self) -> Party:
        return self._directory.person()

    def _payer_of(self, part: str, own: Party) -> Party:
        if part == "parents":
            return self._directory.parent(own)
        if part == "firm":
            return self._directory.firm()
        if part == "agency":
            if self._made["agency"] % 3 == 0 or self._agency is None:
                self._agency = self._directory.agency()
            return self._agency
        return own

    def _mode(self, part: str) -> str:
        if part in _MODE_OF_PART:
            return _MODE_OF_PART[part]
        if part in _ONE_BY_ONE or part in STOPS_AFTER or part == "old_debt":
            return "transfer"
        return self._chance.weighted(_MODES)

    def _writes(self, part: str) -> str:
        if part in ("wrong_code", "twin"):
            return "wrong_code" if part == "wrong_code" else "bare"
        if part == "namesake":
            return "name"
        if part in ("parents", "two_names", "sci"):
            return self._chance.weighted((("name", 5), ("code", 2), ("bare", 3)))
        return self._chance.weighted(_WRITES)

    def _amounts(self, part: str) -> tuple[int, int]:
        """Returns the call or the rent, and the tenant's charges; pairs owe the same."""
        if self._second(part):
            first = self._before[part]
            return first.share_cents, first.charges_cents
        size = self._chance.weighted(((0, 8), (1, 24), (2, 30), (3, 22), (4, 11), (5, 5)))
        if self._building.kind == "coownership":
            own_size = self._chance.happens(0.12)
            return self._sizes[size] + (self._chance.between(1, 9999) if own_size else 0), 0
        refurbished = self._chance.between(1, 20) * 137 if self._chance.happens(0.3) else 0
        rent = self._rents[size] + refurbished
        return rent, (rent // 11 + 499) // 500 * 500

    def _account(
        self, part: str, own: Party, payer: Party, *, person_id: str, mode: str
    ) -> Account:
        here = self._building
        tenant = here.kind == "rental"
        lives_here = tenant or self._chance.happens(0.7)
        return Account(
            account_id="", building_id=here.building_id, holder=own.holder,
            kind="tenant" if tenant else "coowner", code="", person_id=person_id,
            aliases=own.aliases, payer_ibans=self._known_ibans(part, own, payer),
            payment_mode=mode, email=own.email if self._chance.happens(0.8) else "",
            address=here.address if lives_here else address(self._chance),
            postcode=here.postcode, city=here.city, opened_on=self._opened_on(part),
            closed_on=self._closed_on(part),
        )  # fmt: skip

    def _known_ibans(self, part: str, own: Party, payer: Party) -> tuple[str, ...]:
        known = {"wrong_code": 1.0, "twin": 1.0, "investor": 1.0, "parents": 0.4, "firm": 0.5}
        chances = known.get(part, 0.62)
        if part in ("namesake", "agency"):
            chances = 0.0 if self._second(part) or part == "agency" else 1.0
        if not self._chance.happens(chances):
            return ()
        return (payer.iban,) if payer.iban == own.iban or self._chance.happens(0.7) else (own.iban,)

    def _opened_on(self, part: str) -> date:
        first, last = self._window
        if part == "arrives":
            return _months_in(first, last, 0.45).replace(day=1)
        return first - timedelta(days=self._chance.between(200, 3200))

    def _closed_on(self, part: str) -> date | None:
        first, last = self._window
        if part != "leaves":
            return None
        return _months_in(first, last, 0.4).replace(day=1) - timedelta(days=1)

    @staticmethod
    def _traits(part: str, own: Party, payer: Party) -> frozenset[str]:
        traits = {part} if part in ("namesake", "twin", "investor", "agency") else set()
        if payer is not own:
            traits.add("third_party")
        if own.sort == "couple":
            traits.add("couple")
        if own.holder.startswith("SCI "):
            traits.add("sci")
        return frozenset(traits)


def _with_iban(party: Party, other: Party) -> Party:
    return Party(
        holder=party.holder, surname=party.surname, given=party.given, sort=party.sort,
        payer_names=party.payer_names, iban=other.iban,
        email=f"{bank_form(party.given).lower()}@{other.email.rpartition('@')[2]}",
    )  # fmt: skip


def _months_in(first: date, last: date, share: float) -> date:
    return first + timedelta(days=int((last - first).days * share))
