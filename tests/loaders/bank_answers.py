"""What the banks' interfaces answer, small and invented: the Berlin Group's and STET's shapes."""

from typing import Any

from tests.loaders.bank_texts import IBAN, PAYER


def amount(value: str, currency: str = "EUR") -> dict[str, str]:
    return {"amount": value, "currency": currency}


BERLIN: dict[str, Any] = {
    "account": {"iban": IBAN},
    "balances": [
        {"balanceType": "openingBooked", "balanceAmount": amount("100.00")},
        {"balanceType": "closingBooked", "balanceAmount": amount("387.50")},
        {"balanceType": "expected", "balanceAmount": amount("1.00")},
    ],
    "transactions": {
        "booked": [
            {
                "transactionId": "T1",
                "debtorName": "DUPONT  JEAN",
                "debtorAccount": {"iban": "FR76 3000 4000 0312 3456 7890 143"},
                "transactionAmount": amount("300.00"),
                "bookingDate": "2026-10-02",
                "valueDate": "2026-10-03",
                "endToEndId": "E1",
                "mandateId": "M1",
                "bankTransactionCode": "PMNT-RCDT-ESCT",
                "remittanceInformationUnstructured": "LOYER OCTOBRE",
            },
            {
                "entryReference": "T2",
                "creditorName": "EDF",
                "transactionAmount": amount("-12.5"),
                "bookingDate": "2026-10-03",
                "remittanceInformationUnstructuredArray": ["FACTURE", "12"],
            },
        ],
        "pending": [{"transactionAmount": amount("9.00"), "bookingDate": "2026-10-04"}],
    },
}
STET: dict[str, Any] = {
    "accountId": {"iban": IBAN},
    "transactions": [
        {
            "resourceId": "R0",
            "entryReference": "AF5T2",
            "transactionAmount": amount("850.00"),
            "creditDebitIndicator": "CRDT",
            "status": "BOOK",
            "bookingDate": "2026-10-02",
            "remittanceInformation": {
                "unstructured": ["VIR SEPA DUPONT", "LOYER"],
                "structured": [{"creditorReferenceInformation": "RF18"}],
            },
            "relatedParties": {
                "debtor": {"name": "DUPONT"},
                "debtorAccount": {"iban": PAYER},
                "ultimateDebtor": {"name": "CAF"},
            },
            "bankTransactionCode": {"domain": "PMNT", "family": "RCDT", "subFamily": "ESCT"},
        },
        {
            "transactionAmount": amount("15.25"),
            "creditDebitIndicator": "DBIT",
            "status": "BOOK",
            "bookingDate": "2026-10-03",
            "remittanceInformation": ["FRAIS"],
        },
        {
            "transactionAmount": amount("1.00"),
            "creditDebitIndicator": "DBIT",
            "status": "PDNG",
            "bookingDate": "2026-10-05",
        },
    ],
    "balances": [
        {
            "balanceType": "CLBD",
            "balanceAmount": amount("20.00"),
            "creditDebitIndicator": "DBIT",
        }
    ],
}
