// The article pane beside the conversation: citations open in it.
(() => {
  const pane = document.createElement("iframe");
  pane.id = "article-pane";
  pane.name = "article";
  pane.title = "Cited article";
  pane.src = "/articles";

  const place = () => {
    const home = document.getElementById("reading");
    if (home && pane.parentElement !== home) home.append(pane);
  };
  new MutationObserver(place).observe(document.documentElement, { childList: true, subtree: true });
  place();

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.('.answer a[href^="/articles/"]');
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    pane.contentWindow.location.assign(link.getAttribute("href"));
    // On a narrow page the pane lies below the conversation: bring it into view.
    if (pane.getBoundingClientRect().top < window.innerHeight / 2) return;
    const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    pane.scrollIntoView({ behavior: calm ? "auto" : "smooth", block: "start" });
  }, true);
})();
