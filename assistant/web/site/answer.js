// What can be done with an answer: copying it with its citations, and saying what one thinks of it.
(() => {
  // Where the app is: it may be served below a path.
  const base = new URL("..", document.currentScript.src).pathname;
  const GOOD = [["right", "The answer is right"], ["well sourced", "Well sourced"]];
  const BAD = [
    ["wrong", "The answer is wrong"],
    ["beside the question", "The wrong sentence"],
    ["incomplete", "Misses an article"],
    ["outdated", "Out of date"],
  ];
  const MISSED = [["the articles do say", "The articles do say"]];
  const OTHER = [["other", "Something else"]];
  // What was given here, by turn: an answer may be drawn anew.
  const thumbs = new Map();

  const turnOf = (tools) => tools.querySelector("a.receipt").pathname.split("/").pop();
  const say = (tools, words) => { tools.querySelector(".done").textContent = words; };
  const made = (name, properties, ...children) => {
    const element = Object.assign(document.createElement(name), properties);
    element.append(...children);
    return element;
  };

  const dress = (tools) => {
    tools.setAttribute("aria-label", "Answer actions");
    for (const button of tools.querySelectorAll(".thumb")) {
      const known = thumbs.get(turnOf(tools));
      const pressed = known ? button.classList.contains(known) : button.classList.contains("pressed");
      button.setAttribute("aria-pressed", String(pressed));
      button.title = button.textContent;
    }
  };
  const dressNew = () => document.querySelectorAll(".tools:not([aria-label])").forEach(dress);
  new MutationObserver(dressNew).observe(document.documentElement, { childList: true, subtree: true });
  dressNew();

  // What was opened under an answer goes, and the keyboard is where it was before.
  const close = (tools) => {
    const opened = tools.parentElement.querySelector(".under");
    if (!opened) return;
    const back = opened.contains(document.activeElement) ? opened.opener : null;
    opened.remove();
    back?.focus();
  };
  const open = (tools, under, opener) => {
    close(tools);
    under.classList.add("under");
    under.opener = opener;
    under.addEventListener("keydown", (event) => { if (event.key === "Escape") close(tools); });
    tools.after(under);
    under.scrollIntoView({ block: "nearest" });
  };
  const closer = (tools) => made("button", { type: "button", textContent: "Close", onclick: () => close(tools) });

  const fetched = async (address) => {
    const answer = await fetch(address);
    if (!answer.ok) throw new Error(answer.status === 404 ? "this answer is no longer kept" : "the server refused the request");
    return answer.text();
  };

  // Without a secure connection browsers have no clipboard to write to; then the text is shown, to be copied by hand.
  const copy = async (tools, button) => {
    close(tools);
    say(tools, "");
    const as = button.classList.contains("markdown") ? "markdown" : "text";
    const text = fetched(`${base}receipts/${turnOf(tools)}?as=${as}`);
    try {
      const blob = text.then((words) => new Blob([words], { type: "text/plain" }));
      blob.catch(() => {});
      await navigator.clipboard.write([new ClipboardItem({ "text/plain": blob })]);
      say(tools, "Copied");
    } catch {
      await text.then((words) => byHand(tools, button, words), (error) => say(tools, `Not copied: ${error.message}.`));
    }
  };
  const byHand = (tools, button, words) => {
    const box = made("textarea", { readOnly: true, rows: 8, value: words });
    const how = "This browser cannot copy for you here. Press Ctrl+C, or Command+C on a Mac.";
    open(tools, made("div", { className: "by-hand" }, made("label", {}, made("span", {}, how), box), closer(tools)), button);
    box.focus();
    box.select();
    box.scrollTop = 0;
  };

  const send = async (tools, thumb, more = {}) => {
    const body = JSON.stringify({ turn: turnOf(tools), verdict: thumb, ...more });
    const headers = { "Content-Type": "application/json" };
    let answer;
    try {
      answer = await fetch(`${base}api/v1/feedback`, { method: "POST", headers, body });
    } catch {
      say(tools, "Not sent: the server cannot be reached. Try again.");
      return false;
    }
    const problem = answer.ok ? null : await answer.json().catch(() => null);
    say(tools, answer.ok ? "Thank you" : `Not sent: ${problem?.detail ?? "the server refused the request."}`);
    if (answer.ok) thumbs.set(turnOf(tools), thumb);
    dress(tools);
    return answer.ok;
  };

  const judge = async (tools, button) => {
    const thumb = button.classList.contains("up") ? "up" : "down";
    const asked = tools.parentElement.querySelector("form.under");
    close(tools);
    if (button.getAttribute("aria-pressed") === "true") {
      if (!asked) open(tools, why(tools, thumb), button);
      return;
    }
    if (await send(tools, thumb)) open(tools, why(tools, thumb), button);
  };
  const why = (tools, thumb) => {
    const bad = tools.closest(".not-found") ? MISSED : BAD;
    const reasons = thumb === "up" ? GOOD : [...bad, ...OTHER];
    const choices = reasons.map(([value, words]) => {
      const choice = made("input", { type: "radio", name: `why-${turnOf(tools)}`, value });
      return made("label", {}, choice, ` ${words}`);
    });
    const legend = made("legend", {}, thumb === "up" ? "What is good about it?" : "What is wrong with it?");
    const comment = made("textarea", { rows: 2, maxLength: 1000 });
    const words = made("label", { className: "comment" }, made("span", {}, "In your own words"), comment);
    const sends = made("button", { type: "submit", textContent: "Send" });
    const form = made("form", {}, made("fieldset", {}, legend, ...choices), words, made("p", {}, sends, closer(tools)));
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const reason = form.querySelector("input:checked")?.value ?? null;
      if (await send(tools, thumb, { reason, comment: comment.value })) close(tools);
    });
    return form;
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.(".tools button");
    if (!button) return;
    const tools = button.closest(".tools");
    if (button.classList.contains("copy")) copy(tools, button);
    else judge(tools, button);
  });
})();
