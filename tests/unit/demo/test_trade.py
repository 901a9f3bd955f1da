"""Everything of the trade is in the demo: one test for each thing the demo promises."""

from collections import Counter, defaultdict
from datetime import date, timedelta

import pytest

from workbench.demo.books import Account, Books, Due
from workbench.demo.portfolio import Truth

Everything = list[Books]
Truths = list[Truth]


@pytest.fixture(scope="session")
def accounts(every_books: Everything) -> dict[str, Account]:
    return {account.account_id: account for books in every_books for account in books.accounts}


@pytest.fixture(scope="session")
def dues(every_books: Everything) -> dict[str, Due]:
    return {due.due_id: due for books in every_books for due in books.dues}


def with_trait(truths: Truths, trait: str) -> Truths:
    return [row for row in truths if trait in row.traits]


def surname(account: Account) -> str:
    return account.holder.split()[1]


def test_couples_with_one_name_and_with_two(accounts: dict[str, Account]) -> None:
    holders = [account.holder for account in accounts.values()]
    assert sum(holder.startswith("M. et Mme ") for holder in holders) > 20
    two = [a for a in accounts.values() if " et Mme " in a.holder and a.holder[:6] != "M. et "]
    assert any(account.aliases for account in two)


def test_property_companies_and_estates(accounts: dict[str, Account]) -> None:
    holders = [account.holder for account in accounts.values() if account.kind == "coowner"]
    assert any(holder.startswith("SCI ") for holder in holders)
    assert any(holder.startswith("Indivision ") for holder in holders)


@pytest.mark.parametrize("kind", ["coowner", "tenant"])
def test_namesakes_owe_the_same_and_one_is_unknown(
    every_books: Everything, truths: Truths, accounts: dict[str, Account], kind: str
) -> None:
    pairs = []
    for books in every_books:
        rows = [r for r in with_trait(truths, "namesake") if r.iban == books_iban(books)]
        pair = {row.account_ids[0] for row in rows if accounts[row.account_ids[0]].kind == kind}
        if pair:
            pairs.append(sorted(pair))
    assert pairs
    for first, second in pairs:
        assert surname(accounts[first]) == surname(accounts[second])
        assert accounts[first].holder != accounts[second].holder
        known = [bool(accounts[account].payer_ibans) for account in (first, second)]
        assert sorted(known) == [False, True]


def books_iban(books: Books) -> str:
    return books.bank_books[0].account.iban


def test_owners_of_lots_in_several_buildings(accounts: dict[str, Account]) -> None:
    places = defaultdict(set)
    for account in accounts.values():
        if account.kind == "coowner" and account.person_id:
            places[account.person_id].add(account.building_id)
    assert sum(len(buildings) > 1 for buildings in places.values()) >= 2


def test_an_owner_of_two_identical_lots_pays_twice_the_same_day(
    accounts: dict[str, Account], truths: Truths
) -> None:
    rows = with_trait(truths, "twin")
    same = Counter((row.iban, row.booked_on, row.amount_cents) for row in rows)
    assert 2 in same.values()
    people = {accounts[row.account_ids[0]].person_id for row in rows}
    assert "" not in people


def test_twins_of_a_plain_csv_are_told_apart_by_their_order_alone(truths: Truths) -> None:
    seconds = [row for row in truths if row.twin == 2]
    assert seconds
    assert all(not row.bank_reference for row in seconds)


@pytest.mark.parametrize("payer", ["third_party", "agency"])
def test_others_pay_for_the_holder(truths: Truths, payer: str) -> None:
    assert with_trait(truths, payer)


def test_an_agency_pays_for_several_accounts_at_once(truths: Truths) -> None:
    assert any(len(row.account_ids) == 3 for row in with_trait(truths, "agency"))


def test_companies_and_parents_pay(truths: Truths) -> None:
    labels = [row.label for row in with_trait(truths, "third_party")]
    firms = ("SARL ", "SAS ", "EURL ", "SELARL ")
    assert any(firm in label for label in labels for firm in firms)
    people = [r for r in with_trait(truths, "third_party") if r.kind == "receipt"]
    assert any(not any(firm in row.label for firm in firms) for row in people)


def test_housing_aid_pays_a_part_and_the_tenant_the_rest(
    truths: Truths, dues: dict[str, Due]
) -> None:
    aid = [row for row in truths if row.kind == "housing_aid"]
    assert {1, 3} <= {len(row.settles) for row in aid}
    paid_by_aid = {s.due_id: s.amount_cents for row in aid for s in row.settles}
    rest = [s for row in with_trait(truths, "after_aid") for s in row.settles]
    completed = [
        s for s in rest
        if s.due_id in paid_by_aid
        and s.amount_cents + paid_by_aid[s.due_id] == dues[s.due_id].amount_cents
    ]  # fmt: skip
    assert len(completed) > 20


def test_some_housing_aid_names_nobody(truths: Truths, accounts: dict[str, Account]) -> None:
    alone = [r for r in truths if r.kind == "housing_aid" and len(r.settles) == 1]
    named = [r for r in alone if surname(accounts[r.account_ids[0]]).upper() in r.label]
    assert len(named) < len(alone)


@pytest.mark.parametrize(
    "identity", ["code", "reference", "coupon", "lot", "name", "bare", "wrong_code"]
)
def test_payers_write_all_sorts_of_things(truths: Truths, identity: str) -> None:
    assert len(with_trait(truths, identity)) >= 10


def test_a_code_in_a_label_is_the_accounts_own(
    truths: Truths, accounts: dict[str, Account]
) -> None:
    for row in with_trait(truths, "code"):
        assert accounts[row.account_ids[0]].code in row.label
    codes = {account.code for account in accounts.values()}
    for row in with_trait(truths, "wrong_code"):
        assert not any(code in row.label for code in codes)


@pytest.mark.parametrize(
    "shape",
    [
        "VIR SEPA RECU /DE ", "VIR RECU ", "VIR INST RE ", "VIREMENT EN VOTRE FAVEUR ",
        " REFERENCE: ", "VIREMENT INSTANTANE DE ", "REMISE DE CHEQUES DU ", "REMISE CHEQUES N° ",
        "REM CHQ REF", "REMISE DE 1 CHEQUE", "REMISE CB /", "PRLV SEPA ", "REJET PRLV ",
        "F FRAIS PRLV IMP ", "FRAIS IRREGULARITES ET INCIDENTS",
    ],
)  # fmt: skip
def test_labels_have_every_shape_of_real_ones(truths: Truths, shape: str) -> None:
    assert any(shape in row.label for row in truths)


@pytest.mark.parametrize(("trait", "least"), [("late", 30), ("early", 10), ("partial", 10)])
def test_payments_are_late_early_and_partial(truths: Truths, trait: str, least: int) -> None:
    assert len(with_trait(truths, trait)) >= least


def test_a_partial_payment_leaves_the_due_open_and_another_completes_it(
    truths: Truths, dues: dict[str, Due]
) -> None:
    paid: Counter[str] = Counter()
    for row in with_trait(truths, "partial"):
        for settlement in row.settles:
            paid[settlement.due_id] += settlement.amount_cents
    assert any(cents < dues[due_id].amount_cents for due_id, cents in paid.items())
    completes = {s.due_id for row in with_trait(truths, "completes") for s in row.settles}
    assert completes & set(paid)


def test_a_double_payment_settles_nothing(truths: Truths) -> None:
    doubles = [row for row in truths if row.kind == "double_payment"]
    assert doubles
    for double in doubles:
        assert double.settles == ()
        near = timedelta(days=14)
        assert any(
            row.kind == "receipt" and row.iban == double.iban
            and row.amount_cents == double.amount_cents
            and row.account_ids == double.account_ids
            and abs(row.booked_on - double.booked_on) <= near
            for row in truths
        )  # fmt: skip


def test_one_payment_settles_several_quarters(truths: Truths, dues: dict[str, Due]) -> None:
    calls = [
        {dues[s.due_id].due_on for s in row.settles if dues[s.due_id].kind == "call"}
        for row in with_trait(truths, "several_bundles")
        if len(row.account_ids) == 1
    ]
    assert any(len(days) == 2 for days in calls)


def test_an_indexation_is_not_applied(
    every_books: Everything, truths: Truths, dues: dict[str, Due]
) -> None:
    old = {i.account_id: i for books in every_books for i in books.indexations}
    rows = with_trait(truths, "old_rent")
    assert len({row.account_ids for row in rows}) >= 3
    for row in rows:
        indexation = old[row.account_ids[0]]
        rent = next(s for s in row.settles if dues[s.due_id].kind == "rent")
        assert rent.amount_cents == indexation.old_amount_cents
        assert dues[rent.due_id].amount_cents == indexation.new_amount_cents
        assert dues[rent.due_id].due_on >= indexation.from_on


def test_six_differences_are_paid_at_once(truths: Truths, dues: dict[str, Due]) -> None:
    row = next(iter(with_trait(truths, "catches_up")))
    assert len(row.settles) == 6
    assert {dues[s.due_id].kind for s in row.settles} == {"rent"}


def test_a_charge_adjustment_is_forgotten(truths: Truths, dues: dict[str, Due]) -> None:
    settled = {s.due_id for row in truths for s in row.settles}
    still_paying = {
        s.account_id for row in truths for s in row.settles
        if row.booked_on >= date(2026, 9, 1) and dues[s.due_id].kind == "rent"
    }  # fmt: skip
    adjustments = [due for due in dues.values() if due.kind == "adjustment"]
    forgotten = [due for due in adjustments if due.due_id not in settled]
    assert len(forgotten) < len(adjustments) / 3
    assert any(due.account_id in still_paying for due in forgotten)


def test_rejected_debits_open_their_dues_again(every_books: Everything, truths: Truths) -> None:
    formats = {b.account.iban: b.account.format for x in every_books for b in x.bank_books}
    rejected = [row for row in truths if row.kind == "rejected_debit"]
    assert {"cfonb120"} < {formats[row.iban] for row in rejected}
    for row in rejected:
        assert "AM04" in row.label
        debit = next(t for t in truths if t.settles == row.reopens and t.iban == row.iban)
        assert debit.amount_cents == -row.amount_cents
        assert debit.booked_on < row.booked_on
        assert debit.end_to_end_id == row.end_to_end_id


def test_a_rejected_due_is_paid_later_or_stays_open(truths: Truths) -> None:
    reopened = {s.due_id for row in truths for s in row.reopens}
    times = Counter(s.due_id for row in truths for s in row.settles)
    assert {times[due_id] for due_id in reopened} == {1, 2}


def test_bank_fees(truths: Truths) -> None:
    fees = [row for row in truths if row.kind == "bank_fee"]
    assert len(fees) >= 6 * 15
    assert all(row.amount_cents < 0 and row.settles == () for row in fees)


def test_suppliers_invoices_are_paid_with_and_without_their_number(
    truths: Truths, dues: dict[str, Due]
) -> None:
    paid = [row for row in truths if row.kind == "supplier_payment"]
    assert all(dues[s.due_id].amount_cents < 0 for row in paid for s in row.settles)
    told = [all(dues[s.due_id].reference in row.label for s in row.settles) for row in paid]
    assert True in told
    assert False in told
    assert any(len(row.settles) > 1 for row in paid)
    assert any(due.kind == "invoice" for due in dues.values())


def test_an_invoice_is_still_unpaid(truths: Truths, dues: dict[str, Due]) -> None:
    settled = {s.due_id for row in truths for s in row.settles}
    assert any(d.kind == "invoice" and d.due_id not in settled for d in dues.values())


def test_a_bailiff_is_among_the_suppliers(accounts: dict[str, Account]) -> None:
    trades = [a.building_id for a in accounts.values() if a.trade == "commissaire de justice"]
    assert set(trades) == {"C001", "C002", "C003", "C004"}


def test_deposits_come_in_and_go_out(truths: Truths, dues: dict[str, Due]) -> None:
    arrivals = [s for row in truths for s in row.settles if dues[s.due_id].kind == "deposit"]
    assert {dues[s.due_id].amount_cents > 0 for s in arrivals} == {True, False}
    refunds = [row for row in truths if row.kind == "deposit_refund"]
    assert refunds
    assert all(row.amount_cents < 0 for row in refunds)


def test_a_tenant_left_and_another_came(accounts: dict[str, Account]) -> None:
    tenants = [account for account in accounts.values() if account.kind == "tenant"]
    assert any(account.closed_on for account in tenants)
    assert any(a.opened_on and a.opened_on > date(2025, 8, 1) for a in tenants)


def test_refunds_owed_are_made(truths: Truths, dues: dict[str, Due]) -> None:
    for row in [row for row in truths if row.kind == "refund"]:
        (settlement,) = row.settles
        assert dues[settlement.due_id].kind == "refund"
        assert dues[settlement.due_id].amount_cents == row.amount_cents
    assert any(row.kind == "refund" for row in truths)


def test_a_discount_settles_a_part_and_a_payment_the_rest(
    every_books: Everything, truths: Truths, dues: dict[str, Due]
) -> None:
    offsets = [offset for books in every_books for offset in books.offsets]
    assert offsets
    for offset in offsets:
        assert dues[offset.credit_due_id].kind == "discount"
        paid = sum(
            s.amount_cents for row in truths for s in row.settles if s.due_id == offset.due_id
        )
        assert paid + offset.amount_cents == dues[offset.due_id].amount_cents


def test_the_last_call_of_somebody_in_arrears_bounced(
    every_books: Everything, truths: Truths
) -> None:
    failed = {
        d.account_id: d.call_id for books in every_books for d in books.deliveries
        if d.status in ("bounced", "returned")
    }  # fmt: skip
    assert "bounced" in {d.status for books in every_books for d in books.deliveries}
    assert any(call_id.endswith("AF2610") for call_id in failed.values())
    settled = {s.due_id for row in truths for s in row.settles}
    for account_id in failed:
        assert f"{account_id}-AF2610" not in settled


def test_cheques_and_cards_come_in_deposits(truths: Truths) -> None:
    for kind in ("cheque_deposit", "card_deposit"):
        deposits = [row for row in truths if row.kind == kind]
        assert any(len(row.account_ids) > 1 for row in deposits), kind


def test_strangers_pay(truths: Truths) -> None:
    assert sum(row.kind == "unknown" for row in truths) >= 6


def test_a_payment_is_meant_for_another_building(truths: Truths) -> None:
    astray = [row for row in truths if row.kind == "misdirected"]
    assert astray
    assert all(row.settles == () and row.account_ids == () for row in astray)


def test_hostile_texts_are_there(every_books: Everything) -> None:
    entries = [m for books in every_books for book in books.bank_books for m in book.movements]
    assert any("<img src=x onerror=alert(1)>" in entry.remittance for entry in entries)
    assert any(entry.counterparty.startswith("=HYPERLINK(") for entry in entries)


def test_works_are_called_and_paid(truths: Truths, dues: dict[str, Due]) -> None:
    paid = {s.due_id for row in truths for s in row.settles}
    works = [due.due_id for due in dues.values() if due.kind == "works_call"]
    assert len(paid.intersection(works)) > len(works) / 2


def test_the_works_account_is_fed_from_the_current_one(every_books: Everything) -> None:
    current, works = every_books[0].bank_books
    assert works.account.kind == "works"
    moved = [m for m in current.movements if m.kind == "internal_transfer"]
    assert [-m.amount_cents for m in moved] == [m.amount_cents for m in works.movements]
    assert len(moved) == 5


def test_old_debts_are_older_than_a_year(every_books: Everything, truths: Truths) -> None:
    settled = {s.due_id for row in truths for s in row.settles}
    openings = [
        due for books in every_books for due in books.dues if due.label == "Solde antérieur"
    ]
    assert 2 <= len(openings) <= 4
    for due in openings:
        assert due.kind == "other"
        assert due.due_on < date(2025, 10, 31)
        assert due.due_id not in settled


def test_a_formal_notice_was_charged_outside_the_months_of_calls(dues: dict[str, Due]) -> None:
    notices = [due for due in dues.values() if due.kind == "fee"]
    assert notices
    assert all(due.due_on.day == 5 and due.due_on.month % 3 != 1 for due in notices)
    assert all(due.account_id.startswith("C") for due in notices)
