// A text field. What is typed goes to Python when the hand rests, and at once with Enter or the
// arrow down. Escape empties it first.

const REST = 150; // ms

function render({ model, el }) {
  el.classList.add("wb-field");
  const field = document.createElement("input");
  field.type = "search";
  field.autocomplete = "off";
  field.spellcheck = false;
  field.maxLength = 100;
  field.setAttribute("data-lm-suppress-shortcuts", "true");
  const hint = document.createElement("kbd");
  hint.setAttribute("aria-hidden", "true");
  el.append(field, hint);
  let waiting = null;
  const tell = (kind) => {
    clearTimeout(waiting);
    waiting = null;
    model.send({ kind, text: field.value });
  };
  const draw = () => {
    field.placeholder = model.get("placeholder");
    field.setAttribute("aria-label", model.get("label"));
    hint.textContent = model.get("hint");
    hint.hidden = !model.get("hint");
  };
  field.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => tell("type"), REST);
  });
  field.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const kinds = { Enter: "enter", ArrowDown: "down" };
    if (kinds[event.key]) {
      event.preventDefault();
      tell(kinds[event.key]);
      // What was found is worked on with keys: the next letter is no longer for the field.
      el.closest(".wb-screen")?.focus({ preventScroll: true });
    } else if (event.key === "Escape" && field.value) {
      field.value = "";
      tell("type");
    } else {
      return;
    }
    event.stopPropagation();
  });
  model.on("change:value", () => {
    // What is being typed is newer than what Python heard of.
    if (waiting === null && field.value !== model.get("value")) field.value = model.get("value");
  });
  model.on("change:focus", () => {
    field.focus();
    field.select();
  });
  ["placeholder", "label", "hint"].forEach((name) => model.on(`change:${name}`, draw));
  field.value = model.get("value");
  draw();
}

export default { render };
