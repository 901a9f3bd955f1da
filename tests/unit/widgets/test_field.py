from workbench.widgets.field import Field


def made() -> tuple[Field, list[str]]:
    heard: list[str] = []
    field = Field(
        label="Chercher", placeholder="un nom", guard=lambda action: action(),
        on_type=heard.append, on_enter=lambda: heard.append("<enter>"),
    )  # fmt: skip
    return field, heard


def test_what_is_typed_is_heard_once() -> None:
    field, heard = made()
    field.receive(None, {"kind": "type", "text": "noé"}, ())
    field.receive(None, {"kind": "type", "text": "noé"}, ())
    assert heard == ["noé"]


def test_enter_comes_after_the_text_it_ends() -> None:
    field, heard = made()
    field.receive(None, {"kind": "enter", "text": "noé"}, ())
    field.receive(None, {"kind": "enter", "text": "noé"}, ())
    assert heard == ["noé", "<enter>", "<enter>"]


def test_what_no_browser_says_does_nothing() -> None:
    field, heard = made()
    field.receive(None, {"kind": "down", "text": ""}, ())
    field.receive(None, {"kind": "enter"}, ())
    field.receive(None, {"text": 3}, ())
    assert heard == []
    field.receive(None, {"kind": "type", "text": "x" * 500}, ())
    assert heard == ["x" * 100]
