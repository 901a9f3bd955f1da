import pytest

from workbench.matching.names import (
    NameLevel,
    agreement,
    holder_names,
    payer_name,
)


def variants(holder: str, aliases: str = "") -> list[set[str]]:
    return [set(name.words) for name in holder_names(holder, aliases)]


@pytest.mark.parametrize(
    ("holder", "expected"),
    [
        ("M. DUPONT Jean", [{"DUPONT", "JEAN"}]),
        ("M. et Mme DUPONT Jean et Marie", [{"DUPONT", "JEAN"}, {"DUPONT", "MARIE"}]),
        ("Jean et Marie DUPONT", [{"DUPONT", "JEAN"}, {"DUPONT", "MARIE"}]),
        ("M. DUPONT Jean et Mme MARTIN Lucie", [{"DUPONT", "JEAN"}, {"MARTIN", "LUCIE"}]),
        ("M. ou Mme DUPONT", [{"DUPONT"}]),
        ("SCI DUPONT ET FILS", [{"DUPONT", "FILS"}]),
        ("Plomberie Durand SARL", [{"PLOMBERIE", "DURAND"}]),
        ("Mme de la Tour Anne", [{"TOUR", "ANNE"}]),
        ("", []),
    ],
)
def test_what_a_holder_may_be_called(holder: str, expected: list[set[str]]) -> None:
    assert variants(holder) == expected


def test_aliases_are_names_too() -> None:
    assert variants("Mme DUPONT Marie", "MARTIN Marie") == [
        {"DUPONT", "MARIE"},
        {"MARTIN", "MARIE"},
    ]


def level(payer: str, holder: str, *, is_label: bool = False) -> NameLevel:
    said = payer_name(payer, is_label=is_label)
    names = holder_names(holder)
    return max(agreement(said, n, is_label=is_label, fuzzy_name=88.0).level for n in names)


@pytest.mark.parametrize(
    ("payer", "holder", "expected"),
    [
        ("JEAN DUPONT", "M. Dupont Jean", NameLevel.EXACT),
        ("M DUPONT J", "M. Dupont Jean", NameLevel.FUZZY),
        ("DUPOND JEAN", "M. Dupont Jean", NameLevel.FUZZY),
        ("DUPONT PAUL", "M. DUPONT Jean", NameLevel.PARTIAL),
        ("JEAN MARTIN", "M. DUPONT Jean", NameLevel.NONE),
        ("DUPONT JEAN", "M. DUPONT Jean Pierre", NameLevel.FUZZY),
        ("DURAND", "M. ou Mme Durand", NameLevel.ONE_WORD),
        ("SCI DUPONT JEAN", "M. Dupont Jean", NameLevel.PARTIAL),
        ("DUPONT", "SCI DUPONT", NameLevel.PARTIAL),
        ("SCI DUPONT", "SCI DUPONT", NameLevel.EXACT),
        ("M ET MME ROCHEFOUCAULD ALEX", "M. Rochefoucauld Alexandre", NameLevel.EXACT),
        ("ROCHEFOUCAULD ALEX", "M. Rochefoucauld Alexandre", NameLevel.PARTIAL),
    ],
)
def test_how_far_two_names_agree(payer: str, holder: str, expected: NameLevel) -> None:
    assert level(payer, holder) is expected


def test_a_label_holds_other_words_than_the_name() -> None:
    label = "VIR SEPA RECU /DE DUPONT JEAN /MOTIF LOYER MARS 2026"
    assert payer_name(label, is_label=True).words == ("DUPONT", "JEAN")
    assert level(label, "M. Dupont Jean", is_label=True) is NameLevel.EXACT
