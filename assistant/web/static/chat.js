// On a narrow page the article pane lies below the conversation: bring it into view when a citation opens in it.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.('a[target="article"]');
  const pane = document.getElementById("article-pane");
  if (!link || !pane || pane.getBoundingClientRect().top < window.innerHeight / 2) return;
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  pane.scrollIntoView({ behavior: calm ? "auto" : "smooth", block: "start" });
});
