import pandas as pd

from workbench.widgets.table import Column, Empty, Table, folded

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
    assert folded("ÉTÉ œ") == folded("été œ")


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
