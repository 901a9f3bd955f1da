"""A mail server of its own process, which writes down what it takes over: `python _post.py FILE`.

It prints its port, then one line in FILE for each mail, before it answers: the `Message-ID`.
"""

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

_ID = re.compile(rb"^message-id:\s*(\S+)", re.IGNORECASE | re.MULTILINE)


class _Post:
    def __init__(self, path: str) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        content = envelope.content or b""
        found = _ID.search(content if isinstance(content, bytes) else content.encode())
        os.write(self._file, (found[1] if found else b"?") + b"\n")
        return "250 OK"


async def _serve(path: str) -> None:
    post = _Post(path)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(post, loop=loop), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


@contextmanager
def post_office(path: Path) -> Iterator[int]:
    """Runs the server; gives its port."""
    program = [sys.executable, __file__, str(path)]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield int(process.stdout.readline() if process.stdout else "")
        finally:
            process.kill()


def arrived(path: Path) -> list[str]:
    """Returns the `Message-ID` of each mail that arrived, in order."""
    return path.read_text(encoding="ascii").split() if path.exists() else []


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1]))
