"""`sample`, `learned`, `forget` as a user types them."""

import json

import pytest

from tests.unit.cli.conftest import Run

pytestmark = pytest.mark.slow


def test_a_sample_is_drawn_shown_and_judged(run: Run) -> None:
    status, out, _ = run("sample")
    assert status == 0
    for words in ("1 lien à contrôler", "A1", "300,00\u00a0€", "M. Dupont Jean", "graine 1"):
        assert words in out
    assert "déjà tirés" in run("sample")[1]
    status, out, err = run("sample", "--wrong", "A1", "--reason", "pas lui")
    assert (status, "le lien est annulé" in out) == (0, True)
    assert "rétrogradée" in err
    out = run("reconcile", "--as-of", "2026-12-31")[1]
    assert "▲ Catégorie « code du compte » rétrogradée" in out
    assert "class_demoted" in run("export", "findings", "--as-of", "2026-12-31")[1]
    status, out, _ = run("sample", "--restore", "code", "--reason", "corrigé")
    assert (status, "acceptée de nouveau" in out) == (0, True)
    assert run("verify")[0] == 0


def test_json_for_scripts(run: Run) -> None:
    drawn = json.loads(run("sample", "--json")[1])
    assert drawn["is_new"] is True
    (link,) = drawn["links"]
    assert (link["link_id"], link["amount"], link["rule"]) == ("A1", "300.00", "code")
    judged = json.loads(run("sample", "--right", "A1", "--json")[1])
    assert judged["outcomes"][0]["done"] is True
    code = next(c for c in judged["classes"] if c["rule"] == "code")
    assert (code["checked"], code["wrong"], code["rate"]) == (1, 0, 0.0)
    assert next(c for c in judged["classes"] if c["rule"] == "iban")["rate"] is None


def test_several_links_after_one_option(run: Run) -> None:
    run("sample")
    status, out, _ = run("sample", "--right", "A1", "A1")
    assert status == 0
    assert "déjà contrôlé" in out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("sample", "A1"), "ni --right ni --wrong"),
        (("sample", "--right", "A1", "--wrong", "A2", "A3"), "de --right ou de --wrong"),
        (("sample", "--right", "A1", "--wrong", "A1"), "à la fois"),
        (("sample", "--right", "A1"), "d'aucun tirage"),
        (("sample", "--size", "0"), "taille"),
        (("sample", "--size", "x"), "--size"),
        (("sample", "--building", "B9"), "immeuble inconnu"),
        (("sample", "--demote", "code"), "--reason"),
        (("sample", "--demote", "x", "--reason", "y"), "catégorie inconnue"),
        (("learned", "--building", "B9"), "immeuble inconnu"),
        (("forget", "L0", "--reason", "y"), "rien d'appris"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(
    run: Run, arguments: tuple[str, ...], words: str
) -> None:
    status, _, err = run(*arguments)
    assert status == 2
    assert words in err
    assert len(err.strip().splitlines()) == 1


def test_learned_forgotten_and_restored(run: Run) -> None:
    assert "Rien d'appris" in run("learned")[1]
    run("undo", "A1")
    run("reconcile", "--as-of", "2026-12-31")
    (proposal, *_) = [
        row["allocation_id"]
        for row in json.loads(run("export", "allocations", "--format", "json")[1])
        if row["state"] == "proposed"
    ]
    run("accept", proposal)
    (lesson,) = json.loads(run("learned", "--json")[1])
    assert (lesson["kind"], lesson["account_id"], lesson["state"]) == ("iban", "45000001", "active")
    number = lesson["learned_id"]
    assert "oublié" in run("forget", number, "--reason", "erreur")[1]
    assert "– oublié par C. Ardouin" in run("learned")[1]
    assert "retenu de nouveau" in run("undo", number)[1]
    assert "● retenu" in run("learned")[1]
