// Shows answers. Whatever an article, a question or a model supplied becomes text, never markup.

import { isolated, marked, plain } from "./showing.js";
import { read } from "./widget-ask.js";

const { base } = document.body.dataset;
const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
const AROUND = 240;
let excerpts = 0;

export const make = (tag, attributes = {}, ...inside) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...inside.flatMap((one) => (typeof one === "string" ? marked(one) : [one])));
  return element;
};
const said = (kind, ...words) => make("p", { class: kind }, ...words);

/** An answer as the API gives it. A question it offers is asked with `ask`. */
export const shown = (turn, ask) => {
  const answer = make("div", { class: "answer" });
  if (turn.searched !== turn.question) answer.append(said("quiet", "Searched for: ", isolated(turn.searched)));
  answer.append(...turn.remarks.map((remark) => said("quiet", remark)));
  if (turn.kind === "notice") answer.append(said("notice", turn.notice));
  else if (turn.notice) answer.append(said("remark", turn.notice));
  if (turn.kind === "answered") answer.append(...answered(turn));
  if (turn.kind === "talk") answer.append(make("p", {}, turn.text), ...starters(turn.starters, ask));
  if (turn.kind === "not_found") answer.append(...notFound(turn));
  return answer;
};

const starters = (questions, ask) => {
  if (!questions.length) return [];
  const buttons = questions.map((question) => {
    const button = make("button", { type: "button" }, isolated(question));
    button.addEventListener("click", () => ask(question));
    return make("li", {}, button);
  });
  return [make("ul", { class: "starters", "aria-label": "Questions to begin with" }, ...buttons)];
};

const answered = (turn) => {
  const byNumber = new Map(turn.citations.map((citation) => [citation.n, citation]));
  const parts = turn.answer ? [said("short", isolated(turn.answer))] : [];
  if (turn.scope) parts.push(said("scope", scopeOf(turn.scope)));
  if (turn.disagreement) parts.push(disagreement(turn.disagreement));
  const sentences = turn.sentences.map((sentence) => sentenceOf(sentence, byNumber, turn.written_by));
  if (turn.sections.length) parts.push(inSections(turn, sentences));
  for (const part of turn.parts) {
    parts.push(make("h3", {}, isolated(part.question)));
    if (part.answer) parts.push(said("short", isolated(part.answer)));
    else if (!part.sentences) parts.push(said("quiet", "I found no sentence that answers this."));
    parts.push(...sentences.splice(0, part.sentences));
  }
  parts.push(...sentences);
  if (turn.written_by) {
    parts.push(said("quiet", "Written by ", isolated(turn.written_by), ", which was sent article text; each sentence was checked against its sources."));
  }
  parts.push(make("ol", {}, ...turn.citations.map((citation) => make("li", { class: "quiet" }, `[${citation.n}] `, ...source(citation)))));
  return parts;
};

const scopeOf = ({ articles, outlets, newest }) => {
  const by = outlets > 1 ? ` by ${outlets} outlets` : "";
  return `From ${articles} ${articles === 1 ? "article" : "articles"}${by}${newest ? `, the newest from ${DAY.format(new Date(newest))}` : ""}.`;
};

/** The sections under their headings; their sentences are taken from `sentences`. */
const inSections = ({ form, sections }, sentences) => {
  const [around, each] = { timeline: ["ol", "li"], list: ["ul", "li"] }[form] ?? ["div", "div"];
  const made = sections.map((section) =>
    make(each, { class: "section" }, make("h3", {}, ...headingOf(section)), ...sentences.splice(0, section.sentences)));
  return make(around, { class: `sections ${form}` }, ...made);
};

const headingOf = ({ heading, first_day: first, last_day: last, resolved }) => {
  const stamp = first && last ? stampOf(first, last) : "";
  const note = make("span", { class: "resolved", title: "worked out from the day of publication" }, "date worked out");
  return [stamp ? make("time", { datetime: stamp }, isolated(heading)) : isolated(heading), ...(resolved ? [" ", note] : [])];
};

/** The day, else the month or the year, that both days are in. */
const stampOf = (first, last) => {
  const end = [10, 7, 4].find((one) => first.slice(0, one) === last.slice(0, one));
  return first.slice(0, end ?? 0);
};

const sentenceOf = (sentence, byNumber, writer) => {
  const quote = make(writer ? "p" : "blockquote", sentence.doubt ? { class: "doubtful" } : {}, isolated(sentence.text), "\u00a0");
  const around = make("div", {}, quote);
  for (const n of sentence.citations) quote.append(opener(byNumber.get(n), `[${n}]`, around, `Citation [${n}]: `));
  if (sentence.doubt) around.append(said("quiet", "Doubtful: ", isolated(sentence.doubt), "."));
  return around;
};

const notFound = (turn) => {
  const parts = [said("unsure", turn.text)];
  if (!turn.nearest.length) return parts;
  parts.push(make("h3", {}, "Nearest extracts, not an answer"));
  parts.push(make("ul", {}, ...turn.nearest.map((hit) => {
    const around = make("li", { class: "near" }, make("q", {}, isolated(shortened(hit.text))), make("p", { class: "quiet" }, ...source(hit)));
    around.append(opener(hit, "Show in the article", around));
    return around;
  })));
  return parts;
};

const disagreement = ({ numbers, said: saying, denied }) => {
  const side = (heading, voices) => [make("h4", {}, heading), make("ul", {}, ...voices.map(voice))];
  const parts = numbers.flatMap(differing);
  if (saying.length || denied.length) parts.push(make("h3", {}, "The articles disagree"), ...side("Said", saying), ...side("Denied", denied));
  return make("section", { class: "sides", "aria-label": "Where the articles disagree" }, ...parts);
};

/** Different numbers for the same thing, each with its source; the one that replaces the others first. */
const differing = ({ words, superseded, quantities }) => {
  const ordered = superseded ? [...quantities].reverse() : quantities;
  return [make("h3", {}, "The articles give different numbers. ", isolated(words)), make("ul", {}, ...ordered.map(quantity))];
};

const quantity = ({ text, citation }) => {
  const around = make("li", {}, make("b", {}, isolated(text)), make("p", { class: "quiet" }, ...source(citation)));
  around.append(opener(citation, "Show in the article", around));
  return around;
};

const voice = ({ speaker, stance, citation, also }) => {
  const who = make("p", {}, make("b", {}, isolated(speaker.slice(0, 1).toUpperCase() + speaker.slice(1))), ` ${stance === "asserted" ? "said" : stance}`);
  const around = make("li", {}, who, make("q", {}, isolated(citation.quote)), make("p", { class: "quiet" }, ...source(citation)));
  for (const other of also) around.append(make("p", { class: "quiet" }, "The same text also appears in ", ...source(other)));
  around.append(opener(citation, "Show in the article", around));
  return around;
};

/** Outlet, day and title of what is cited, with a link into the full app. */
const source = (what) => {
  const named = what.source_note || what.source;
  const outlet = named ? [make("span", { class: "outlet" }, isolated(named)), " · "] : [];
  const day = what.published ? [DAY.format(new Date(what.published)), " · "] : [];
  return [...outlet, ...day, link(`${base}${what.page}`, isolated(what.title))];
};

const link = (href, words) => make("a", { href, target: "_blank", rel: "noopener noreferrer" }, words);

/** A button that shows the place in its article, below `around`, and hides it again. */
const opener = (place, text, around, named = "") => {
  excerpts += 1;
  const id = `excerpt-${excerpts}`;
  const button = make("button", { type: "button", class: named ? "cite" : "cite words", "aria-expanded": "false", "aria-controls": id }, text);
  if (named) button.setAttribute("aria-label", named + plain(place.title));
  button.addEventListener("click", () => {
    const opened = document.getElementById(id);
    button.setAttribute("aria-expanded", String(!opened));
    if (opened) opened.remove();
    else around.append(excerptOf(place, id));
  });
  return button;
};

const excerptOf = (place, id) => {
  const region = make("section", { id, class: "excerpt", "aria-label": `In the article: ${plain(place.title)}` }, said("quiet", "Opening the article …"));
  read(place).then(
    (article) => region.replaceChildren(...excerpt(place, article)),
    (error) => region.replaceChildren(...(place.quote ? [make("q", {}, place.quote)] : []), said("notice", error.message)),
  );
  return region;
};

const excerpt = (place, article) => {
  const parts = [make("p", { class: "quiet" }, ...source(place))];
  if (article.authors.length) parts.push(said("quiet", ...article.authors.flatMap((author, at) => (at ? [", ", isolated(author)] : [isolated(author)]))));
  if (article.version !== article.versions.at(-1)) parts.push(said("quiet", "An earlier version of this article."));
  parts.push(inContext(article), make("p", { class: "quiet" }, link(`${base}${place.page}`, "Open in On Record")));
  if (/^https?:\/\//i.test(article.url)) parts.push(make("p", { class: "quiet" }, link(article.url, "Original page")));
  return parts;
};

/** The stretch meant and some words around it. Offsets count code points. */
const inContext = ({ text, highlight: { start, end } }) => {
  const points = Array.from(text);
  const before = points.slice(Math.max(0, start - AROUND), start).join("");
  const after = points.slice(end, end + AROUND).join("");
  const lead = start > AROUND ? before.replace(/^\S*\s+/, "… ") : before;
  const rest = end + AROUND < points.length ? after.replace(/\s+\S*$/, " …") : after;
  return make("p", { class: "text", dir: "auto" }, lead, make("mark", {}, points.slice(start, end).join("")), rest);
};

const shortened = (text) => {
  const words = text.replace(/\s+/g, " ").trim();
  return words.length > 320 ? `${words.slice(0, words.lastIndexOf(" ", 318))} …` : words;
};
