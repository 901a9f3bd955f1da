// The one interactive table: shows a page of rows that Python chose, says what the visitor does.
// Sorting, searching and paging are Python's; rows are told by stable ids, never by position.
// Text reaches the page through textContent only: a payer chooses the label of his transfer.

const RIGHT = new Set(["amount", "number", "entry"]);
const FIELDS = new Set(["check", "entry"]);

function node(tag, classes, text) {
  const made = document.createElement(tag);
  if (classes) made.className = classes;
  if (text !== undefined) made.textContent = text;
  return made;
}

function fill(cell, content, column) {
  const value = typeof content === "object" ? content : { text: content };
  if (value.tone) cell.classList.add(`wb-${value.tone === "alert" ? "alert" : "quiet"}`);
  if (value.strike) cell.classList.add("wb-undone");
  if (value.title) cell.title = value.title;
  if (value.number) {
    const number = node("span", "wb-number", value.number);
    number.setAttribute("aria-hidden", "true");
    cell.append(number);
  }
  if (value.glyph) {
    const glyph = node("span", "wb-glyph", value.glyph);
    glyph.setAttribute("aria-hidden", "true");
    if (value.glyph_tone) glyph.classList.add(`wb-${value.glyph_tone}`);
    cell.append(glyph);
  }
  cell.append(node("span", column.kind === "link" ? "wb-link" : "", value.text));
  if (value.detail) cell.append(node("span", "wb-detail", value.detail));
  if (value.under) {
    const tone = value.under_tone === "alert" ? "wb-alert" : "wb-quiet";
    cell.append(node("div", `wb-second ${tone}`, value.under));
  }
}

// As Python folds what is searched: no case, no accents; one letter stays one place.
function folded(text) {
  return Array.from(text, (letter) => (
    letter.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().slice(0, letter.length)
      .padEnd(letter.length)
  )).join("");
}

function markWord(cell, word) {
  const walker = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) texts.push(walker.currentNode);
  texts.forEach((text) => {
    const place = folded(text.data).indexOf(word);
    if (place < 0) return;
    const rest = text.splitText(place);
    rest.splitText(word.length);
    const found = node("mark", "", rest.data);
    rest.replaceWith(found);
  });
}

// A box to tick or an amount to type. What is done to it goes to Python with the row's id; Python
// answers with the rows as they then are.
function control(cell, content, column, row, send) {
  const value = typeof content === "object" ? content : { text: content };
  const isCheck = column.kind === "check";
  const field = node("input", isCheck ? "wb-check" : "wb-entry");
  field.type = isCheck ? "checkbox" : "text";
  field.dataset.key = column.key;
  field.setAttribute("aria-label", value.label || column.label);
  // Lab looks at the focused element only: an ancestor's mark does not silence its keys.
  field.setAttribute("data-lm-suppress-shortcuts", "true");
  field.disabled = Boolean(value.disabled);
  if (value.invalid) {
    field.setAttribute("aria-invalid", "true");
    field.title = value.invalid;
  }
  const say = (what) => send({ kind: column.kind, id: row.id, key: column.key, ...what });
  if (isCheck) {
    field.checked = Boolean(value.checked);
    field.addEventListener("change", () => say({ checked: field.checked }));
  } else {
    field.defaultValue = value.text || "";
    field.inputMode = "decimal";
    field.autocomplete = "off";
    field.addEventListener("change", () => {
      field.dataset.sent = field.value;
      say({ text: field.value });
    });
  }
  cell.append(field);
}

function bar(share) {
  const cell = node("td", "wb-bar");
  cell.setAttribute("role", "presentation");
  const ink = node("span");
  ink.style.width = `${Math.max(0, Math.min(1, share)) * 100}%`;
  cell.append(ink);
  return cell;
}

// How strong the reasons are, on a line that has the engine's threshold marked; drawn for the eye
// only, the figure stands beside it.
function strength(cell, content) {
  const value = typeof content === "object" ? content : { text: content };
  const rail = node("div", "wb-rail");
  rail.setAttribute("aria-hidden", "true");
  const put = (name, share) => {
    if (typeof share !== "number") return;
    const mark = node("span", name);
    mark.style.left = `${Math.max(0, Math.min(1, share)) * 100}%`;
    rail.append(mark);
  };
  put("wb-rail-zero", value.zero);
  put("wb-rail-threshold", value.threshold);
  put("wb-rail-dot", value.at);
  cell.append(rail);
}

function header(columns, send) {
  const row = node("tr");
  row.setAttribute("aria-rowindex", "1");
  columns.forEach((column) => {
    const head = node("th", RIGHT.has(column.kind) ? "wb-right" : "");
    head.scope = "col";
    head.dataset.key = column.key;
    if (column.width) head.style.width = column.width;
    if (column.sortable) {
      const button = node("button", "wb-sort", column.label);
      button.type = "button";
      button.append(node("span", "wb-mark"));
      button.addEventListener("click", () => send({ kind: "sort", key: column.key }));
      head.append(button);
    } else {
      head.textContent = column.label;
    }
    row.append(head);
    if (column.bar) {
      const space = node("th", "wb-bar");
      space.setAttribute("role", "presentation");
      row.append(space);
    }
  });
  return row;
}

function line(columns, row, index, words, send) {
  const made = node("tr");
  made.dataset.id = row.id;
  made.setAttribute("aria-rowindex", String(index));
  made.setAttribute("aria-selected", "false");
  columns.forEach((column, place) => {
    const content = row.cells[place];
    const cell = node("td", RIGHT.has(column.kind) ? "wb-right" : "");
    if (column.strong) cell.classList.add("wb-strong");
    if (FIELDS.has(column.kind)) control(cell, content, column, row, send);
    else if (column.kind === "strength") strength(cell, content);
    else fill(cell, content, column);
    words.forEach((word) => markWord(cell, word));
    made.append(cell);
    if (column.bar) made.append(bar((typeof content === "object" && content.bar) || 0));
  });
  return made;
}

function totals(columns, cells) {
  const row = node("tr");
  columns.forEach((column, place) => {
    row.append(node("td", RIGHT.has(column.kind) ? "wb-right" : "", cells[place]));
    if (column.bar) row.append(node("td", "wb-bar"));
  });
  return row;
}

function pager(model, send) {
  const page = model.get("page");
  const pages = model.get("pages");
  const foot = node("nav", "wb-pager");
  foot.setAttribute("aria-label", `Pages de ${model.get("label")}`);
  foot.append(node("span", "wb-detail", `Page ${page} sur ${pages}`));
  const links = node("span", "wb-pages");
  const link = (text, target, name) => {
    const button = node("button", "wb-link", text);
    button.type = "button";
    button.dataset.page = name || String(target);
    if (name === undefined) button.setAttribute("aria-label", `Page ${target}`);
    button.disabled = target < 1 || target > pages;
    button.addEventListener("click", () => send({ kind: "page", page: target }));
    links.append(button);
  };
  link("Précédente", page - 1, "previous");
  // First, last and two on either side: a portfolio of 400 pages keeps its links on one line.
  let last = 0;
  for (let number = 1; number <= pages; number += 1) {
    const near = Math.abs(number - page) <= 2 || number === 1 || number === pages;
    if (!near) continue;
    if (number - last > 1) links.append(node("span", "wb-detail", "…"));
    last = number;
    if (number === page) {
      const current = node("span", "wb-current", String(number));
      current.setAttribute("aria-current", "page");
      links.append(current);
    } else {
      link(String(number), number);
    }
  }
  link("Suivante", page + 1, "next");
  foot.append(links);
  return foot;
}

function render({ model, el }) {
  const send = (message) => model.send(message);
  el.classList.add("wb-table");
  const table = node("table");
  table.setAttribute("role", "grid");
  const head = node("thead");
  const body = node("tbody");
  const foot = node("tfoot");
  table.append(head, body, foot);
  const empty = node("div", "wb-empty");
  const below = node("div");
  el.append(table, empty, below);
  let active = 0;

  const lines = () => Array.from(body.rows);

  // Roving tabindex: one stop for the Tab key, arrows inside. The letters are kept from Lab.
  function choose(index, focus) {
    const rows = lines();
    if (!rows.length) return;
    active = Math.max(0, Math.min(rows.length - 1, index));
    const chosen = model.get("chosen");
    rows.forEach((row, place) => {
      const isChosen = model.get("chooses") ? row.dataset.id === chosen : place === active;
      row.tabIndex = place === active ? 0 : -1;
      row.setAttribute("aria-selected", String(isChosen));
      row.classList.toggle("wb-chosen", model.get("chooses") && isChosen);
      row.toggleAttribute("data-lm-suppress-shortcuts", place === active);
    });
    if (focus) rows[active].focus();
  }

  // The mark follows the hand at once; Python hears of a row when the hand rests, or decides.
  let waiting = null;
  let heard = 0;
  function tell() {
    clearTimeout(waiting);
    waiting = null;
    heard = Date.now();
    send({ kind: "choose", id: model.get("chosen") });
  }
  function pick(index, focus) {
    const row = lines()[index];
    if (!row || !model.get("chooses")) {
      choose(index, focus);
      return;
    }
    const same = row.dataset.id === model.get("chosen");
    model.set("chosen", row.dataset.id);
    choose(index, focus);
    if (same) return;
    clearTimeout(waiting);
    if (Date.now() - heard > 150) tell();
    else waiting = setTimeout(tell, 150);
  }
  const beforeKey = () => waiting && tell();
  const step = (by) => {
    const rows = lines();
    const from = rows.findIndex((row) => row.dataset.id === model.get("chosen"));
    if (from >= 0 && rows[from + by]) pick(from + by, true);
    else {
      beforeKey();
      send({ kind: "step", by });
    }
  };

  function drawHead() {
    const focused = head.contains(document.activeElement);
    const key = focused && document.activeElement.closest("th").dataset.key;
    head.replaceChildren(header(model.get("columns"), send));
    drawSort();
    if (key) head.querySelector(`th[data-key="${CSS.escape(key)}"] button`)?.focus();
  }

  function drawSort() {
    head.querySelectorAll("th[data-key]").forEach((cell) => {
      const sorted = cell.dataset.key === model.get("sort_key");
      const down = model.get("descending");
      const mark = cell.querySelector(".wb-mark");
      if (!mark) return;
      cell.classList.toggle("wb-sorted", sorted);
      mark.textContent = sorted ? (down ? "▾" : "▴") : "";
      cell.setAttribute("aria-sort", sorted ? (down ? "descending" : "ascending") : "none");
    });
  }

  // A field one is typing in keeps its text, its cursor and the focus while the rows are replaced.
  function held() {
    const field = document.activeElement;
    if (!body.contains(field) || !field.matches("input")) return () => false;
    const { key, sent } = field.dataset;
    const id = field.closest("tr").dataset.id;
    const typed = field.type === "text" && field.value !== (sent ?? field.defaultValue);
    const { value, selectionStart, selectionEnd } = field;
    return () => {
      const row = lines().find((one) => one.dataset.id === id);
      const again = row?.querySelector(`input[data-key="${CSS.escape(key)}"]`);
      if (!again) return false;
      choose(lines().indexOf(row), false);
      again.focus({ preventScroll: true });
      if (typed) again.value = value;
      if (typed) again.setSelectionRange(selectionStart, selectionEnd);
      else if (again.type === "text") again.select();
      return true;
    };
  }

  function drawRows() {
    const hadFocus = body.contains(document.activeElement);
    const restore = held();
    const place = below.contains(document.activeElement) && document.activeElement.dataset.page;
    const columns = model.get("columns");
    const rows = model.get("rows");
    const total = model.get("total");
    const first = model.get("first");
    table.setAttribute("aria-label", model.get("label"));
    table.setAttribute("aria-rowcount", String(model.get("count") + 1));
    const words = folded(model.get("marks")).split(/\s+/).filter(Boolean);
    body.replaceChildren(...rows.map((row, index) => (
      line(columns, row, first + index + 2, words, send))));
    body.classList.toggle("wb-opens", model.get("opens"));
    foot.replaceChildren(...(rows.length && total.length ? [totals(columns, total)] : []));
    table.hidden = !rows.length;
    empty.replaceChildren(node("strong", "", model.get("empty_title")));
    if (model.get("empty_text")) empty.append(" ", node("span", "", model.get("empty_text")));
    if (model.get("empty_action")) {
      const button = node("button", "wb-link", model.get("empty_action"));
      button.type = "button";
      button.addEventListener("click", () => send({ kind: "empty" }));
      empty.append(" ", button);
    }
    empty.hidden = rows.length > 0;
    below.replaceChildren(...(model.get("pages") > 1 ? [pager(model, send)] : []));
    const back = model.get("chooses") ? model.get("chosen") : model.get("selected");
    const selected = rows.findIndex((row) => row.id === back);
    if (!restore()) choose(selected < 0 ? 0 : selected, hadFocus);
    if (place) {
      const again = below.querySelector(`[data-page="${CSS.escape(place)}"]:not(:disabled)`);
      (again || lines()[0])?.focus();
    }
  }

  function open(row) {
    if (row && model.get("opens")) send({ kind: "open", id: row.dataset.id });
  }

  // In a field the arrows and Enter go to the same field of another row, Escape gives the text up.
  function typing(event) {
    const field = event.target;
    const to = (step) => {
      const row = lines()[lines().indexOf(field.closest("tr")) + step];
      const next = row?.querySelector(`input[data-key="${CSS.escape(field.dataset.key)}"]`);
      if (!next) {
        field.blur();
        field.focus();
        return;
      }
      choose(lines().indexOf(row), false);
      next.focus();
      next.select();
    };
    const moves = {
      ArrowDown: () => to(1),
      ArrowUp: () => to(-1),
      Enter: () => to(1),
      Escape: () => {
        field.value = field.dataset.sent ?? field.defaultValue;
        choose(lines().indexOf(field.closest("tr")), true);
      },
    };
    if (!moves[event.key]) return;
    event.preventDefault();
    event.stopPropagation();
    moves[event.key]();
  }

  body.addEventListener("click", (event) => {
    const row = event.target.closest("tr");
    if (!row) return;
    pick(lines().indexOf(row), !event.target.matches("input"));
    if (event.target.closest(".wb-link")) open(row);
  });
  body.addEventListener("dblclick", (event) => open(event.target.closest("tr")));
  body.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.matches("input.wb-entry")) {
      typing(event);
      return;
    }
    const page = model.get("page");
    const moves = {
      ArrowDown: () => (model.get("chooses") ? step(1) : choose(active + 1, true)),
      ArrowUp: () => (model.get("chooses") ? step(-1) : choose(active - 1, true)),
      Home: () => pick(0, true),
      End: () => pick(lines().length - 1, true),
      PageDown: () => page < model.get("pages") && send({ kind: "page", page: page + 1 }),
      PageUp: () => page > 1 && send({ kind: "page", page: page - 1 }),
      Enter: () => open(lines()[active]),
      " ": () => lines()[active]?.querySelector("input.wb-check")?.click(),
    };
    if (!moves[event.key]) return;
    event.preventDefault();
    event.stopPropagation();
    moves[event.key]();
  });
  // Escape and / belong to the page; any other key would reach Lab's command mode (dd deletes).
  el.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" && event.key !== "/") event.stopPropagation();
  });

  // A change of several values arrives as several events: draw once, when all are there.
  let drawing = false;
  const redraw = () => {
    if (drawing) return;
    drawing = true;
    queueMicrotask(() => {
      drawing = false;
      drawSort();
      drawRows();
    });
  };
  const watched = ["rows", "total", "page", "pages", "sort_key", "descending", "selected", "marks",
    "empty_title", "empty_text", "empty_action"];
  watched.forEach((name) => model.on(`change:${name}`, redraw));
  model.on("change:columns", () => { drawHead(); drawRows(); });
  model.on("change:chosen", () => {
    const place = lines().findIndex((row) => row.dataset.id === model.get("chosen"));
    choose(place < 0 ? active : place, body.contains(document.activeElement));
  });
  const panel = { of: null };
  setTimeout(() => {
    panel.of = el.closest(".wb-screen");
    panel.of?.addEventListener("wb-key", beforeKey);
  });
  drawHead();
  drawRows();
  return () => panel.of?.removeEventListener("wb-key", beforeKey);
}

export default { render };
