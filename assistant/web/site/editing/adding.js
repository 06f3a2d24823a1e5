// Adds files and web addresses, one request each, so that one that fails costs nothing else.
import { button, byId, count, counted, element, outcome, steps } from "./common.js";
import { isolated, plain } from "../showing.js";

const SHOWN = 50;

export function adding({ changed }) {
  const section = byId("adding");
  const most = Number(section.dataset.mostBytes);
  const items = [];
  let working = false;

  const queue = (item) => {
    items.push(item);
    byId("queue").append(item.row);
  };
  const begin = () => {
    byId("progress").hidden = false;
    total();
    work();
  };

  async function work() {
    if (working) return;
    working = true;
    for (let item; (item = items.find((one) => one.state === "waiting")); ) {
      await item.send(total);
      total();
      if (item.counts.added || item.counts.updated) changed();
    }
    working = false;
    total();
  }

  /** How far all of it is, in words and as a bar. */
  function total() {
    const sum = { added: 0, updated: 0, unchanged: 0, refused: 0 };
    for (const item of items) for (const kind of Object.keys(sum)) sum[kind] += item.counts[kind];
    const states = (state) => items.filter((item) => item.state === state).length;
    const open = states("waiting") + states("sending") + states("reading");
    const words = [
      open ? `${items.length - open} of ${items.length} done` : `Finished: ${count(items.length, "file or address", "files and addresses")}`,
      counted(sum),
      states("failed") ? `${states("failed")} failed` : "",
      states("cancelled") ? `${states("cancelled")} cancelled` : "",
    ];
    const said = `${words.filter(Boolean).join("; ")}.`;
    if (byId("total").textContent !== said) byId("total").textContent = said;
    byId("overall").max = items.length;
    byId("overall").value = items.length - open;
    byId("cancel-all").hidden = !states("waiting") && !states("sending");
    byId("retry-all").hidden = states("failed") < 2;
  }

  const again = (item) => {
    item.reset();
    begin();
  };
  const addFiles = (files) => {
    for (const file of files) queue(new Item(file.name, file, { again, total, most, mostSaid: section.dataset.most }));
    if (files.length) begin();
  };

  byId("files").addEventListener("change", (event) => {
    addFiles([...event.target.files]);
    event.target.value = "";
  });
  byId("addresses").addEventListener("submit", (event) => {
    event.preventDefault();
    const urls = byId("urls").value.split("\n").map((line) => line.trim()).filter(Boolean);
    byId("urls").value = "";
    for (const url of new Set(urls)) queue(new Item(url, null, { again, total }));
    if (urls.length) begin();
  });
  byId("cancel-all").addEventListener("click", () => items.forEach((item) => item.cancel()));
  byId("retry-all").addEventListener("click", () => {
    items.filter((item) => item.state === "failed").forEach((item) => item.reset());
    begin();
  });
  window.addEventListener("beforeunload", (event) => {
    if (working) event.preventDefault();
  });
  dropping(byId("drop"), addFiles);
}

/** A file, or a web address where `file` is null: waiting, sending, reading, then done, failed or cancelled. */
class Item {
  constructor(name, file, more) {
    this.name = name;
    this.file = file;
    this.more = more;
    this.said = element("p");
    this.bar = element("progress", { max: 1, "aria-label": `Sending ${plain(name)}` });
    this.told = element("ul", { className: "told" });
    this.buttons = element("p", { className: "actions" });
    this.row = element("li", {}, element("p", { className: "name" }, isolated(name)), this.said, this.bar, this.told, this.buttons);
    this.reset();
  }

  reset() {
    this.counts = { added: 0, updated: 0, unchanged: 0, refused: 0 };
    this.told.replaceChildren();
    this.become("waiting", "Waiting.", button("Cancel", () => this.cancel(), `Cancel ${plain(this.name)}`));
  }

  become(state, words, ...buttons) {
    // What was pressed goes away; the keyboard stays with its line.
    const held = this.buttons.contains(document.activeElement);
    this.state = state;
    this.said.textContent = words;
    this.said.className = state === "failed" ? "wrong" : "quiet";
    this.bar.hidden = state !== "sending" && state !== "reading";
    if (state === "reading") this.bar.removeAttribute("value");
    this.buttons.replaceChildren(...buttons);
    if (held) this.row.tabIndex = -1;
    if (held) (buttons[0] ?? this.row).focus();
    this.more.total?.();
  }

  async send() {
    if (this.file && this.file.size > this.more.most) {
      this.hear("outcome", { kind: "refused", where: this.name, reason: `it is larger than the limit of ${this.more.mostSaid} MB (setting max_file_mb)` });
      this.end();
      return;
    }
    this.become("sending", this.file ? "Sending …" : "Fetching …", button("Cancel", () => this.cancel(), `Cancel ${plain(this.name)}`));
    try {
      await steps("articles", this.body(), {
        heard: (name, told) => this.hear(name, told),
        sending: (part) => this.sent(part),
        started: (request) => { this.request = request; },
      });
      this.end();
    } catch (wrong) {
      if (wrong.kind === "cancelled") this.become("cancelled", "Cancelled. Nothing was sent.", this.retry("Add it anyway"));
      else this.become("failed", this.failure(wrong), this.retry("Try again"));
    }
  }

  body() {
    if (!this.file) return { url: this.name };
    const form = new FormData();
    form.append("files", this.file);
    return form;
  }

  retry(words) {
    return button(words, () => this.more.again(this), `${words}: ${plain(this.name)}`);
  }

  sent(part) {
    this.bar.value = part;
    if (part < 1 || this.state !== "sending") return;
    this.become("reading", this.file ? "Reading and embedding …" : "Fetching, reading and embedding …");
  }

  hear(name, told) {
    if (name !== "outcome") return;
    const many = this.counted > 0;
    this.counts[told.kind] += 1;
    // Of many articles the refused ones are named; the rest is counted.
    if (this.told.childElementCount < SHOWN && (!many || told.kind === "refused" || this.counted <= 5)) this.told.append(outcome(told, this.name));
    if (many) this.said.textContent = `Reading and embedding … ${counted(this.counts)}.`;
  }

  get counted() {
    return Object.values(this.counts).reduce((sum, n) => sum + n, 0);
  }

  end() {
    this.become("done", this.counted === 1 ? "" : `${counted(this.counts) || "No article was found in it"}.`);
  }

  failure(wrong) {
    const before = this.counted ? ` Before that: ${counted(this.counts)}.` : "";
    return `${plain(wrong.message)}${before}`;
  }

  cancel() {
    if (this.state === "sending") this.request?.abort();
    else if (this.state === "waiting") this.become("cancelled", "Cancelled. Nothing was sent.", this.retry("Add it anyway"));
  }
}

/** Takes what is dropped, folders with all below them. */
function dropping(area, take) {
  for (const name of ["dragenter", "dragover"]) {
    area.addEventListener(name, (event) => {
      event.preventDefault();
      area.classList.add("over");
    });
  }
  for (const name of ["dragleave", "drop"]) area.addEventListener(name, () => area.classList.remove("over"));
  area.addEventListener("drop", async (event) => {
    event.preventDefault();
    const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
    take(entries.length ? (await Promise.all(entries.map(filesIn))).flat() : [...event.dataTransfer.files]);
  });
}

async function filesIn(entry) {
  if (entry.isFile) return [await new Promise((resolve, reject) => entry.file(resolve, reject))];
  const reader = entry.createReader();
  const found = [];
  for (let some; (some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject))).length; ) found.push(...some);
  return (await Promise.all(found.filter((one) => !one.name.startsWith(".")).map(filesIn))).flat();
}
