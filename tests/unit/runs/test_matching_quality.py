"""The notebook's sections: each with its frame, in French, whatever texts are in the ledger."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from tests import small_office
from tests.small_office import IBAN_1, entry, statement, store_file
from workbench.documents.answer import Answer
from workbench.domain.errors import ParameterError
from workbench.ledger.store import Ledger, open_ledger
from workbench.pipeline import deciding, learning, reconciling, sampling
from workbench.runs.matching_quality import MatchingQuality, matching_quality

AT = datetime(2026, 11, 3, 8, 0, tzinfo=UTC)
HOSTILE = "<img src=x onerror=alert(1)> $x$"


@pytest.fixture(scope="module")
def matched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The office after the engine, with one hostile payer that a person linked: copied."""
    place = tmp_path_factory.mktemp("matched") / "ledger.db"
    with small_office.office(f"sqlite:///{place}") as ledger:
        payment = entry(8, 500, HOSTILE, counterparty=HOSTILE + " DURAND")
        store_file(ledger, [statement(IBAN_1, payment, number="11")], name="x.xml")
        reconciling.reconcile(ledger, as_of=date(2026, 10, 31), actor="moteur", at=AT)
        deciding.link(ledger, f"M-{HOSTILE}", [("D102-2", 500)], actor="C. Ardouin", at=AT)
    return place


@pytest.fixture
def office(matched: Path, tmp_path: Path) -> Iterator[Ledger]:
    with open_ledger(small_office.copy_ledger(matched, tmp_path / "ledger.db")) as ledger:
        yield ledger


def sections(quality: MatchingQuality) -> dict[str, Answer]:
    return {
        "verdict": quality.verdict(),
        "settled": quality.settled(),
        "by_building": quality.by_building(),
        "precision": quality.precision(),
        "bands": quality.bands(),
        "confidence": quality.confidence(),
        "corrections": quality.corrections(),
        "lessons": quality.lessons(),
        "explanation": quality.explanation(),
    }


def check(ledger: Ledger, link: str, verdict: str) -> None:
    sampling.draw(ledger, actor="C. Ardouin", at=AT)
    sampling.judge(ledger, [(link, verdict)], actor="C. Ardouin", at=AT, reason=HOSTILE)


def test_without_a_check_nothing_is_proven(office: Ledger) -> None:
    quality = matching_quality(office.address)
    said = quality.verdict().html.markup
    assert "rien n’est prouvé" in said
    assert "100,0\u00a0%" in said
    assert "Rien n’a encore été appris" not in quality.lessons().html.markup
    assert "Aucun lien du moteur n’a été annulé" in quality.corrections().html.markup


def test_a_wrong_link_shows_everywhere(office: Ledger) -> None:
    check(office, "A1", "wrong")
    quality = matching_quality(office.address)
    said = quality.verdict().html.markup
    assert "nom exact" in said
    assert "1 faux" in said
    precision = quality.precision()
    row = precision.frame.set_index("rule").loc["name_exact"]
    assert (row["checked"], row["wrong"], row["state"]) == (1, 1, "demoted")
    assert "1 faux sur 1 contrôlé" in precision.html.markup
    corrections = quality.corrections()
    assert corrections.frame["movement_id"].tolist() == ["M-noe"]
    assert "au sondage" in corrections.html.markup


def test_no_text_of_a_stranger_becomes_an_element(office: Ledger) -> None:
    check(office, "A1", "wrong")
    quality = matching_quality(office.address)
    for name, answer in sections(quality).items():
        assert "<img src=x" not in answer.html.markup, name
    assert "&lt;img src=x" in quality.corrections().html.markup


def test_every_movement_is_counted_once(office: Ledger) -> None:
    quality = matching_quality(office.address)
    ways = quality.settled().frame.set_index("way")["count"]
    assert (
        ways.to_dict()
        == quality.data.decided.query("way != 'ignored'").set_index("way")["count"].to_dict()
    )
    buildings = quality.by_building().frame
    assert buildings["movements"].sum() == ways.sum()


def test_one_building_and_one_movement(office: Ledger) -> None:
    quality = matching_quality(office.address, building_id="B2")
    assert "Le Quai" in quality.heading().markup
    assert quality.data.buildings["building_id"].tolist() == ["B2"]
    whole = matching_quality(office.address)
    assert "M. Aït" in whole.explanation("M-ait").html.markup or "Pourquoi" in (
        whole.explanation("M-ait").html.markup
    )
    with pytest.raises(ParameterError, match="mouvement inconnu"):
        whole.explanation("M-?")
    with pytest.raises(ParameterError, match="immeuble inconnu"):
        matching_quality(office.address, building_id="B9")


def test_an_empty_ledger_has_every_section(tmp_path_factory: pytest.TempPathFactory) -> None:
    url = f"sqlite:///{tmp_path_factory.mktemp('empty') / 'ledger.db'}"
    small_office.new_ledger(url)
    quality = matching_quality(url)
    assert "Jusqu’où croire le moteur" in quality.heading().markup
    answers = sections(quality)
    assert "Aucun mouvement à expliquer" in answers["explanation"].html.markup
    assert "Rien n’a encore été appris" in answers["lessons"].html.markup


def test_lessons_say_who_and_why(office: Ledger) -> None:
    found = learning.learned(office)
    learning.forget(office, [found["learned_id"][0]], actor="X. Y", at=AT, reason="plus lui")
    said = matching_quality(office.address).lessons().html.markup
    assert "plus lui" in said
    assert "oublié" in said
