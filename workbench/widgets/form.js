// A small form: what is typed goes to Python in one message, with the button. Fields of their own
// would each send theirs, and the last one may arrive after the button's.

function node(tag, classes, text) {
  const made = document.createElement(tag);
  if (classes) made.className = classes;
  if (text !== undefined) made.textContent = text;
  return made;
}

function input(field) {
  if (field.options) {
    const made = node("select");
    made.append(...field.options.map(([words, value]) => {
      const option = node("option", "", words);
      option.value = value;
      return option;
    }));
    return made;
  }
  const made = node("input");
  made.type = "text";
  made.placeholder = field.placeholder || "";
  made.autocomplete = "off";
  made.maxLength = 200;
  return made;
}

function render({ model, el }) {
  el.classList.add("wb-form");
  const line = node("div", "wb-form-fields");
  const foot = node("div", "wb-form-foot");
  el.append(line, foot);
  let inputs = {};

  const values = () => Object.fromEntries(
    Object.entries(inputs).map(([name, one]) => [name, one.field.value]),
  );
  const submit = () => model.send({ kind: "submit", values: values() });

  function showOptional() {
    const typed = values();
    Object.values(inputs).forEach((one) => {
      if (one.only) one.box.hidden = typed[one.only[0]] !== one.only[1];
    });
  }

  function drawFields() {
    const before = values();
    inputs = {};
    line.replaceChildren(...model.get("fields").map((field) => {
      const box = node("label", `wb-form-field ${field.cls || ""}`);
      const made = input(field);
      made.name = field.name;
      made.setAttribute("data-lm-suppress-shortcuts", "true");
      const kept = before[field.name];
      if (field.options) {
        const known = field.options.some(([, value]) => value === kept);
        if (known) made.value = kept;
        made.addEventListener("change", showOptional);
      } else {
        made.value = kept ?? model.get("values")[field.name] ?? "";
      }
      box.append(node("span", "wb-sub", field.label), made);
      box.hidden = Boolean(field.hidden);
      inputs[field.name] = { field: made, box, only: field.only };
      return box;
    }));
    showOptional();
  }

  function drawFoot() {
    const button = node("button", "jupyter-button wb-button", model.get("words"));
    button.type = "button";
    button.addEventListener("click", submit);
    const parts = [button];
    if (model.get("otherwise")) {
      const other = node("button", "wb-link", model.get("otherwise"));
      other.type = "button";
      other.addEventListener("click", () => model.send({ kind: "cancel" }));
      parts.push(other);
    }
    if (model.get("hint")) parts.push(node("span", "wb-sub", model.get("hint")));
    foot.replaceChildren(...parts);
  }

  el.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter" && event.target.matches("input")) submit();
    // Escape leaves the field, then the screen; any other key would reach Lab's command mode.
    if (event.key !== "Escape") event.stopPropagation();
  });
  model.on("change:fields", drawFields);
  model.on("change:words", drawFoot);
  model.on("change:otherwise", drawFoot);
  model.on("msg:custom", (message) => {
    if (message.kind === "set") {
      Object.entries(message.values).forEach(([name, value]) => {
        if (inputs[name]) inputs[name].field.value = value;
      });
      showOptional();
    }
    // After what hides it is drawn: a hidden field takes no focus.
    if (message.kind === "focus") setTimeout(() => inputs[message.name]?.field.focus(), 60);
  });
  drawFields();
  drawFoot();
}

export default { render };
