from workbench.widgets.page import Page


def made() -> tuple[Page, list[str]]:
    heard: list[str] = []
    page = Page(
        on_escape=lambda: heard.append("escape"),
        keys={"R": lambda: heard.append("R"), "Enter": lambda: heard.append("Enter")},
    )
    return page, heard


def press(page: Page, key: str, subject: str = "") -> None:
    page.receive(page, {"kind": "key", "key": key, "subject": subject}, [])


def test_the_browser_knows_which_keys_mean_something() -> None:
    page, heard = made()
    assert page.letters == ["R", "Enter"]
    press(page, "R")
    press(page, "X")
    page.receive(page, {"kind": "escape"}, [])
    assert heard == ["R", "escape"]


def test_a_key_counts_for_what_stood_there_when_it_was_pressed() -> None:
    page, heard = made()
    page.subject = "M2"
    press(page, "Enter", "M1")
    press(page, "Enter", "M2")
    assert heard == ["Enter"]


def test_another_screen_in_its_place_has_its_own_keys() -> None:
    page, heard = made()
    page.listen({"E": lambda: heard.append("E")})
    press(page, "R")
    press(page, "E")
    assert (page.letters, heard) == (["E"], ["E"])
