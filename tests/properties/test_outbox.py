"""Whatever a server answers, wherever a sender dies, whatever people do meanwhile."""

import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Self

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import letters_office, small_office
from tests.letters_office import ACTOR, AT, LATER, letter
from tests.mail_servers import SENDER
from workbench.documents.outbox import Answer, Fate, MailServer, MailServerError
from workbench.domain.errors import DecisionRefusedError
from workbench.ledger import outbox
from workbench.ledger.outbox import State
from workbench.ledger.store import Ledger, open_ledger
from workbench.ledger.verification import broken_records
from workbench.pipeline import mailing, sending
from workbench.pipeline.settings import Settings

pytestmark = [pytest.mark.ledger, pytest.mark.slow]
MAILS = 4
# What the world does with one mail: it arrives or not, and what its sender hears of it. A sender
# that dies hears nothing, and says nothing either.
WORLD = st.sampled_from(
    ["sent", "refused", "later", "lost", "lost arrived", "dead", "dead arrived", "not us",
     "ctrl-c", "ctrl-c arrived"]
)  # fmt: skip
PEOPLE = st.sampled_from(["withdraw", "sent", "again"])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("send"), st.lists(WORLD, max_size=MAILS)),
        st.tuples(PEOPLE, st.integers(1, MAILS)),
    ),
    max_size=8,
)


class _Killed(BaseException):
    """As SIGKILL: nothing of the process runs afterwards."""


class _World:
    """A server, and a conversation with it that goes as the test says."""

    def __init__(self) -> None:
        self.arrived: list[str] = []
        self.plan: list[str] = []
        self.server = MailServer(host="h", port=1, security="none", sender=SENDER)
        self.is_past_point = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def open(self) -> None:
        pass

    def deliver(self, *, sender: str, to: str, data: bytes) -> Answer:
        what = self.plan.pop(0) if self.plan else "sent"
        self.is_past_point = what == "ctrl-c arrived"
        if what in {"sent", "lost arrived", "dead arrived", "ctrl-c arrived"}:
            subject = next(line for line in data.splitlines() if line.startswith(b"Subject"))
            self.arrived.append(subject.decode().rpartition(" ")[2])
        if what.startswith("dead"):
            raise _Killed
        if what.startswith("ctrl-c"):
            raise KeyboardInterrupt
        if what == "not us":
            raise MailServerError("no")
        fate = {"sent": Fate.SENT, "refused": Fate.REFUSED, "later": Fate.QUEUED}.get(what)
        return Answer(fate or Fate.UNKNOWN, "" if fate is Fate.SENT else what, fate is None)


def _send(ledger: Ledger, world: _World, plan: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    world.plan = list(plan)
    keep = sending.Run._keep  # noqa: SLF001 - where a dead sender would have written
    settle = sending.Run._settle  # noqa: SLF001
    with monkeypatch.context() as patched:

        def dead(*_: object) -> bool:
            return False

        def deliver(*, sender: str, to: str, data: bytes) -> Answer:
            try:
                return _World.deliver(world, sender=sender, to=to, data=data)
            except _Killed:
                patched.setattr(sending.Run, "_keep", dead)
                patched.setattr(sending.Run, "_settle", dead)
                raise

        patched.setattr(world, "deliver", deliver)
        patched.setattr(mailing, "Conversation", lambda _server: world)
        with suppress(_Killed, KeyboardInterrupt):
            mailing.send(ledger, settings=Settings(mail=world.server), actor=ACTOR, now=lambda: AT)
    assert sending.Run._keep is keep  # noqa: SLF001
    assert sending.Run._settle is settle  # noqa: SLF001


def _say(ledger: Ledger, what: str, number: int) -> bool:
    """Returns whether a person had that letter sent again."""
    try:
        if what == "withdraw":
            with ledger.writing() as connection:
                outbox.withdraw(connection, [number], actor=ACTOR, at=LATER)
            return False
        (done,) = mailing.resolve(
            ledger, [f"C{number}"], was_sent=what == "sent", actor=ACTOR, at=LATER
        )
    except DecisionRefusedError:
        return False
    return done.done and what == "again"


@given(steps=STEPS)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_letter_arrives_once_unless_a_person_has_it_sent_again(
    steps: list[tuple[str, list[str] | int]], monkeypatch: pytest.MonkeyPatch, made: Path
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        url = small_office.copy_ledger(made, Path(folder) / "ledger.db")
        with open_ledger(url) as ledger:
            world, again = _World(), dict.fromkeys(range(1, MAILS + 1), 0)
            believed: set[int] = set()
            for what, value in steps:
                if isinstance(value, int):
                    before = letters_office.states(ledger)[value - 1]
                    again[value] += _say(ledger, what, value)
                    if what == "sent" and before != State.SENT:
                        believed.add(value)
                else:
                    _send(ledger, world, value, monkeypatch)
            # At last a good day: what is wrongly thought to wait would leave once more.
            _send(ledger, world, [], monkeypatch)
            states = list(mailing.letters(ledger)["state"])
            for number, state in enumerate(states, start=1):
                times = world.arrived.count(str(number))
                assert times <= 1 + again[number]
                assert state != State.SENDING
                if state == State.SENT and number not in believed:
                    assert times >= 1
                if times and not again[number]:
                    assert state in {State.SENT, State.UNKNOWN}
            assert list(broken_records(ledger)) == []


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed ledger with mails that wait: copied, since making one takes longer."""
    path = tmp_path_factory.mktemp("outbox") / "ledger.db"
    with letters_office.mails(f"sqlite:///{path}", count=0) as ledger:
        letters_office.write(ledger, *(letter(n) for n in range(1, MAILS + 1)))
    return path
