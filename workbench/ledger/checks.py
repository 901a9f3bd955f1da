"""Samples of the engine's links, what an auditor said of each, and bands people changed: facts.

What they prove is computed (`matching.sampling`). Undoing a wrong link is a decision like any other
(`decisions`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import pandas as pd
from sqlalchemy import Connection, bindparam, text

from workbench.ledger.decisions import record_rows
from workbench.ledger.frame_types import typed
from workbench.ledger.journal import JournalEntry
from workbench.ledger.schema import bands, sample_links, sample_verdicts, samples
from workbench.ledger.store import Ledger, next_number


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """One sample.

    Attributes:
        building_id: where it was drawn; "" for the whole portfolio.
        seed: of the draw.
        size: how many were asked for.
        population: how many there were to draw from.
        links: (journal number of the engine's decision, its evidence class), in the order drawn.
    """

    building_id: str
    seed: int
    size: int
    population: int
    links: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedLink:
    """What an auditor says of one decision of the engine.

    Attributes:
        decision_seq: its journal number.
        rule: its evidence class.
        verdict: `right` or `wrong`.
        words: the auditor's own words, "" when none.
    """

    decision_seq: int
    rule: str
    verdict: str
    words: str = ""


def drawn_links(ledger: Ledger) -> pd.DataFrame:
    """Returns every link that was drawn, in the order drawn, with what was last said of it.

    Columns: sample_id, sample_seq, decision_seq (int64), rule, sampled_in (building, "" for the
    whole portfolio), seed (int64), verdict (right | wrong | "" while nobody looked), words,
    verdict_at (ISO text), verdict_by.
    """
    frame = ledger.frame(
        "SELECT s.sample_id, s.seq AS sample_seq, k.decision_seq, k.rule,"
        " s.building_id AS sampled_in, s.seed, COALESCE(v.verdict, '') AS verdict,"
        " COALESCE(v.words, '') AS words, COALESCE(j.at, '') AS verdict_at,"
        " COALESCE(j.actor, '') AS verdict_by"
        " FROM sample_links k JOIN samples s ON s.sample_id = k.sample_id"
        " LEFT JOIN sample_verdicts v ON v.decision_seq = k.decision_seq AND NOT EXISTS"
        " (SELECT 1 FROM sample_verdicts w WHERE w.decision_seq = v.decision_seq AND"
        "  w.sample_verdict_id > v.sample_verdict_id)"
        " LEFT JOIN journal j ON j.seq = v.seq ORDER BY k.sample_link_id"
    )
    return typed(frame)


def verdicts(ledger: Ledger) -> pd.DataFrame:
    """Returns every verdict, in order, corrected ones too.

    Columns: seq, decision_seq (int64), rule, verdict, words, actor, at (ISO text).
    """
    return typed(
        ledger.frame(
            "SELECT v.seq, v.decision_seq, v.rule, v.verdict, v.words, j.actor, j.at"
            " FROM sample_verdicts v JOIN journal j ON j.seq = v.seq ORDER BY v.sample_verdict_id"
        )
    )


def band_decisions(ledger: Ledger) -> pd.DataFrame:
    """Returns what people decided of classes, in order: seq, rule, state, words, actor, at."""
    return typed(
        ledger.frame(
            "SELECT b.seq, b.rule, b.state, b.words, j.actor, j.at FROM bands b"
            " JOIN journal j ON j.seq = b.seq ORDER BY b.band_id"
        )
    )


def record_draw(connection: Connection, draw: Draw, *, actor: str, at: datetime) -> int:
    """Appends a sample with its links; returns its number."""
    number = next_number(connection, samples, "sample_id")
    first = next_number(connection, sample_links, "sample_link_id")
    links = [
        (first + place, number, decision_seq, rule)
        for place, (decision_seq, rule) in enumerate(draw.links)
    ]
    values = (number, draw.building_id, draw.seed, draw.size, draw.population)
    entry = JournalEntry(action="sample", subject=draw.building_id, data={})
    record_rows(connection, entry, {samples: [values], sample_links: links}, actor=actor, at=at)
    return number


def record_verdicts(
    connection: Connection, checked: Sequence[CheckedLink], *, actor: str, at: datetime
) -> None:
    """Appends verdicts under one journal row."""
    first = next_number(connection, sample_verdicts, "sample_verdict_id")
    rows = [(first + n, c.decision_seq, c.rule, c.verdict, c.words) for n, c in enumerate(checked)]
    entry = JournalEntry(action="check", subject="", data={})
    record_rows(connection, entry, {sample_verdicts: rows}, actor=actor, at=at)


def record_band(
    connection: Connection, rule: str, state: str, *, words: str, actor: str, at: datetime
) -> None:
    """Appends a person's decision on a class: `demoted` or `restored`, with the reason."""
    number = next_number(connection, bands, "band_id")
    entry = JournalEntry(action="band", subject=rule, data={})
    record_rows(connection, entry, {bands: [(number, rule, state, words)]}, actor=actor, at=at)


def sampled_decisions(connection: Connection, identifier: str) -> list[int]:
    """Returns the drawn decisions that `A…` is a link of, or that were made on `M…`, in order."""
    number = identifier[1:] if identifier[:1] == "A" else ""
    is_link = number.isascii() and number.isdigit() and len(number) <= 18
    found = connection.execute(
        text(
            "SELECT DISTINCT j.seq FROM journal j JOIN sample_links k ON k.decision_seq = j.seq"
            " LEFT JOIN allocations a ON a.seq = j.seq"
            " WHERE j.subject = :id OR a.allocation_id = :number ORDER BY j.seq"
        ),
        {"id": identifier, "number": int(number) if is_link else 0},
    )
    return [int(seq) for seq in found.scalars()]


def last_verdicts(connection: Connection, decisions: Sequence[int]) -> dict[int, tuple[str, int]]:
    """Returns the last verdict on each decision that has one, with its journal number."""
    query = text(
        "SELECT decision_seq, verdict, seq FROM sample_verdicts WHERE decision_seq IN :ids"
        " ORDER BY sample_verdict_id"
    ).bindparams(bindparam("ids", expanding=True))
    rows = connection.execute(query, {"ids": list(decisions)})
    return {int(row.decision_seq): (row.verdict, int(row.seq)) for row in rows}


def rule_of(connection: Connection, decision_seq: int) -> str:
    """Returns the evidence class under which a decision was drawn."""
    query = text("SELECT rule FROM sample_links WHERE decision_seq = :seq ORDER BY 1")
    return str(connection.execute(query, {"seq": decision_seq}).scalars().first())
