// A line of buttons with their keys, or a question in its place. A press carries the subject that
// was on the screen when it was made: Python ignores what was meant for another one.

function node(tag, classes, text) {
  const made = document.createElement(tag);
  if (classes) made.className = classes;
  if (text !== undefined) made.textContent = text;
  return made;
}

function pressable(words, classes) {
  const button = node("button", classes, words);
  button.type = "button";
  return button;
}

function render({ model, el }) {
  el.classList.add("wb-actions");
  el.setAttribute("role", "group");
  const send = (message) => model.send({ ...message, subject: model.get("subject") });
  // A pressed button must not keep the focus: Enter would press it again on the next subject.
  const release = () => el.closest(".wb-screen")?.focus({ preventScroll: true });

  function drawButtons() {
    el.replaceChildren(...model.get("buttons").map((action) => {
      const kind = action.quiet ? "wb-do wb-do-quiet" : action.primary ? "wb-do wb-do-first" : "wb-do";
      const button = pressable("", kind);
      button.dataset.name = action.name;
      button.disabled = action.disabled;
      button.append(node("span", "", action.words));
      if (action.key) {
        const key = node("kbd", "", action.key);
        key.setAttribute("aria-hidden", "true");
        button.append(" ", key);
      }
      button.addEventListener("click", () => {
        send({ kind: "press", name: action.name });
        release();
      });
      return button;
    }));
  }

  function drawQuestion(asked) {
    const form = node("div", "wb-ask");
    form.setAttribute("role", "group");
    const title = node("strong", "", asked.words);
    form.append(title);
    let chosen = "";
    const field = node("input", "wb-answer");
    const go = pressable(asked.confirm, "wb-do wb-do-first");
    const choices = asked.choices.map((choice) => {
      const button = pressable(choice.words, "wb-choice");
      button.setAttribute("aria-pressed", "false");
      button.addEventListener("click", () => {
        chosen = chosen === choice.name ? "" : choice.name;
        choices.forEach((one) => {
          one.setAttribute("aria-pressed", String(one === button && chosen !== ""));
        });
        (asked.placeholder && !chosen ? field : go).focus();
      });
      return button;
    });
    form.append(...choices);
    if (asked.placeholder) {
      field.type = "text";
      field.placeholder = asked.placeholder;
      field.setAttribute("aria-label", asked.words);
      field.maxLength = 200;
      field.autocomplete = "off";
      form.append(field);
    }
    const back = pressable("Revenir", "wb-do wb-do-quiet");
    const key = node("kbd", "", "Échap");
    key.setAttribute("aria-hidden", "true");
    back.append(" ", key);
    back.addEventListener("click", () => { send({ kind: "give_up" }); release(); });
    form.append(go, back);
    const answer = () => send({ kind: "answer", name: chosen, text: field.value });
    go.addEventListener("click", answer);
    // Lab keeps Enter from a form: what it does here is said here.
    form.addEventListener("keydown", (event) => {
      const isAnswer = event.key === "Enter" && event.target === field && !event.repeat;
      if (event.key !== "Escape" && !isAnswer) return;
      event.preventDefault();
      event.stopPropagation();
      if (isAnswer) {
        answer();
        return;
      }
      send({ kind: "give_up" });
      release();
    });
    el.replaceChildren(form);
    (asked.placeholder ? field : choices[0] || go).focus();
  }

  function draw() {
    el.setAttribute("aria-label", model.get("label"));
    el.dataset.subject = model.get("subject");
    const asked = model.get("question");
    const had = el.contains(document.activeElement);
    if (asked && asked.words) drawQuestion(asked);
    else {
      drawButtons();
      if (had) release();
    }
  }

  let drawing = false;
  const redraw = () => {
    if (drawing) return;
    drawing = true;
    queueMicrotask(() => { drawing = false; draw(); });
  };
  ["buttons", "question", "subject", "label"].forEach((name) => model.on(`change:${name}`, redraw));
  draw();
}

export default { render };
