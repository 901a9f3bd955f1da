import pandas as pd

from workbench.widgets.table import Column, Empty, Table

COLUMNS = (
    Column(key="name", label="Nom", kind="link", write=lambda row: row["name"]),
    Column(
        key="cents", label="Dû (€)", kind="amount", largest_first=True,
        write=lambda row: str(row["cents"]),
    ),
    Column(key="day", label="Depuis", write=lambda row: str(row["day"])),
)  # fmt: skip
NOTHING = Empty(title="Rien.")


def table(rows: int = 30, **options: object) -> tuple[Table, list[str]]:
    opened: list[str] = []
    made = Table(
        COLUMNS, label="Essai", id_key="key", sort_key="cents", descending=True, page_size=10,
        on_open=opened.append, **options,  # type: ignore[arg-type]
    )  # fmt: skip
    made.show(
        pd.DataFrame(
            {
                "key": [f"K{n}" for n in range(rows)],
                "name": [f"n{n:02d}" for n in range(rows)],
                "cents": [n * 100 for n in range(rows)],
                "day": pd.to_datetime(["2026-01-01"] * rows),
            }
        ),
        empty=NOTHING,
        total=["Total", "", ""],
    )
    return made, opened


def ids(made: Table) -> list[str]:
    return [row["id"] for row in made.rows]


def say(made: Table, **message: object) -> None:
    made.receive(made, message, [])


def test_only_the_shown_page_is_in_the_widget() -> None:
    made, _ = table()
    assert ids(made) == [f"K{n}" for n in range(29, 19, -1)]
    assert (made.count, made.pages, made.page, made.first) == (30, 3, 1, 0)
    assert "n19" not in str(made.get_state())


def test_pages_stop_at_both_ends() -> None:
    made, _ = table()
    say(made, kind="page", page=99)
    assert (made.page, ids(made)[-1]) == (3, "K0")
    say(made, kind="page", page=-5)
    assert made.page == 1
    say(made, kind="page", page="2; DROP")
    assert made.page == 1


def test_a_row_opens_by_its_id_also_after_a_sort() -> None:
    made, opened = table()
    say(made, kind="sort", key="name")
    assert ids(made)[0] == "K0"
    say(made, kind="open", id=ids(made)[2])
    assert opened == ["K2"]
    assert made.selected == "K2"


def test_what_is_not_shown_cannot_be_opened() -> None:
    made, opened = table()
    say(made, kind="open", id="K0")
    say(made, kind="open", id="unknown")
    assert opened == []


def test_the_same_header_turns_the_order_round_and_another_one_starts_anew() -> None:
    made, _ = table()
    say(made, kind="page", page=2)
    say(made, kind="sort", key="cents")
    assert (made.sort_key, made.descending, made.page, ids(made)[0]) == ("cents", False, 1, "K0")
    say(made, kind="sort", key="name")
    assert (made.sort_key, made.descending) == ("name", False)
    say(made, kind="sort", key="cents")
    assert made.descending, "amounts start with the largest"
    say(made, kind="sort", key="no such column")
    assert made.sort_key == "cents"


def test_equal_values_keep_the_frame_s_order_both_ways() -> None:
    made, _ = table(rows=4)
    say(made, kind="sort", key="day")
    assert ids(made) == ["K0", "K1", "K2", "K3"]
    say(made, kind="sort", key="day")
    assert ids(made) == ["K0", "K1", "K2", "K3"]


def test_missing_values_are_last_both_ways() -> None:
    made, _ = table(rows=3)
    frame = pd.DataFrame(
        {
            "key": ["none", "early", "late"],
            "name": ["", "", ""],
            "cents": [1, 1, 1],
            "day": pd.to_datetime(["NaT", "2026-01-01", "2026-02-01"]),
        }
    )
    made.show(frame, empty=NOTHING)
    made.sort("day")
    assert ids(made) == ["early", "late", "none"]
    made.sort("day")
    assert ids(made) == ["late", "early", "none"]


def test_names_sort_as_a_french_reader_expects() -> None:
    made, _ = table(rows=1)
    names = ["Zoé", "élan", "Eté", "abbé", "Étang"]
    frame = pd.DataFrame({"key": names, "name": names, "cents": 0, "day": pd.NaT})
    made.show(frame, empty=NOTHING)
    made.sort("name")
    assert ids(made) == ["abbé", "élan", "Étang", "Eté", "Zoé"]


def test_an_empty_table_says_so_and_offers_the_next_step() -> None:
    pressed: list[str] = []
    made, _ = table(on_empty=lambda: pressed.append("yes"))
    made.show(
        pd.DataFrame({"key": [], "name": [], "cents": [], "day": []}),
        empty=Empty(title="Rien ici.", action="Retirer"),
        page=3,
    )
    assert (made.rows, made.count, made.page, made.pages) == ([], 0, 1, 1)
    assert (made.empty_title, made.empty_action) == ("Rien ici.", "Retirer")
    say(made, kind="empty")
    assert pressed == ["yes"]


def filled(**options: object) -> tuple[Table, list[tuple[object, ...]]]:
    told: list[tuple[object, ...]] = []
    made = Table(
        (
            Column(key="on", label="", kind="check", write=lambda row: {"checked": row["on"]}),
            Column(key="cents", label="Affecté", kind="entry", write=lambda _row: "1,00"),
        ),
        label="Essai", id_key="key", sort_key="key", page_size=2,
        on_check=lambda *said: told.append(("check", *said)),
        on_entry=lambda *said: told.append(("entry", *said)),
        **options,  # type: ignore[arg-type]
    )  # fmt: skip
    made.show(pd.DataFrame({"key": ["a", "b", "c"], "on": [True, False, True]}), empty=NOTHING)
    return made, told


def test_boxes_and_entries_come_back_with_the_row_s_id() -> None:
    made, told = filled()
    say(made, kind="check", id="b", key="on", checked=True)
    say(made, kind="entry", id="a", key="cents", text="12,50")
    assert told == [("check", "b", "on", True), ("entry", "a", "cents", "12,50")]


def test_what_a_visitor_may_not_say_of_a_cell_does_nothing() -> None:
    made, told = filled()
    say(made, kind="check", id="c", key="on", checked=True)  # on another page
    say(made, kind="check", id="a", key="cents", checked=True)  # not a box
    say(made, kind="check", id="a", key="on", checked="oui")
    say(made, kind="entry", id="a", key="on", text="1")
    say(made, kind="entry", id="a", key="cents", text=12)
    say(made, kind="entry", id="a", key="elsewhere", text="1")
    assert told == []


def test_a_typed_text_is_cut_where_no_amount_is_as_long() -> None:
    made, told = filled()
    say(made, kind="entry", id="a", key="cents", text="9" * 5000)
    assert told == [("entry", "a", "cents", "9" * 40)]


def choosing(rows: int = 30) -> tuple[Table, list[str]]:
    chosen: list[str] = []
    made, _ = table(rows, on_choose=chosen.append)
    return made, chosen


def test_a_row_is_chosen_by_its_id_and_stays_so_after_a_sort() -> None:
    made, chosen = choosing()
    say(made, kind="choose", id="K28")
    say(made, kind="sort", key="name")
    assert (made.chosen, chosen) == ("K28", ["K28"])
    say(made, kind="choose", id="K28")
    assert chosen == ["K28"], "it is on another page now: an id is a visitor's word"


def test_a_step_goes_on_to_the_next_page_and_stops_at_the_ends() -> None:
    made, chosen = choosing()
    made.choose("K20")
    assert (made.page, chosen) == (1, []), "choosing from Python tells nobody"
    say(made, kind="step", by=1)
    assert (made.chosen, made.page, chosen) == ("K19", 2, ["K19"])
    say(made, kind="step", by=-1)
    assert (made.chosen, made.page) == ("K20", 1)
    made.choose("K29")
    say(made, kind="step", by=-1)
    say(made, kind="step", by=7)
    say(made, kind="step", by="1")
    assert made.chosen == "K29"
    made.choose("")
    made.step(1)
    assert made.chosen == "K29", "the first one, where none was chosen"


def test_without_choosing_nobody_is_told() -> None:
    made, opened = table()
    say(made, kind="choose", id="K29")
    assert (made.chooses, opened) == (False, [])
