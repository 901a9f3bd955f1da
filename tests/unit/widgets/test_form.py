"""A form's press carries what all of its fields hold, and no more than they may."""

from collections.abc import Mapping

from workbench.widgets.form import Form, FormField


def form() -> tuple[Form, list[Mapping[str, str]]]:
    told: list[Mapping[str, str]] = []
    made = Form(
        (FormField(name="why", label="Motif"), FormField(name="on", label="Le", value="21/11")),
        words="Valider", on_submit=told.append, on_cancel=lambda: told.append({}),
        guard=lambda action: action(),
    )  # fmt: skip
    return made, told


def test_one_message_has_every_field_and_nothing_else() -> None:
    made, told = form()
    made.receive(made, {"kind": "submit", "values": {"why": "x" * 500, "other": "y"}}, [])
    assert told == [{"why": "x" * 200, "on": ""}]
    made.receive(made, {"kind": "submit", "values": "x"}, [])
    made.receive(made, {"kind": "cancel"}, [])
    assert told[1:] == [{}]


def test_fields_described_again_keep_what_was_written() -> None:
    made, _ = form()
    made.fill(why="parce que")
    made.describe((FormField(name="why", label="Pourquoi"),))
    assert made.values["why"] == "parce que"
    assert [field["label"] for field in made.fields] == ["Pourquoi"]
