"""Letters as pages: what is written and where; what is never sent (LAW L3, L6, L10)."""

from dataclasses import replace
from datetime import date
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import pytest
from pypdf import PdfReader

from tests.unit.documents.pdf_pages import placed, text_of
from workbench.documents import letters
from workbench.documents.letters import (
    Channel,
    Group,
    Letter,
    LetterKind,
    Line,
    Recipient,
    receipt_kind,
)
from workbench.documents.samples import sample
from workbench.documents.typesetting import LayoutError
from workbench.domain.errors import InvariantError, ParameterError
from workbench.domain.records import BuildingKind

TEMPLATES: Final = Path(__file__).resolve().parents[3] / "templates"
COOWNERSHIP, RENTAL = BuildingKind.COOWNERSHIP, BuildingKind.RENTAL
HOSTILE_NAME: Final = '#read("/etc/passwd") *gras* $x$ @a <b>'
HOSTILE_LABEL: Final = "#panic() {{ montant }} **g** =HYPERLINK(1)"


def _hostile() -> Letter:
    notice = sample(LetterKind.FORMAL_NOTICE)
    address = ("{{ iban }} \\u{41} // c", "`raw` ~ _x_", "BP 3", "CS 4", "69990 VALBOURG CEDEX")
    lines = (
        Line(HOSTILE_LABEL, 10_00, date(2026, 1, 1), Group.BUDGET),
        Line("日本 \u202eabc\x07 " + "W" * 90, 1_234_567_89, date(2026, 2, 1), Group.WORKS),
        Line("Avoir", -5_00, date(2026, 2, 1)),
    )
    return replace(
        notice,
        recipient=Recipient(HOSTILE_NAME, address),
        lines=lines,
        interest_cents=12_34,
        interest_words="2,62 % l’an, 31 jours",
        account="<0611>#",
    )


def _long() -> Letter:
    lines = tuple(Line(f"Appel n° {n}", 100_00, date(2026, 1, 1 + n % 28)) for n in range(90))
    return replace(sample(LetterKind.STATEMENT), lines=lines)


CASES: Final = {
    **{f"{kind}-{building}": sample(kind, building) for kind in LetterKind
       for building in BuildingKind},
    "hostile": _hostile(),
    "long": _long(),
    "by hand": replace(sample(LetterKind.BANK_DETAILS), recipient=Recipient("")),
    "credit": replace(
        sample(LetterKind.STATEMENT), lines=(Line("Avoir", -20_00, date(2026, 3, 1)),)
    ),
}  # fmt: skip


@cache
def _pages() -> dict[str, bytes]:
    return dict(zip(CASES, letters.typeset(list(CASES.values()), folder=TEMPLATES), strict=True))


def _text(case: str) -> str:
    return text_of(_pages()[case])


@pytest.mark.parametrize("case", CASES)
def test_every_letter_is_pdf_a_tagged_and_self_contained(case: str) -> None:
    reader = PdfReader(BytesIO(_pages()[case]))
    root: Any = reader.root_object
    metadata = root["/Metadata"].get_object().get_data().decode()
    assert "<pdfaid:part>2</pdfaid:part>" in metadata
    assert "<pdfaid:conformance>A</pdfaid:conformance>" in metadata
    assert "<pdfuaid:part>1</pdfuaid:part>" in metadata
    assert root["/MarkInfo"]["/Marked"]
    assert "/StructTreeRoot" in root
    assert root["/OutputIntents"]
    assert root["/Lang"] == "fr"
    assert not {"/AcroForm", "/OpenAction", "/AA", "/Names"} & set(root)
    assert not reader.is_encrypted
    pages: Any = reader.pages
    for page in pages:
        for font in page["/Resources"]["/Font"].values():
            described = font.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"]
            assert {"/FontFile2", "/FontFile3"} & set(described.get_object())


def test_the_same_letter_is_the_same_bytes() -> None:
    again = letters.typeset([CASES["hostile"], CASES["simple-rental"]], folder=TEMPLATES)
    assert again == [_pages()["hostile"], _pages()["simple-rental"]]


def test_a_formal_notice_states_the_four_parts_apart() -> None:
    text = _text("formal_notice-coownership")
    for words in (
        "Budget prévisionnel 2026 Provision du 1er trimestre 01/01/2026 1\u00a0320,00",
        "Provision du 2e trimestre 01/04/2026 1\u00a0320,00 2\u00a0640,00",
        "Travaux votés",
        "Exercices antérieurs",
        "Frais de recouvrement",
        "À payer 5\u00a0019,60",
        "trente jours",
        "2,62 % l’an au 1er semestre 2026",
        "article 19-2",
        "Recommandé avec avis de réception n°\u00a01A 204 118 0611 3",
        "Notre relance du 5 mai 2026",
        "FR76\u00a00000\u00a00000\u00a00000\u00a00000\u00a00227\u00a0659",
        "Valbourg, le 5 juin 2026",
    ):
        assert words in text
    order = [text.index(w) for w in ("Budget pré", "Travaux v", "Exercices a", "Frais de r")]
    assert order == sorted(order)


def test_a_tenants_notice_cites_the_tenants_law_and_no_charge() -> None:
    text = _text("formal_notice-rental")
    assert "commissaire de justice" in text
    assert "65-557" not in text
    assert "Frais" not in text
    assert "720,50\u00a0€" in text


def test_simple_reminders_are_never_charged() -> None:
    for case in ("simple-coownership", "simple-rental"):
        assert "qui ne vous est pas facturé" in _text(case)


def test_hostile_words_stay_words() -> None:
    text = _text("hostile")
    assert HOSTILE_NAME in text
    assert "{{ iban }} \\u{41} // c" in text
    assert HOSTILE_LABEL in text
    assert "?? abc" in text
    assert "root:" not in text
    assert "−5,00" in text
    assert "12,34" in text
    assert "1\u00a0234\u00a0585,23\u00a0€" in text


def test_a_statement_runs_to_its_balance() -> None:
    text = _text("statement-coownership")
    assert "01/01/2026 Solde antérieur 0,00" in text
    assert "09/01/2026 Virement reçu 1\u00a0320,00 0,00" in text
    assert "05/06/2026 Solde à payer 3\u00a0460,00 1\u00a0820,00 1\u00a0640,00" in text


def test_a_statement_in_favour_asks_for_nothing() -> None:
    text = _text("credit")
    assert "Solde en votre faveur" in text
    assert "−20,00\u00a0€" in text
    assert "Payer par virement" not in text


def test_a_long_statement_goes_over_pages_with_its_columns_named_on_each() -> None:
    reader = PdfReader(BytesIO(_pages()["long"]))
    assert len(reader.pages) == 3
    for number, page in enumerate(reader.pages, start=1):
        text = page.extract_text()
        assert "Solde (€)" in text
        assert f"page {number} sur 3" in text


def test_receipts_say_what_was_paid() -> None:
    whole, part = _text("rent_receipt-rental"), _text("part_payment_receipt-rental")
    assert "Quittance de loyer" in whole
    assert "la somme de 720,50\u00a0€" in whole
    assert "lui en donnons quittance" in whole
    assert "Reçu de paiement partiel" in part
    assert "la somme de 500,00\u00a0€" in part
    assert "Il reste à payer 220,50\u00a0€" in part


def test_bank_details_have_the_whole_iban_and_what_to_quote() -> None:
    for case in ("bank_details-coownership", "by hand"):
        text = _text(case)
        assert "FR76\u00a00000\u00a00000\u00a00000\u00a00000\u00a00227\u00a0659" in text
        assert "XXXXFRPP" in text
        assert "Référence à rappeler 0611" in text


@pytest.mark.parametrize("case", [case for case in CASES if case != "by hand"])
def test_the_window_shows_the_whole_address_and_nothing_else(case: str) -> None:
    # A DL envelope's window, wherever the folded sheet slides in it: always seen, ever seen.
    address = {CASES[case].recipient.name, *CASES[case].recipient.lines}
    pieces = placed(_pages()[case])
    inside = [p for p in pieces if 90 < p.x < 200 and 34 < p.y < 90]
    assert {piece.text for piece in inside} == address
    for piece in inside:
        assert piece.x >= 100
        # The height of its letters above the line it stands on.
        assert 45 + 3 <= piece.y <= 79 - 1
    beside = [p for p in pieces if 34 < p.y < 90 and p.x <= 90]
    for piece in beside:
        assert piece.x + 2.2 * len(piece.text) < 98 or piece.x < 21


def test_the_longest_address_line_stays_in_the_window() -> None:
    name = "Syndicat des copropriétaires du 1, rue"
    assert len(name) == 38
    letter = replace(CASES["simple-rental"], recipient=Recipient(name, (name,) * 5))
    pdf = letters.typeset([letter], folder=TEMPLATES)[0]
    ys = [piece.y for piece in placed(pdf) if piece.text == name]
    assert len(ys) == 6
    assert max(ys) < 79


Change = dict[str, object]


@pytest.mark.parametrize(
    ("case", "change", "words"),
    [
        ("simple-rental", {"recipient": Recipient("Madame A")}, "l’adresse du destinataire manque"),
        ("simple-rental", {"recipient": Recipient(" ", ("1 rue",))}, "le nom du destinataire"),
        ("simple-rental", {"recipient": Recipient("A", ("x",) * 6)}, "dépasse 6 lignes"),
        ("simple-rental", {"recipient": Recipient("A" * 39, ("x",) * 5)}, "dépasse 6 lignes"),
        ("simple-rental", {"recipient": Recipient("日本", ("x",))}, "lettres latines"),
        ("simple-rental", {"lines": ()}, "rien n’est dû"),
        ("simple-rental", {"lines": (Line("a", 5), Line("b", -5))}, "rien n’est dû"),
        ("simple-rental", {"pay_to": None}, "coordonnées bancaires de l’immeuble manquent"),
        ("formal_notice-coownership", {"channel": Channel.EMAIL}, "jamais par simple courriel"),
        ("formal_notice-rental", {"channel": Channel.EMAIL}, "jamais par simple courriel"),
        ("formal_notice-coownership", {"channel": Channel.POST}, "part en recommandé"),
        ("formal_notice-coownership", {"fields": {}}, "taux d’intérêt légal manque"),
        ("rent_receipt-rental", {"lines": (Line("Loyer", 100, paid_cents=99),)}, "article 21"),
        ("part_payment_receipt-rental", {"lines": (Line("Loyer", 100),)}, "rien n’a été payé"),
        ("simple-rental", {"text": "absent"}, "« absent » n’existe pas"),
        ("statement-rental", {"period_start": None}, "« debut » n’a pas de valeur"),
    ],
)
def test_what_cannot_be_sent_says_why(case: str, change: Change, words: str) -> None:
    letter = replace(CASES[case], **change)  # type: ignore[arg-type]
    assert words in letters.problem(letter, folder=TEMPLATES)
    with pytest.raises(ParameterError, match=words):
        letters.typeset([letter], folder=TEMPLATES)


def test_a_wrong_iban_is_never_printed() -> None:
    letter = CASES["simple-rental"]
    assert letter.pay_to is not None
    wrong = replace(letter, pay_to=replace(letter.pay_to, iban="FR7600000000000000000227658"))
    assert "n’est pas un IBAN juste" in letters.problem(wrong, folder=TEMPLATES)


@pytest.mark.parametrize("case", CASES)
def test_what_can_be_sent_has_no_problem(case: str) -> None:
    assert letters.problem(CASES[case], folder=TEMPLATES) == ""


def test_a_rental_notice_may_go_by_post() -> None:
    letter = replace(CASES["formal_notice-rental"], channel=Channel.POST)
    assert letters.problem(letter, folder=TEMPLATES) == ""


def test_a_claim_without_its_nature_is_a_defect() -> None:
    notice = replace(sample(LetterKind.FORMAL_NOTICE), lines=(Line("Appel", 100_00),))
    with pytest.raises(InvariantError):
        letters.problem(notice, folder=TEMPLATES)


@pytest.mark.parametrize(
    ("paid", "kind"),
    [
        ((642_00, 78_50), LetterKind.RENT_RECEIPT),
        ((642_00, 78_49), LetterKind.PART_RECEIPT),
        ((642_01, 78_49), LetterKind.PART_RECEIPT),
        ((0, 0), LetterKind.PART_RECEIPT),
    ],
)
def test_the_receipt_follows_what_was_paid(paid: tuple[int, int], kind: LetterKind) -> None:
    lines = (Line("Loyer", 642_00, paid_cents=paid[0]), Line("Charges", 78_50, paid_cents=paid[1]))
    assert receipt_kind(lines) is kind


def test_a_first_notice_by_hand_names_no_reminder() -> None:
    notice = CASES["formal_notice-coownership"]
    fields = {name: value for name, value in notice.fields.items() if name != "relance_du"}
    pdf = letters.typeset([replace(notice, fields=fields)], folder=TEMPLATES)[0]
    assert "Notre relance" not in text_of(pdf)
    assert "Nous vous mettons en demeure" in text_of(pdf)


def test_a_mail_says_the_same_in_plain_text() -> None:
    mail = letters.mail_text(CASES["simple-coownership"], folder=TEMPLATES)
    assert mail.subject == "Rappel de paiement – Villa Montjoie, compte 0611"
    assert "4\u00a0977,60\u00a0€" in mail.body
    # To be copied into a bank's page.
    assert "FR76 0000 0000 0000 0000 0227 659" in mail.body


def test_a_mail_is_never_a_formal_notice() -> None:
    with pytest.raises(ParameterError, match="jamais par simple courriel"):
        letters.mail_text(CASES["formal_notice-rental"], folder=TEMPLATES)


def test_a_subject_stays_on_one_line() -> None:
    letter = replace(CASES["statement-rental"], building="A\r\nBcc: x@y.example")
    mail = letters.mail_text(letter, folder=TEMPLATES)
    assert mail.subject == "Relevé de compte – A Bcc: x@y.example, compte T-0412"


def test_file_names_are_plain() -> None:
    letter = replace(CASES["simple-rental"], account="../É à/x", reference="2026:1*")
    assert letters.file_name(letter) == "2026-06-05_E-a-x_relance_2026-1.pdf"


def test_a_preview_is_a_picture() -> None:
    png = letters.preview(CASES["simple-rental"], folder=TEMPLATES, ppi=40)
    assert png.startswith(b"\x89PNG")


def test_an_absent_folder_of_layouts_is_said(tmp_path: Path) -> None:
    (tmp_path / "texts").mkdir()
    text = (TEMPLATES / "texts" / "relance-location.txt").read_bytes()
    (tmp_path / "texts" / "relance-location.txt").write_bytes(text)
    with pytest.raises(LayoutError, match="n’existe pas"):
        letters.typeset([CASES["simple-rental"]], folder=tmp_path)
