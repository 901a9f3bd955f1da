"""Sets pages in a process of its own, which may loop or break without harm.

A program, started by `typesetting`. It imports nothing of this package: it must start at once.
The limits are JSON in the first argument. Each line on the standard input is one sheet (`layout`,
`data`, `timestamp`, `ppi`: 0 for a PDF, else a PNG of the first page); out comes a line of JSON,
`{"bytes": n}` and then the n bytes, or `{"error": words, "hints": […]}`.
"""

import json
import sys
from typing import Any

import typst


def main() -> None:
    """Sets every sheet asked for, one after the other."""
    limits: dict[str, Any] = json.loads(sys.argv[1])
    _limit_memory(int(limits["memory"]))
    fonts = typst.Fonts(include_system_fonts=False)
    compilers: dict[str, typst.Compiler] = {}
    for line in sys.stdin.buffer:
        sheet = json.loads(line)
        layout = sheet["layout"]
        if layout not in compilers:
            # Nothing is fetched: the only packages are those of a folder that is empty.
            compilers[layout] = typst.Compiler(
                layout,
                root=limits["folder"],
                font_paths=fonts,
                package_path=limits["packages"],
                package_cache_path=limits["packages"],
            )
        _answer(compilers[layout], sheet)


def _answer(compiler: typst.Compiler, sheet: dict[str, Any]) -> None:
    try:
        page = _set(compiler, sheet)
    except typst.TypstError as error:
        _say({"error": error.message, "hints": error.hints})
    except MemoryError:
        _say({"error": "memory", "hints": []})
    else:
        _say({"bytes": len(page)}, page)


def _set(compiler: typst.Compiler, sheet: dict[str, Any]) -> bytes:
    inputs = {"data": sheet["data"]}
    if sheet["ppi"]:
        pages = compiler.compile(format="png", ppi=sheet["ppi"], sys_inputs=inputs)
    else:
        pages = compiler.compile(
            format="pdf",
            sys_inputs=inputs,
            # For keeping and for reading aloud: the typesetter checks both as it writes.
            pdf_standards=["a-2a", "ua-1"],
            timestamp=sheet["timestamp"],
        )
    first = pages[0] if isinstance(pages, list) else pages
    return first or b""


def _say(head: dict[str, Any], page: bytes = b"") -> None:
    sys.stdout.buffer.write(json.dumps(head).encode() + b"\n" + page)
    sys.stdout.buffer.flush()


def _limit_memory(size: int) -> None:
    try:
        import resource  # noqa: PLC0415 - not on every system; the time limit holds everywhere
    except ImportError:
        return
    try:
        resource.setrlimit(resource.RLIMIT_AS, (size, size))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (ValueError, OSError):
        return


if __name__ == "__main__":
    main()
