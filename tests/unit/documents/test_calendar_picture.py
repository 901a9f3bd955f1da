from datetime import date

from tests.unit.widgets.invented import HOSTILE
from workbench.documents.calendar_picture import BuildingRow, Mark, month_grid, sample_of, words_of
from workbench.domain.dates import Period

MONTHS = [Period(2026, 12).plus(step) for step in range(6)]
MARKS = (
    Mark("simple", "relances simples", "outline"),
    Mark("formal_notice", "mises en demeure", "full"),
    Mark("relance_2", "relance 2", "dashed"),
)
COUNTS = {
    (MONTHS[0], "simple"): 4,
    (MONTHS[2], "formal_notice"): 1_204,
    (MONTHS[2], "relance_2"): 2,
}


def drawn(*rows: BuildingRow) -> str:
    return month_grid(rows, months=MONTHS, marks=MARKS, chosen=MONTHS[0]).markup


def test_every_count_is_written_and_named() -> None:
    told = drawn(BuildingRow(name="Villa Montjoie", counts=COUNTS))
    assert ">4</text>" in told
    assert ">1\u00a0204</text>" in told
    assert "Villa Montjoie, février 2027 : 2 relance 2" in told
    assert told.count("stroke-dasharray") == 1, "only the office's own type is dashed"


def test_a_type_that_is_not_asked_for_is_not_drawn() -> None:
    row = BuildingRow(name="Villa", counts={(MONTHS[0], "other"): 77})
    assert "77" not in drawn(row)


def test_the_words_say_all_of_it_to_who_cannot_see_it() -> None:
    row = BuildingRow(name="Villa", counts=COUNTS, asleep=(date(2026, 9, 1), date(2027, 1, 31)))
    words = words_of([row, BuildingRow(name="Quai", counts={})], months=MONTHS, marks=MARKS)
    assert "Villa : décembre 2026 4 relances simples, " in words
    assert "en sommeil jusqu’au 31/01/2027" in words
    assert "Quai : rien" in words
    assert 'aria-label="Relances à venir' in drawn(row)


def test_a_sleep_is_drawn_within_the_grid_whenever_it_began() -> None:
    long = BuildingRow(name="A", counts={}, asleep=(date(2026, 1, 1), date(2028, 1, 1)))
    short = BuildingRow(name="B", counts={}, asleep=(date(2026, 12, 30), date(2026, 12, 31)))
    for row in (long, short):
        told = drawn(row)
        assert "en sommeil jusqu’au" in told
        assert 'width="-' not in told


def test_closed_months_are_hatched() -> None:
    open_row = BuildingRow(name="A", counts={})
    closed = BuildingRow(name="A", counts={}, closed=frozenset({MONTHS[1], MONTHS[4]}))
    assert drawn(open_row).count("url(#wb-no-reminder)") == 0
    assert drawn(closed).count("url(#wb-no-reminder)") == 2


def test_a_day_outside_the_grid_frames_nothing() -> None:
    row = BuildingRow(name="A", counts={})
    framed = month_grid([row], months=MONTHS, marks=MARKS, chosen=MONTHS[1]).markup
    unframed = month_grid([row], months=MONTHS, marks=MARKS, chosen=MONTHS[0].plus(-1)).markup
    assert framed.count("<rect") == unframed.count("<rect") + 1


def test_a_hostile_name_stays_text() -> None:
    told = drawn(BuildingRow(name=HOSTILE, counts=COUNTS))
    assert "<script" not in told
    assert "<img" not in told


def test_a_mark_alone_is_a_picture() -> None:
    assert [sample_of(mark).markup.count("<rect") for mark in MARKS] == [1, 1, 1]
