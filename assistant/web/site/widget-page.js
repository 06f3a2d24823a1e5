// The widget's page: a conversation that lives as long as the page does, and is kept nowhere.

import { ask, listen, tell, Trouble } from "./widget-ask.js";
import { plain } from "./showing.js";
import { make, shown } from "./widget-answer.js";

const MOST = 20;
const { accent, filter, said } = document.body.dataset;
const where = JSON.parse(filter);
const find = (id) => document.getElementById(id);
const [conversation, log, question, go, stop, afresh, empty, status] =
  ["conversation", "log", "question", "go", "stop", "afresh", "empty", "status"].map(find);

let turns = [];
let running = null;

// An answer is read from its beginning: its question stays at the top until the reader scrolls. (scrollIntoView would
// scroll the page around us as well.)
let brought = 0;
const bring = (turn) => {
  conversation.scrollTop = turn.offsetTop - conversation.offsetTop - 12;
  brought = conversation.scrollTop;
};
const show = (turn, ...parts) => {
  const follows = conversation.scrollTop === brought;
  turn.replaceChildren(turn.firstElementChild, ...parts);
  if (follows) bring(turn);
};
const note = (kind, text) => make("p", { class: kind }, text);

const runs = (controller) => {
  running = controller;
  log.setAttribute("aria-busy", String(!!controller)); // a growing answer is read out once it is whole
  stop.hidden = !controller;
  go.hidden = !!controller;
  afresh.hidden = !turns.length && !log.childElementCount;
};

/** Words in a question may narrow what this page lets search, not replace it. */
const forbidden = (text) => {
  const word = [["source", "sources"], ["author", "authors"], ["language", "language"]]
    .find(([name, field]) => where[field] && new RegExp(`(^|\\s)${name}:`, "i").test(text));
  return word ? `This page searches only these articles: ${plain(said)}. Ask again without “${word[0]}:”.` : "";
};

const asked = async (text) => {
  const turn = make("article", { class: "turn" }, make("h2", { class: "question", dir: "auto" }, text));
  empty.hidden = true;
  log.append(turn);
  bring(turn);
  const refused = forbidden(text);
  if (refused) {
    show(turn, note("notice", refused));
    runs(null);
    return;
  }
  await answer(turn, text);
};

const offered = (text) => { if (!running) asked(text); };

const answer = async (turn, text) => {
  const mine = new AbortController();
  runs(mine);
  show(turn, note("quiet", "Reading the articles …"));
  status.textContent = "Reading the articles …";
  let last = null;
  try {
    const earlier = turns.slice(-MOST);
    last = await ask({ question: text, filter: where, turns: earlier }, mine.signal, (grown) => {
      last = grown;
      show(turn, shown(grown, offered), note("quiet", "Still reading …"));
    });
    if (running !== mine) return;
    show(turn, shown(last, offered));
    if (last.kind !== "notice") turns.push(remembered(last));
    status.textContent = "";
  } catch (error) {
    if (running !== mine) return; // another conversation was begun meanwhile
    show(turn, ...(last ? [shown(last, offered)] : []), ...failed(error, turn, text));
    status.textContent = "";
  }
  runs(null);
};

const failed = (error, turn, text) => {
  if (error.name === "AbortError") return [note("notice", "Stopped.")];
  const words = error instanceof Trouble ? error.message : "Something went wrong in this panel. Reload the page.";
  const again = make("button", { type: "button", class: "again" }, "Try again");
  again.addEventListener("click", () => { if (!running) answer(turn, text); });
  return [note("notice", words), again];
};

/** What a follow-up is understood by. */
const remembered = ({ searched, answer: short, sentences }) =>
  ({ searched, answer: short, sentences: sentences.slice(0, 50).map(({ text }) => ({ text: text.slice(0, 5000) })) });

find("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = question.value.trim();
  if (!text || running) return;
  question.value = "";
  asked(text);
});
question.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  find("ask").requestSubmit();
});
stop.addEventListener("click", () => { running?.abort(); question.focus(); });
afresh.addEventListener("click", () => {
  const before = running;
  turns = [];
  log.replaceChildren();
  empty.hidden = false;
  runs(null);
  before?.abort();
  status.textContent = "New conversation started.";
  question.focus();
});
addEventListener("keydown", (event) => { if (event.key === "Escape" && !event.defaultPrevented) tell("close"); });
listen((message) => { if (message.onrecord === "focus") (question.disabled ? conversation : question).focus(); });

// The accent as it was given under white or black words; for links it is moved towards the ink until it can be read.
const rgb = (hex) => [1, 3, 5].map((at) => parseInt((hex.length === 4 ? hex.replace(/[0-9a-f]/gi, "$&$&") : hex).slice(at, at + 2), 16));
const luminance = (colour) => {
  const [r, g, b] = colour.map((one) => (one / 255 <= 0.04045 ? one / 255 / 12.92 : ((one / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const contrast = (one, other) => {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
};
const paint = (dark) => {
  const [paper, ink] = dark ? ["#1c1a18", "#e9e5dc"].map(rgb) : ["#fdfcf9", "#1f1d1a"].map(rgb);
  let link = rgb(accent);
  for (let step = 0; step < 20 && contrast(link, paper) < 4.6; step += 1) link = link.map((one, at) => one + (ink[at] - one) / 10);
  const style = document.documentElement.style;
  style.setProperty("--accent", accent);
  style.setProperty("--on-accent", luminance(rgb(accent)) > 0.179 ? "#000" : "#fff");
  style.setProperty("--link", `rgb(${link.map(Math.round).join(" ")})`);
};
if (accent) {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  dark.addEventListener("change", () => paint(dark.matches));
  paint(dark.matches);
}

runs(null);
// Before, what is typed would not be heard.
question.disabled = go.disabled = !!document.querySelector(".problem");
tell("ready");
