"""Layouts that loop, break, reach outside; what the font cannot draw."""

import time
from datetime import date
from pathlib import Path

import pytest

from workbench.documents import typesetting
from workbench.documents.typesetting import LayoutError, Sheet, drawn, is_drawn, set_sheets


def _set(folder: Path, layout: str, *, seconds: float = 20, text: str = "x") -> list[bytes]:
    (folder / "essai.typ").write_text(layout, encoding="utf-8")
    sheet = Sheet(
        layout="essai.typ", data={"text": text}, dated_on=date(2026, 6, 5), name="lettre 1"
    )
    return list(set_sheets([sheet], layouts=folder, seconds_each=seconds))


@pytest.mark.parametrize(
    ("layout", "words"),
    [
        ("#while true { let x = 1 }", "tourne en rond"),
        ("#let f(n) = f(n + 1)\n#f(0)", "s’appelle sans fin"),
        ('#read("../secret.txt")', "lit hors du dossier"),
        ('#read("/../secret.txt")', "lit hors du dossier"),
        ('#read("absent.txt")', "cite un fichier qui n’existe pas"),
        ('#import "@preview/cetz:0.3.0"', "demande un paquet"),
        ("#import sys: inputs\n#panic(inputs.data)", "est refusée"),
        ("#let x = ", "est refusée"),
    ],
)
def test_a_layout_that_is_wrong_is_refused_in_words(
    tmp_path: Path, layout: str, words: str
) -> None:
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    folder = tmp_path / "letters"
    folder.mkdir()
    with pytest.raises(LayoutError, match=words) as raised:
        _set(folder, layout)
    assert "lettre 1" in str(raised.value)
    assert "essai.typ" in str(raised.value)


def test_a_layout_that_never_ends_is_ended(tmp_path: Path) -> None:
    started = time.monotonic()
    with pytest.raises(LayoutError, match="n’a pas fini en 1 secondes"):
        _set(tmp_path, "#for i in range(99999) { for j in range(99999) { } }", seconds=1)
    assert time.monotonic() - started < 15


def test_a_layout_that_takes_all_memory_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(typesetting, "MEMORY_BYTES", 256 * 1024 * 1024)
    layout = '#let a = "x"\n#for i in range(40) { a = a + a }\n#a.len()'
    with pytest.raises(LayoutError, match=r"« essai\.typ » a arrêté la composition"):
        _set(tmp_path, layout)


def test_a_link_that_leaves_the_folder_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "letters"
    folder.mkdir()
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    (folder / "lien.txt").symlink_to(tmp_path / "secret.txt")
    with pytest.raises(LayoutError, match=r"lien\.txt : ce raccourci sort du dossier"):
        _set(folder, '#read("lien.txt")')


def test_absent_layouts_are_named(tmp_path: Path) -> None:
    sheet = Sheet(layout="absent.typ", data={}, dated_on=date(2026, 6, 5), name="lettre 1")
    with pytest.raises(LayoutError, match=r"« absent\.typ » manque"):
        list(set_sheets([sheet], layouts=tmp_path))
    with pytest.raises(LayoutError, match="n’existe pas"):
        list(set_sheets([sheet], layouts=tmp_path / "nulle-part"))


def test_nothing_is_started_for_nothing(tmp_path: Path) -> None:
    assert list(set_sheets([], layouts=tmp_path)) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Zoë Müller-Łukasz, Œuvre n° 3 − 5 €", "Zoë Müller-Łukasz, Œuvre n° 3 − 5 €"),
        ("e\u0301te\u0301", "été"),
        ("a\u202eb\x07c\x00", "abc"),
        ("日本 😀", "?? ?"),
        ("deux\nlignes", "deux lignes"),
        ("cou\u00adpé", "coupé"),
        ("\ue000", ""),
    ],
)
def test_what_can_be_drawn(text: str, expected: str) -> None:
    assert drawn(text) == expected


def test_a_word_longer_than_its_column_may_be_broken() -> None:
    assert drawn("x" * 24, longest=24) == "x" * 24
    assert drawn("x" * 25, longest=24) == "x" * 24 + "\u200bx"


def test_names_of_neighbours_are_drawn_others_are_not() -> None:
    assert is_drawn("Đặng Nguyễn Ștefan Çelik Ωmega Жуков")
    assert not is_drawn("日本")
    assert not is_drawn("عربي")


def test_every_sign_that_is_let_through_has_its_drawing(tmp_path: Path) -> None:
    signs = "".join(
        chr(point) for point in range(0x20, 0x2600) if drawn(chr(point)) not in ("", "?")
    )
    assert len(signs) > 1200
    layout = (
        '#set document(title: "t")\n#set text(lang: "fr", font: "Libertinus Serif")\n'
        "#json(bytes(sys.inputs.data)).text"
    )
    pages = _set(tmp_path, layout, text=" ".join(signs))
    assert pages[0].startswith(b"%PDF-")
