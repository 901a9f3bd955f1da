from workbench.widgets.actions import Action, Actions, Question

ACTIONS = (
    Action(name="accept", words="Accepter", key="Entrée", primary=True),
    Action(name="reject", words="Rejeter", key="R", disabled=True),
)
WHY = Question(
    words="Pourquoi ?", confirm="Écarter", choices=(("fee", "frais"),), placeholder="mots"
)


def made() -> tuple[Actions, list[str]]:
    pressed: list[str] = []
    actions = Actions(label="Décider", on_press=pressed.append, guard=lambda action: action())
    actions.show(ACTIONS, subject="M1")
    return actions, pressed


def say(actions: Actions, subject: str = "M1", **message: object) -> None:
    actions.receive(None, {**message, "subject": subject}, ())


def test_a_press_counts_for_its_own_subject_only() -> None:
    actions, pressed = made()
    say(actions, kind="press", name="accept")
    say(actions, kind="press", name="accept", subject="M0")
    assert pressed == ["accept"]


def test_what_is_disabled_or_not_there_does_nothing() -> None:
    actions, pressed = made()
    say(actions, kind="press", name="reject")
    say(actions, kind="press", name="drop table")
    actions.press("reject")
    assert pressed == []


def test_a_question_takes_the_buttons_place() -> None:
    actions, pressed = made()
    answers: list[tuple[str, str]] = []
    actions.ask(WHY, lambda name, text: answers.append((name, text)))
    assert actions.asking
    say(actions, kind="press", name="accept")
    assert pressed == []
    say(actions, kind="answer", name="fee", text="  deux   mots ")
    say(actions, kind="answer", name="unknown", text="x")
    say(actions, kind="answer", name="", text="y" * 300)
    assert answers == [("fee", "deux mots"), ("", "y" * 200)]


def test_a_question_is_given_up_or_ends_with_its_subject() -> None:
    actions, _ = made()
    answers: list[str] = []
    actions.ask(WHY, lambda name, _text: answers.append(name))
    say(actions, kind="give_up")
    assert not actions.asking
    actions.ask(WHY, lambda name, _text: answers.append(name))
    actions.show(ACTIONS, subject="M2")
    assert not actions.asking
    say(actions, kind="answer", name="fee", text="", subject="M2")
    assert answers == []
