"""The office's texts: what is refused when they are saved, what a value can and cannot do (B2)."""

from pathlib import Path

import pytest

from workbench.documents import texts
from workbench.documents.letter_kinds import LetterKind
from workbench.domain.errors import ParameterError

TEMPLATES = Path(__file__).resolve().parents[3] / "templates"
GOOD = "Objet : Rappel\n\n{{ civilite }},\n\n{{ tableau }}\n\nMerci.\n"


def _saved(folder: Path, text: str, name: str = "essai") -> str:
    (folder / "texts").mkdir(exist_ok=True)
    texts.save_text(folder, name, text, kind=LetterKind.SIMPLE)
    return texts.read_text(folder, name)


def test_a_good_text_is_saved_and_read_again(tmp_path: Path) -> None:
    assert _saved(tmp_path, GOOD) == GOOD
    assert texts.names(tmp_path) == ["essai"]


def test_windows_line_ends_and_a_byte_order_mark_are_read(tmp_path: Path) -> None:
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "essai.txt").write_bytes(GOOD.replace("\n", "\r\n").encode("utf-8-sig"))
    assert texts.read_text(tmp_path, "essai") == GOOD


@pytest.mark.parametrize(
    ("wrong", "line", "field", "words"),
    [
        ("Bonjour {{ montnat }}", 3, "montnat", "le champ « montnat » n’existe pas (au choix : "),
        ("Bonjour {{ montant", 3, "montant", "accolade du champ « montant » mal fermée"),
        ("Bonjour {{ montant }", 3, "montant", "accolade du champ « montant » mal fermée"),
        ("Bonjour montant }}", 3, "", "accolade mal fermée"),
        ("Bonjour { montant }", 3, "montant", "accolade du champ « montant » mal fermée"),
        ("Bonjour {{ }}", 3, "", "le champ «  » n’existe pas"),
        ("Voici {{ tableau }}", 3, "tableau", "seul sur sa ligne"),
        ("Un **gras", 3, "", "** ouvre du gras"),
        ("{{ montant_paye }}", 3, "montant_paye", "n’existe pas"),
    ],
)
def test_what_is_wrong_is_said_with_its_line_and_field(
    wrong: str, line: int, field: str, words: str
) -> None:
    text = f"Objet : Rappel\n\n{wrong}\n\n{{{{ tableau }}}}\n"
    problems = texts.check_text(text, kind=LetterKind.SIMPLE)
    assert [(problem.line, problem.field) for problem in problems] == [(line, field)]
    assert words in problems[0].words


def test_an_unknown_field_names_the_ones_there_are() -> None:
    problem = texts.check_text(f"{GOOD}{{{{ x }}}}", kind=LetterKind.FORMAL_NOTICE)[0]
    for name in ("montant", "taux_legal", "tableau", "paiement"):
        assert name in problem.words


def test_a_text_without_subject_or_table_is_refused() -> None:
    problems = texts.check_text("Bonjour\n", kind=LetterKind.SIMPLE)
    assert [problem.field for problem in problems] == ["", "tableau"]


def test_a_refused_text_leaves_the_old_one(tmp_path: Path) -> None:
    _saved(tmp_path, GOOD)
    with pytest.raises(ParameterError, match=r"ligne 5.*« inconnu ».*rien n’est enregistré"):
        _saved(tmp_path, GOOD.replace("tableau", "inconnu"))
    assert texts.read_text(tmp_path, "essai") == GOOD
    assert [file.name for file in (tmp_path / "texts").iterdir()] == ["essai.txt"]


@pytest.mark.parametrize("name", ["../essai", "Essai", "a/b", "", "essai.txt", "a" * 61])
def test_a_name_never_leaves_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(ParameterError, match="un nom de texte"):
        texts.read_text(tmp_path, name)


def test_an_absent_text_names_the_ones_there_are(tmp_path: Path) -> None:
    _saved(tmp_path, GOOD)
    with pytest.raises(ParameterError, match=r"« relance » n’existe pas \(au choix : essai\)"):
        texts.read_text(tmp_path, "relance")


def test_a_text_in_another_encoding_is_refused(tmp_path: Path) -> None:
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "essai.txt").write_bytes("Objet : é".encode("cp1252"))
    with pytest.raises(ParameterError, match="UTF-8"):
        texts.read_text(tmp_path, "essai")


def test_values_are_text_and_never_read_again() -> None:
    hostile = "{{ iban }} **gras** {{ tableau }}"
    filled = texts.fill(
        "Objet : À {{ titulaire }}\n\nCher **{{ titulaire }}** !\n",
        {"titulaire": hostile, "iban": "FR76"},
        name="essai",
    )
    assert filled.subject == f"À {hostile}"
    assert [part.kind for part in filled.parts] == ["p"]
    assert [(run.text, run.bold) for run in filled.parts[0].runs] == [
        ("Cher ", False),
        (hostile, True),
        ("\u00a0!", False),
    ]


def test_a_paragraph_with_an_empty_optional_field_is_left_out() -> None:
    text = "Objet : Rappel\n\nDepuis le {{ relance_du }}.\n\nMerci.\n"
    with_it = texts.fill(text, {"relance_du": "5 mai 2026"}, name="essai")
    without = texts.fill(text, {"relance_du": ""}, name="essai")
    assert with_it.plain() == "Depuis le 5 mai 2026.\n\nMerci.\n"
    assert without.plain() == "Merci.\n"


def test_a_field_that_must_have_a_value_is_an_error() -> None:
    with pytest.raises(ParameterError, match="« montant » n’a pas de valeur"):
        texts.fill("Objet : Rappel\n\n{{ montant }}\n", {"montant": ""}, name="essai")


def test_blocks_keep_their_place_also_without_empty_lines_around_them() -> None:
    text = "Objet : Rappel\n\nAvant\n{{ tableau }}\naprès\n\n  {{paiement}}  \n"
    filled = texts.fill(text, {}, name="essai")
    assert [part.kind for part in filled.parts] == ["p", "table", "p", "pay"]


def test_french_spaces_and_apostrophes() -> None:
    assert texts.typography("n° 3 : l'« oui » ?") == "n°\u00a03\u00a0: l’«\u00a0oui\u00a0»\u00a0?"


@pytest.mark.parametrize("name", texts.names(TEMPLATES))
def test_every_text_that_comes_with_the_program_is_right(name: str) -> None:
    kinds = {
        "relance": LetterKind.SIMPLE,
        "mise": LetterKind.FORMAL_NOTICE,
        "releve": LetterKind.STATEMENT,
        "quittance": LetterKind.RENT_RECEIPT,
        "recu": LetterKind.PART_RECEIPT,
        "coordonnees": LetterKind.BANK_DETAILS,
        "courriel": LetterKind.SIMPLE,
    }
    text = texts.read_text(TEMPLATES, name)
    kind = kinds[name.partition("-")[0]]
    assert texts.check_text(text, kind=kind, mail=texts.is_mail(name)) == []
    # Words of today (LAW L18).
    assert "huissier" not in text
