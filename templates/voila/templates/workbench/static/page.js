// What Voilà's own script expects of a page. The message of loading stays until a screen is drawn.
"use strict";

window.voila_heartbeat = function () {};
window.voila_process = function () {};

window.display_cells = function () {
  if (!window.themeLoaded) {
    window.cellLoaded = true;
    return;
  }
  document.getElementById("rendered_cells").style.display = "";
  const loading = document.getElementById("loading");
  const done = () => {
    // A cell that failed leaves a text instead of a screen: that is shown too.
    const drawn = document.querySelector(".wb-screen, .jp-OutputArea-output pre");
    if (drawn) loading.remove();
    return drawn;
  };
  if (done()) return;
  const watch = new MutationObserver(() => done() && watch.disconnect());
  watch.observe(document.getElementById("rendered_cells"), { childList: true, subtree: true });
  setTimeout(() => {
    const text = document.getElementById("loading_text");
    if (text) text.textContent = "C’est plus long que d’habitude. Recharger la page si rien ne vient.";
  }, 30000);
};
window.voila_finish = window.display_cells;
