// Beside what Gradio does: the article pane, citations that show their sentence, and the left column on a phone.
import { isolated } from "./showing.js";

(() => {
  // Where the app is: it may be served below a path.
  const base = new URL("..", import.meta.url).pathname;
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
  const make = (tag, properties, ...children) => {
    const made = Object.assign(document.createElement(tag), properties);
    made.append(...children);
    return made;
  };

  // The pane: citations open in it.
  const pane = make("iframe", { id: "article-pane", name: "article", title: "Cited article", src: `${base}articles` });
  const back = make("button", { id: "back", type: "button", hidden: true, textContent: "↑ Back to the answer" });
  let cameFrom = null;
  back.addEventListener("click", () => { cameFrom?.scrollIntoView({ block: "center" }); cameFrom?.focus(); });
  const bringIntoView = (what) => {
    // On a narrow page the pane lies below the conversation.
    if (what.getBoundingClientRect().top < window.innerHeight / 2) return;
    what.scrollIntoView({ behavior: calm.matches ? "auto" : "smooth", block: "start" });
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.(`.answer a[href^="${base}articles/"]`);
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    pane.contentWindow.location.assign(link.getAttribute("href"));
    document.querySelectorAll("#chat a.cite[aria-current]").forEach((cite) => cite.removeAttribute("aria-current"));
    if (link.matches(".cite")) link.setAttribute("aria-current", "true");
    cameFrom = link;
    back.hidden = false;
    hide();
    bringIntoView(back.parentElement);
  }, true);

  // While an answer is on its way, Enter leaves the next question in the box.
  for (const pressed of ["keydown", "keypress"]) {
    document.addEventListener(pressed, (event) => {
      if (event.key !== "Enter" || event.shiftKey || !event.target.closest?.("#question")) return;
      if (document.querySelector("#ask .stop")?.checkVisibility()) { event.preventDefault(); event.stopPropagation(); }
    }, true);
  }

  // A citation shows its sentence to a pointer and to the keyboard. It stays while either is on it or on the sentence,
  // and goes on Escape (WCAG 1.4.13).
  const says = make("span", { className: "says" });
  const from = make("span", { className: "from" });
  const shown = make("div", { id: "quoted", hidden: true }, says, from);
  shown.setAttribute("role", "tooltip");
  let of = null;
  let leaving = 0;
  const hide = () => {
    shown.hidden = true;
    of?.removeAttribute("aria-describedby");
    of = null;
  };
  const place = (cite) => {
    const box = cite.getBoundingClientRect();
    const { width, height } = shown.getBoundingClientRect();
    const left = Math.min(box.left, document.documentElement.clientWidth - width - 8);
    shown.style.left = `${Math.max(8, left)}px`;
    shown.style.top = `${box.top > height + 8 ? box.top - height : box.bottom}px`;
  };
  const show = (cite) => {
    clearTimeout(leaving);
    if (cite === of) return;
    hide();
    of = cite;
    says.replaceChildren(isolated(cite.dataset.quote));
    from.textContent = cite.dataset.from;
    shown.hidden = false;
    cite.setAttribute("aria-describedby", shown.id);
    place(cite);
  };
  const leave = () => {
    clearTimeout(leaving);
    leaving = setTimeout(() => { if (!of?.matches(":hover, :focus") && !shown.matches(":hover")) hide(); }, 150);
  };
  const citeOf = (event) => event.target.closest?.("a.cite[data-quote]");
  for (const come of ["pointerover", "focusin"]) {
    document.addEventListener(come, (event) => { if (citeOf(event)) show(citeOf(event)); });
  }
  for (const go of ["pointerout", "focusout"]) {
    document.addEventListener(go, (event) => { if (citeOf(event) || shown.contains(event.target)) leave(); });
  }
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
  document.addEventListener("scroll", () => { if (of) place(of); }, { capture: true, passive: true });

  // On a narrow page the left column is folded away behind a button.
  const fold = make("button", { id: "shelf-fold", type: "button", textContent: "Conversations and filters" });
  fold.setAttribute("aria-expanded", "false");
  fold.setAttribute("aria-controls", "shelf");
  const unfold = (open) => {
    fold.setAttribute("aria-expanded", String(open));
    document.getElementById("shelf")?.classList.toggle("unfolded", open);
  };
  fold.addEventListener("click", () => unfold(fold.getAttribute("aria-expanded") === "false"));
  document.addEventListener("click", (event) => { if (event.target.closest?.("#new")) unfold(false); });
  document.addEventListener("change", (event) => { if (event.target.closest?.("#conversations")) unfold(false); });

  const tidy = () => {
    const [reading, shelf] = ["reading", "shelf"].map((id) => document.getElementById(id));
    if (reading && pane.parentElement !== reading) reading.append(back, pane);
    if (shelf && fold.nextElementSibling !== shelf) shelf.before(fold);
    if (!shown.isConnected && document.body) document.body.append(shown);
    if (of && !of.isConnected) hide();
    document.querySelectorAll(".day :is(input, textarea)").forEach((day) => { if (day.type !== "date") day.type = "date"; });
    // Gradio names each message by its source text, so that a screen reader would read out our markup.
    document.querySelectorAll('#chat [aria-label*="message: <"]').forEach((m) => m.removeAttribute("aria-label"));
  };

  // A form that opens takes the focus; a form that closes gives it back to the list.
  let form = null;
  const focusForm = () => {
    const open = document.querySelector("#renaming input, #renaming textarea, #keep");
    if (open === form) return;
    if (open) open.focus();
    else document.querySelector("#rename, #new")?.focus();
    form = open;
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
  new MutationObserver(() => { tidy(); focusForm(); follow(); }).observe(document.documentElement, watched);
  tidy();
})();
