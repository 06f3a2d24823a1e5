// What the parts of the editors' page share: elements, requests, and words.

import { isolated, marked } from "../showing.js";

// Where the app is: it may be served below a path.
export const base = new URL("../..", import.meta.url).pathname;
const WENT_WRONG = "On Record cannot be reached. Is it still running?";

export const byId = (id) => document.getElementById(id);

/** An element with its text and children. Text is text: nothing that an article supplied is read as markup. */
export function element(name, { text = "", className = "", ...more } = {}, ...children) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...marked(text));
  for (const [key, value] of Object.entries(more)) made.setAttribute(key, value);
  made.append(...children.flatMap((child) => (typeof child === "string" ? marked(child) : [child])));
  return made;
}

export function button(text, pressed, label = "") {
  const made = element("button", { text, type: "button", ...(label ? { "aria-label": label } : {}) });
  made.addEventListener("click", pressed);
  return made;
}

export const count = (n, one, many = `${one}s`) => `${n.toLocaleString("en")} ${n === 1 ? one : many}`;

/** A moment in the reader's own time zone. */
export function moment(iso) {
  const text = new Date(iso).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" });
  return element("time", { text, datetime: iso });
}

/** What went wrong, in words. */
export class Wrong extends Error {
  constructor(problem) {
    super(problem?.detail ?? WENT_WRONG);
    this.kind = (problem?.type ?? "").split(":").pop();
  }
}

/** Asks the API; gives its JSON, or throws what is wrong. */
export async function api(method, path, body) {
  const headers = body === undefined ? {} : { "Content-Type": "application/json" };
  let answer;
  try {
    answer = await fetch(`${base}api/v1/${path}`, { method, headers, body: body && JSON.stringify(body) });
  } catch {
    throw new Wrong();
  }
  const said = answer.status === 204 ? null : await answer.json().catch(() => null);
  if (!answer.ok) throw new Wrong(said);
  return said;
}

/**
 * Sends a form or an object and hears of each step as it is done: heard(name, data). `sending` hears the part of it
 * that was sent; the request hands itself to `started`, to be aborted.
 */
export function steps(path, body, { heard, sending = () => {}, started = () => {} }) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    let read = 0;
    let ended = false;
    const take = () => {
      if (request.status !== 200) return;
      for (let end; (end = request.responseText.indexOf("\n\n", read)) >= 0; read = end + 2) {
        const [name, data] = request.responseText.slice(read, end).split("\n");
        const told = JSON.parse(data.slice("data: ".length));
        const event = name.slice("event: ".length);
        ended ||= event === "done";
        if (event === "problem") reject(new Wrong(told));
        else heard(event, told);
      }
    };
    request.upload.addEventListener("progress", (event) => event.lengthComputable && sending(event.loaded / event.total));
    request.upload.addEventListener("load", () => sending(1));
    request.addEventListener("progress", take);
    request.addEventListener("error", () => reject(new Wrong()));
    request.addEventListener("abort", () => reject(new Wrong({ detail: "Cancelled.", type: "cancelled" })));
    request.addEventListener("load", () => {
      take();
      if (request.status !== 200) reject(new Wrong(parsed(request.responseText)));
      else if (ended) resolve();
      else reject(new Wrong());
    });
    request.open("POST", `${base}api/v1/${path}`);
    request.setRequestHeader("Accept", "text/event-stream");
    if (!(body instanceof FormData)) request.setRequestHeader("Content-Type", "application/json");
    request.send(body instanceof FormData ? body : JSON.stringify(body));
    started(request);
  });
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** What became of an article, in words; where it comes from is said unless the reader sees it already. */
export function outcome(told, seen = "") {
  const title = told.title || told.where;
  const words = {
    added: ["Added: "],
    updated: ["Updated to version ", String(told.version), ": "],
    unchanged: ["Already here, unchanged: "],
    refused: ["Refused: "],
  }[told.kind];
  const line = element("li", { className: told.kind === "refused" ? "wrong" : "" }, ...words);
  if (told.article_id) {
    line.append(element("a", { href: `${base}articles/${encodeURIComponent(told.article_id)}` }, isolated(title)));
  } else {
    line.append(...(told.where === seen ? [] : [isolated(told.where), ": "]), isolated(told.reason));
  }
  return line;
}

/** How many of each, in words: "3 added, 1 refused". */
export function counted(counts) {
  const said = ["added", "updated", "unchanged", "refused"].filter((kind) => counts[kind]);
  return said.map((kind) => `${counts[kind].toLocaleString("en")} ${kind}`).join(", ");
}
