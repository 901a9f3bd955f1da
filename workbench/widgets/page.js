// What a page needs beside its widgets: its address, downloads, the keys / and Escape, and a word
// when Python no longer answers. Draws nothing; its style sheet is the one of every screen.

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
  const typing = (target) => target.matches?.("input, select, textarea");
  listen(document, "keydown", (event) => {
    const root = screen();
    if (!root || event.ctrlKey || event.metaKey || event.altKey) return;
    if (!owns && !root.contains(event.target)) return;
    if (event.key === "/" && !typing(event.target)) {
      const field = root.querySelector(".wb-search input");
      if (!field) return;
      event.preventDefault();
      event.stopPropagation();
      field.focus();
      field.select();
    }
    if (event.key === "Escape" && (!typing(event.target) || !event.target.value)) {
      if (typing(event.target)) event.target.blur();
      model.send({ kind: "escape" });
    }
  });

  return () => cleanup.forEach((undo) => undo());
}

export default { render };
