"""Account numbers are right: their check digits and their French key, read by `schwifty`."""

import csv
from pathlib import Path

from schwifty import IBAN

from workbench.demo.books import Books
from workbench.demo.chance import Chance
from workbench.demo.ibans import BNP, PAYERS_BANKS, french_iban, payer_iban
from workbench.demo.incoming import AID_IBAN


def test_a_known_account_has_its_known_key() -> None:
    # The example the banks print: 30004 00003 12345678901, key 43.
    assert french_iban(BNP, "00003", "12345678901") == "FR7630004000031234567890143"


def test_every_bank_gives_valid_accounts() -> None:
    chance = Chance(9)
    for iban in [payer_iban(chance) for _ in range(300)]:
        assert IBAN(iban, validate_bban=True).country_code == "FR"


def test_the_banks_are_known_under_their_own_bic() -> None:
    for bank, _ in PAYERS_BANKS:
        assert str(IBAN(french_iban(bank, "00001", "00000000001")).bic).startswith(bank.bic)


def test_every_account_of_the_demo_is_valid(every_books: list[Books], folder: Path) -> None:
    ibans = {AID_IBAN}
    for books in every_books:
        for book in books.bank_books:
            ibans.add(book.account.iban)
            for movement in book.movements:
                for entry in movement.parts or (movement,):
                    ibans.add(entry.counterparty_iban)
        for account in books.accounts:
            ibans.update(account.payer_ibans)
    with (folder / "suppliers.csv").open(encoding="utf-8") as file:
        ibans.update(row["iban"] for row in csv.DictReader(file))
    ibans.discard("")
    assert len(ibans) > 200
    for iban in ibans:
        assert IBAN(iban, validate_bban=True).length == 27


def test_buildings_never_share_an_account(every_books: list[Books]) -> None:
    own = [book.account.iban for books in every_books for book in books.bank_books]
    assert len(own) == len(set(own)) == 7
