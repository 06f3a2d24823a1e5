// The article pane beside the conversation: citations open in it.
(() => {
  // Where the app is: it may be served below a path.
  const base = new URL("..", document.currentScript.src).pathname;
  const pane = document.createElement("iframe");
  pane.id = "article-pane";
  pane.name = "article";
  pane.title = "Cited article";
  pane.src = `${base}articles`;

  const tidy = () => {
    const home = document.getElementById("reading");
    if (home && pane.parentElement !== home) home.append(pane);
    // Gradio names each message by its source text, so that a screen reader would read out our markup.
    document.querySelectorAll('#chat [aria-label*="message: <"]').forEach((m) => m.removeAttribute("aria-label"));
  };
  // A new question is brought to the top and kept there while its answer grows, until the reader scrolls: an answer is
  // read from its beginning.
  let asked = 0;
  let following = false;
  const follow = () => {
    const questions = document.querySelectorAll("#chat .question");
    following = questions.length > asked || (following && questions.length === asked);
    asked = questions.length;
    if (following) questions[asked - 1].scrollIntoView({ block: "start" });
  };
  for (const moved of ["wheel", "touchmove", "pointerdown", "keydown"]) {
    document.addEventListener(moved, () => { following = false; }, { capture: true, passive: true });
  }
  const watched = { childList: true, subtree: true, attributes: true, attributeFilter: ["aria-label"] };
  new MutationObserver(() => { tidy(); follow(); }).observe(document.documentElement, watched);
  tidy();

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.(`.answer a[href^="${base}articles/"]`);
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    pane.contentWindow.location.assign(link.getAttribute("href"));
    // On a narrow page the pane lies below the conversation: bring it into view.
    if (pane.getBoundingClientRect().top < window.innerHeight / 2) return;
    const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    pane.scrollIntoView({ behavior: calm ? "auto" : "smooth", block: "start" });
  }, true);
})();
