"""Files as bytes: plain and packed alike, and a packed file that ends too early says so after its last whole byte."""

import gzip
from pathlib import Path

import pytest
import zstandard

from connectors import chunks
from connectors.chunks import TapeCut, TapeError, read_chunks, read_lines

LINES = b"".join(b'{"line":%d,"text":"%s"}\n' % (n, bytes(str(n * 7919 % 104_729), "ascii") * 9) for n in range(4_000))
PACK = {"": lambda data: data, ".gz": gzip.compress, ".zst": zstandard.ZstdCompressor().compress}


def given_file(folder: Path, suffix: str, data: bytes) -> Path:
    path = folder / f"recording.jsonl{suffix}"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("suffix", PACK)
def test_what_was_packed_comes_back(tmp_path: Path, suffix: str) -> None:
    path = given_file(tmp_path, suffix, PACK[suffix](LINES))
    assert b"".join(read_chunks(path)) == LINES
    assert list(read_lines(path)) == LINES.splitlines()


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_packed_files_put_one_after_the_other_are_one_file(tmp_path: Path, suffix: str) -> None:
    path = given_file(tmp_path, suffix, PACK[suffix](LINES[:50_000]) + PACK[suffix](LINES[50_000:]))
    assert b"".join(read_chunks(path)) == LINES


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
@pytest.mark.parametrize("kept", [0.3, 0.8, 0.999])
def test_a_cut_file_gives_what_is_whole_and_then_says_that_it_is_cut(tmp_path: Path, suffix: str, kept: float) -> None:
    packed = PACK[suffix](LINES)
    path = given_file(tmp_path, suffix, packed[: int(len(packed) * kept)])
    got: list[bytes] = []
    with pytest.raises(TapeCut, match=r"recording\.jsonl\.(gz|zst): its compressed data ends too early"):
        got.extend(read_lines(path))
    assert got == LINES.splitlines()[: len(got)]
    assert kept < 0.9 or got


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_a_damaged_file_is_told_apart(tmp_path: Path, suffix: str) -> None:
    with pytest.raises(TapeCut, match="is damaged or not packed"):
        list(read_chunks(given_file(tmp_path, suffix, b"this was never packed")))


def test_a_file_that_cannot_be_opened_is_named_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(TapeError, match=r"missing\.gz: cannot be read \(No such file"):
        list(read_chunks(tmp_path / "missing.gz"))
    with pytest.raises(TapeError, match="cannot be read"):
        list(read_chunks(tmp_path))


def test_a_last_line_without_newline_counts(tmp_path: Path) -> None:
    assert list(read_lines(given_file(tmp_path, "", b"one\n\ntwo"))) == [b"one", b"", b"two"]


def test_a_file_without_newlines_is_refused_before_it_fills_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "LINE_BYTES_MAX", 100_000)
    path = given_file(tmp_path, "", b"fine\n" + b"x" * 400_000)
    with pytest.raises(TapeError, match="line 2 does not end within 100000 bytes"):
        list(read_lines(path))


def test_the_name_of_a_file_cannot_make_a_refusal_two_lines_or_colour_a_terminal(tmp_path: Path) -> None:
    with pytest.raises(TapeError) as caught:
        list(read_lines(tmp_path / "two\nlines\x1b[31m"))
    assert str(caught.value) == f"{tmp_path}/two lines\\x1b[31m: cannot be read (No such file or directory); check the name and the rights"
