"""Text by pieces: the same text however long the pieces are, and the same refusals."""

import pytest

from workbench.domain.errors import UnreadableFileError
from workbench.loaders import lines
from workbench.loaders.sniff import Source

TEXT = "Été à la campagne\r\nligne 2\rligne 3\n\nfin €"


def text_of(data: bytes, *, size: int) -> str:
    return "".join(lines.chunks_of(Source.of_bytes(data, name="x"), size=size))


@pytest.mark.parametrize("size", [4, 5, 7, 64, 4096])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_pieces_make_the_whole_text(encoding: str, size: int) -> None:
    expected = TEXT.replace("\r\n", "\n").replace("\r", "\n")
    assert text_of(TEXT.encode(encoding), size=size) == expected


@pytest.mark.parametrize("size", [1, 6, 4096])
def test_a_byte_far_behind_decides_on_the_encoding(size: int) -> None:
    data = b"a" * 50 + "é".encode() + b"\n" * 3 + b"\xe9"
    assert text_of(data, size=size).endswith("\u00e9")
    assert text_of(data, size=size)[50:52] == "Ã©"


@pytest.mark.parametrize("size", [4, 4096])
def test_lines_have_their_numbers(size: int) -> None:
    blocks = lines.line_blocks(Source.of_bytes(b"a\nbb\n\nccccccccc\nd", name="x"), size=size)
    told = [(n + i, text) for n, block in blocks for i, text in enumerate(block)]
    assert told == [(1, "a"), (2, "bb"), (3, ""), (4, "ccccccccc"), (5, "d")]


@pytest.mark.parametrize("size", [1, 4, 4096])
def test_blocks_are_whole_lines(size: int) -> None:
    text = "a\nbb\n\nccccccccc\nd"
    blocks = list(lines.text_blocks(Source.of_bytes(text.encode(), name="x"), size=size))
    assert "".join(blocks) == text
    assert all(block.endswith("\n") for block in blocks[:-1])


def test_block_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "LONGEST_LINE", 10)
    with pytest.raises(UnreadableFileError) as refusal:
        list(lines.text_blocks(Source.of_bytes(b"a\n" + b"b" * 40, name="x"), size=8))
    assert refusal.value.line == 2


def refusal_of(data: bytes, *, size: int) -> UnreadableFileError:
    with pytest.raises(UnreadableFileError) as refusal:
        list(lines.line_blocks(Source.of_bytes(data, name="x"), size=size))
    return refusal.value


@pytest.mark.parametrize("size", [4, 4096])
def test_bytes_that_are_no_text_are_refused_with_their_line(size: int) -> None:
    assert refusal_of(b"a\nb\n\xe9\x81\n", size=size).line == 3
    zero = refusal_of(b"abcdefgh\nb\nc\0\n", size=size)
    assert (zero.line, zero.reason) == (3, "fichier binaire, pas du texte")


def test_line_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "LONGEST_LINE", 10)
    assert refusal_of(b"a\n" + b"b" * 40, size=8).line == 2
    assert text_of(b"b" * 40, size=8) == "b" * 40
