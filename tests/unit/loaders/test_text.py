import pytest

from workbench.domain.errors import UnreadableFileError
from workbench.loaders.text import clean, decoded, encoding_of, folded, is_folded


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (b"abc", "utf-8"),
        ("é".encode(), "utf-8"),
        ("é".encode("cp1252"), "cp1252"),
        ("abc é".encode("cp1252"), "cp1252"),
        ("é".encode("utf-8-sig"), "utf-8-sig"),
        ("é;à".encode("utf-16"), "utf-16"),
        ("iban;été".encode("utf-16-le"), "utf-16-le"),
        ("iban;été".encode("utf-16-be"), "utf-16-be"),
        (b"", "utf-8"),
    ],
)
def test_encoding_is_told_by_the_bytes(data: bytes, encoding: str) -> None:
    assert encoding_of(data) == encoding
    assert decoded(data, file="x") == data.decode(encoding)


def test_start_of_a_file_may_end_inside_a_character() -> None:
    start = "été".encode()[:-1]
    assert encoding_of(start, cut=True) == "utf-8"
    assert encoding_of(start) == "cp1252"


@pytest.mark.parametrize(
    ("data", "line", "reason"),
    [
        (b"a\nb\n\x81\xff", 3, "ni en UTF-8 ni en Windows-1252"),
        (b"a\nbcd\0e", 2, "fichier binaire"),
        ("aé".encode("utf-16")[:-1], 1, "ni en UTF-8"),
    ],
)
def test_what_is_no_text_is_refused_with_its_line(data: bytes, line: int, reason: str) -> None:
    with pytest.raises(UnreadableFileError, match=reason) as refusal:
        decoded(data, file="x")
    assert refusal.value.line == line


@pytest.mark.parametrize(
    ("text", "cleaned", "in_one"),
    [
        ("  VIR  SEPA ", "VIR  SEPA", "VIR SEPA"),
        ("A\tB\r\nC", "A B  C", "A B C"),
        ("A\0B\x1b[0m", "A B [0m", "A B [0m"),
        ("1\u00a0234\u202f,00", "1 234\u202f,00", "1 234 ,00"),
        ("e\u0301", "\u00e9", "\u00e9"),
        ("", "", ""),
        ("\u2028", "", ""),
    ],
)
def test_text_is_on_one_line_without_controls(text: str, cleaned: str, in_one: str) -> None:
    assert clean(text) == cleaned
    assert folded(text) == in_one


@pytest.mark.parametrize(
    ("text", "told"),
    [("LOYER MAI", True), ("", True), ("A  B", False), (" A", False), ("A ", False),
     ("A\tB", False), ("A\u00a0B", False), ("É", False)],
)  # fmt: skip
def test_is_folded_is_never_wrong_about_a_change(text: str, *, told: bool) -> None:
    assert is_folded(text) is told
    assert not told or folded(text) == text
