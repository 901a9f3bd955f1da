// What a page needs beside its widgets: its address, downloads, the keys, and a word when Python no
// longer answers. Draws nothing; its style sheet is the one of every screen.

const SILENCE = 20000; // ms without an answer before the visitor is told
const PATIENCE = 1000; // ms before the page says that it works

function saved(message, buffers) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob(buffers, { type: message.mime }));
  link.download = message.name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

// Only a page of this machine or under https may use the clipboard by itself.
function copied(text) {
  if (navigator.clipboard && window.isSecureContext) {
    navigator.clipboard.writeText(text);
    return;
  }
  const field = document.createElement("textarea");
  field.value = text;
  document.body.append(field);
  field.select();
  document.execCommand("copy");
  field.remove();
}

// The query without the token, which must not stay in the address, the history or a bookmark.
function query() {
  const fields = new URLSearchParams(window.location.search);
  fields.delete("token");
  return fields.toString();
}

function address(text) {
  return window.location.pathname + (text ? `?${text}` : "");
}

function render({ model, el }) {
  el.classList.add("wb-page");
  el.setAttribute("role", "status");
  const owns = model.get("owns_address");
  const cleanup = [];
  const listen = (target, name, handler) => {
    target.addEventListener(name, handler, true);
    cleanup.push(() => target.removeEventListener(name, handler, true));
  };
  const screen = () => el.closest(".wb-screen");

  model.on("msg:custom", (message, buffers) => {
    if (message.kind === "download") saved(message, buffers);
    if (message.kind === "alive") alive();
    if (message.kind === "copy") copied(message.text);
  });

  // --- is anybody there? --------------------------------------------------------------------
  let waiting = [];
  function alive() {
    waiting.forEach(clearTimeout);
    waiting = [];
    el.replaceChildren();
    screen()?.classList.remove("wb-busy");
  }
  function say(bold, text, action) {
    const box = document.createElement("div");
    box.className = "wb-notice";
    const strong = document.createElement("strong");
    strong.textContent = bold;
    box.append("■ ", strong, ` ${text} `);
    const button = document.createElement("button");
    button.type = "button";
    button.className = "wb-link";
    button.textContent = action;
    button.addEventListener("click", () => window.location.reload());
    box.append(button);
    el.replaceChildren(box);
  }
  function ask() {
    if (waiting.length) return;
    waiting = [
      setTimeout(() => screen()?.classList.add("wb-busy"), PATIENCE),
      setTimeout(() => say(
        "La page ne répond plus.",
        "Elle s’est fermée après un temps sans activité, ou le service s’est arrêté. Rien n’est perdu.",
        "Recharger",
      ), SILENCE),
    ];
    model.send({ kind: "alive" });
  }
  if (owns) {
    listen(document, "click", (event) => screen()?.contains(event.target) && ask());
    listen(document, "change", (event) => screen()?.contains(event.target) && ask());
  }

  // --- address ----------------------------------------------------------------------------
  if (owns) {
    window.history.replaceState(null, "", address(model.get("query")));
    const come = () => {
      model.set("query", query());
      model.save_changes();
    };
    window.addEventListener("popstate", come);
    cleanup.push(() => window.removeEventListener("popstate", come));
    model.on("change:query", () => {
      if (model.get("query") === query()) return;
      window.history.pushState(null, "", address(model.get("query")));
    });
    const named = () => { document.title = model.get("title") || document.title; };
    model.on("change:title", named);
    named();
    model.on("change:view", () => {
      window.scrollTo(0, 0);
      // After the new screen is drawn: a reader hears where he is, the Tab key starts there.
      setTimeout(() => {
        const titles = Array.from(screen()?.querySelectorAll(".wb-title") || []);
        const title = titles.find((one) => one.offsetParent !== null);
        if (!title) return;
        title.tabIndex = -1;
        title.focus({ preventScroll: true });
      }, 50);
    });
  }

  // --- keys -------------------------------------------------------------------------------
  const typing = (target) => target.matches?.(
    "input:not([type=checkbox]):not([type=radio]):not([type=button]), select, textarea, "
    + "[contenteditable=true]",
  );
  // The figures of a French keyboard want the Shift key: the place of the key says as much.
  const named = (event) => {
    const key = event.key.length === 1 ? event.key.toUpperCase() : event.key;
    if (model.get("letters").includes(key)) return key;
    return /^Digit([1-9])$/.exec(event.code)?.[1] || key;
  };
  const means = (key, target) => {
    if (!model.get("letters").includes(key) || typing(target)) return false;
    if (key === "Enter") return !target.closest("button, a, summary, select");
    return !key.startsWith("Arrow") || !target.closest("[role=grid]");
  };
  listen(document, "keydown", (event) => {
    const root = screen();
    if (!root || event.ctrlKey || event.metaKey || event.altKey) return;
    if (!owns && !root.contains(event.target)) return;
    const key = named(event);
    if (event.key === "/" && !typing(event.target)) {
      const fields = Array.from(root.querySelectorAll(".wb-search input"));
      const field = fields.find((one) => one.offsetParent !== null);
      if (!field) return;
      event.preventDefault();
      event.stopPropagation();
      field.focus();
      field.select();
    } else if (means(key, event.target)) {
      event.preventDefault();
      event.stopPropagation();
      // A key held down decides once.
      if (event.repeat && !key.startsWith("Arrow")) return;
      root.dispatchEvent(new CustomEvent("wb-key"));
      model.send({ kind: "key", key, subject: model.get("subject") });
    }
    if (event.key === "Escape" && (!typing(event.target) || !event.target.value)) {
      event.stopPropagation();
      if (typing(event.target)) { event.target.blur(); root.focus({ preventScroll: true }); }
      model.send({ kind: "escape" });
    }
  });

  // In Lab a letter is a command (dd deletes the cell) unless the focused element says otherwise,
  // and the focus must not fall back to the notebook when what had it goes away.
  let last = null;
  const hold = (event) => {
    const root = screen();
    if (!root?.contains(event.target)) return;
    root.tabIndex = -1;
    if (event.type !== "focusin") return;
    last = event.target;
    last.setAttribute("data-lm-suppress-shortcuts", "true");
  };
  listen(document, "pointerdown", hold);
  listen(document, "focusin", hold);
  const gone = (node) => !node.isConnected || node.disabled || node.offsetParent === null;
  listen(document, "focusout", () => setTimeout(() => {
    const root = screen();
    const nowhere = !document.activeElement || document.activeElement === document.body;
    if (root && last && nowhere && gone(last)) root.focus({ preventScroll: true });
  }));

  return () => cleanup.forEach((undo) => undo());
}

export default { render };
