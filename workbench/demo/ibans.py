"""French bank accounts with a right key: real banks' codes, invented branches and numbers.

Written by hand because a portfolio has a hundred thousand payers and `schwifty` takes its time;
the tests read the numbers back with it.
"""

from dataclasses import dataclass

from workbench.demo.chance import Chance


@dataclass(frozen=True, slots=True)
class Bank:
    """A bank as its accounts and statements show it.

    Attributes:
        code: French bank code, five digits.
        bic: of the bank.
        name: as an office writes it.
    """

    code: str
    bic: str
    name: str


BNP = Bank("30004", "BNPAFRPP", "BNP Paribas")
SOCIETE_GENERALE = Bank("30003", "SOGEFRPP", "Société Générale")
CREDIT_MUTUEL = Bank("10278", "CMCIFR2A", "Crédit Mutuel")
BANQUE_POSTALE = Bank("20041", "PSSTFRPP", "La Banque Postale")
CIC = Bank("10096", "CMCIFRPP", "CIC")
CREDIT_AGRICOLE = Bank("18206", "AGRIFRPP882", "Crédit Agricole")
CREDIT_LYONNAIS = Bank("30002", "CRLYFRPP", "LCL")
# Where the payers have their accounts, the first ones more often.
PAYERS_BANKS = (
    (CREDIT_AGRICOLE, 24),
    (BNP, 14),
    (CREDIT_MUTUEL, 14),
    (SOCIETE_GENERALE, 12),
    (BANQUE_POSTALE, 14),
    (CREDIT_LYONNAIS, 10),
    (CIC, 8),
)


def french_iban(bank: Bank, branch: str, number: str) -> str:
    """Returns the IBAN of an account, with its RIB key and its check digits.

    Args:
        bank: whose code it starts with.
        branch: five digits.
        number: eleven digits.

    Source: ISO 13616, and the French RIB key (97 minus the weighted sum modulo 97).
    """
    key = 97 - (89 * int(bank.code) + 15 * int(branch) + 3 * int(number)) % 97
    bban = f"{bank.code}{branch}{number}{key:02d}"
    # F is 15 and R is 27; 00 stands for the check digits while they are computed.
    check = 98 - int(f"{bban}152700") % 97
    return f"FR{check:02d}{bban}"


def payer_iban(chance: Chance) -> str:
    """Returns an account of one of the banks payers use."""
    bank = chance.weighted(PAYERS_BANKS)
    return french_iban(bank, f"0{chance.digits(4)}", chance.digits(11))
