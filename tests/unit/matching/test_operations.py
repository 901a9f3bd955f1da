import pytest

from workbench.matching.operations import Operation, tell_operation


def told(label: str, *, money_in: bool, code: str = "", reason: str = "") -> Operation | None:
    found = tell_operation(
        money_in=money_in, label=label, operation_code=code, return_reason=reason
    )
    return found.operation if found else None


@pytest.mark.parametrize(
    ("label", "code", "expected"),
    [
        ("F FRAIS PRLV IMP 97 49EUR", "", Operation.BANK_FEE),
        ("FRAIS IRREGULARITES ET INCIDENTS", "", Operation.BANK_FEE),
        ("COMMISSION REMISE CB /02/03", "", Operation.BANK_FEE),
        ("COTISATION CARTE", "", Operation.BANK_FEE),
        ("DIVERS", "62", Operation.BANK_FEE),
        ("DIVERS", "ACMT-MDOP-CHRG", Operation.BANK_FEE),
        ("COTISATION SYNDICALE UNPI", "", None),
        ("VIR SAS FRAISEX", "", None),
        ("REJET PRLV M DUPONT", "", Operation.RETURNED_DEBIT),
        ("PRLV IMPAYE", "", Operation.RETURNED_DEBIT),
        ("DIVERS", "B3", Operation.RETURNED_DEBIT),
        ("DIVERS", "PMNT-IDDT-UPDD", Operation.RETURNED_DEBIT),
        ("CHEQUE IMPAYE 123", "", Operation.RETURNED_CHEQUE),
        ("DIVERS", "03", Operation.RETURNED_CHEQUE),
        ("DIVERS", "38", Operation.RETURNED_CARD),
        ("PRLV SEPA EDF MDT/12 ECH/0101", "B1", None),
        ("VIR EMIS PLOMBERIE", "06", None),
    ],
)
def test_money_out(label: str, code: str, expected: Operation | None) -> None:
    assert told(label, money_in=False, code=code) is expected


@pytest.mark.parametrize(
    ("label", "code", "expected"),
    [
        ("REMISE DE CHEQUES DU 02/08/2006", "", Operation.CHEQUE_DEPOSIT),
        ("REMISE CHEQUES N° 0001550", "", Operation.CHEQUE_DEPOSIT),
        ("REM CHQ REF05001A05", "", Operation.CHEQUE_DEPOSIT),
        ("REMISE DE 1 CHEQUE", "", Operation.CHEQUE_DEPOSIT),
        ("DIVERS", "02", Operation.CHEQUE_DEPOSIT),
        ("REMISE CB /02/03", "", Operation.CARD_DEPOSIT),
        ("DIVERS", "30", Operation.CARD_DEPOSIT),
        ("PRLV SEPA REMISE", "A1", Operation.DEBIT_BATCH),
        ("DIVERS", "12", Operation.RETURNED_TRANSFER),
        ("FRAIS REMBOURSES", "", None),
        ("VIR RECU 5945049317 DE: X", "05", None),
    ],
)
def test_money_in(label: str, code: str, expected: Operation | None) -> None:
    assert told(label, money_in=True, code=code) is expected


def test_the_banks_reason_is_said() -> None:
    found = tell_operation(
        money_in=False, label="REJET PRLV", operation_code="B3", return_reason="AM04"
    )
    assert found is not None
    assert found.words == "Prélèvement rejeté : provision insuffisante (AM04)"
    unknown = tell_operation(
        money_in=False, label="REJET PRLV", operation_code="B3", return_reason="ZZ99"
    )
    assert unknown is not None
    assert unknown.words == "Prélèvement rejeté : motif ZZ99"
