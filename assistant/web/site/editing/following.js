// The followed feeds: follow one, look at it now, follow it no more.
import { api, button, byId, count, counted, element, moment, outcome, steps } from "./common.js";
import { isolated, plain } from "../showing.js";

export function following({ changed }) {
  const section = byId("following");
  if (!section) return { refresh() {} };
  const list = byId("feeds");
  const looking = new Map();
  const say = (words) => { byId("feeds-said").textContent = words; };

  async function refresh() {
    try {
      const { feeds } = await api("GET", "feeds");
      const held = list.contains(document.activeElement) ? document.activeElement.getAttribute("aria-label") : null;
      list.replaceChildren(...(feeds.length ? feeds.map(row) : [element("li", { text: "No feeds are followed yet.", className: "empty" })]));
      if (held) [...list.querySelectorAll("button")].find((one) => one.getAttribute("aria-label") === held)?.focus();
    } catch (wrong) {
      say(`The feeds could not be listed. ${plain(wrong.message)}`);
    }
  }

  function row(feed) {
    const name = feed.title || feed.url;
    const about = element("div", {}, element("p", { className: "named" }, isolated(name)));
    if (feed.title) about.append(element("p", { className: "quiet" }, isolated(feed.url)));
    about.append(element("p", {}, `${count(feed.articles, "article")} added. `, ...lastRead(feed)));
    if (feed.last_failure) about.append(failure(feed));
    const busy = looking.get(feed.url);
    if (busy) about.append(busy);
    const now = button("Check now", () => look(feed), `Check now at ${plain(name)}`);
    now.disabled = Boolean(busy?.dataset.going);
    const buttons = element("p", { className: "actions" }, now, button("Unfollow", () => unfollow(feed), `Unfollow ${plain(name)}`));
    return element("li", {}, about, buttons);
  }

  /** Adds what is new in a feed, and says how far it is while it is at it. */
  async function look(feed) {
    const going = element("p", { text: "Checking …" });
    const told = element("ul", { className: "told rows" });
    const shown = element("div", { "data-going": "yes" }, going, told);
    const counts = { added: 0, updated: 0, unchanged: 0, refused: 0 };
    looking.set(feed.url, shown);
    await refresh();
    let said = "";
    try {
      await steps("feeds/look", { url: feed.url }, {
        heard: (name, one) => {
          if (name === "visit" && one.kind === "failed") said = `It could not be read: ${plain(one.reason)}`;
          if (name !== "outcome") return;
          counts[one.kind] += 1;
          going.textContent = `Reading and embedding … ${counted(counts)}.`;
          if (one.kind === "refused") told.append(outcome(one));
        },
      });
      said ||= `${counted(counts) || "Nothing new"}.`;
    } catch (wrong) {
      said = `${plain(wrong.message)}${counted(counts) ? ` Before that: ${counted(counts)}.` : ""}`;
    }
    going.remove();
    delete shown.dataset.going;
    if (!told.childElementCount) looking.delete(feed.url);
    say(`${plain(feed.title || feed.url)}: ${said}`);
    await refresh();
    if (counts.added || counts.updated) changed();
  }

  async function unfollow(feed) {
    try {
      await api("DELETE", `feeds?url=${encodeURIComponent(feed.url)}`);
      say(`“${plain(feed.title || feed.url)}” is no longer followed. The articles added from it stay.`);
    } catch (wrong) {
      say(plain(wrong.message));
    }
    looking.delete(feed.url);
    await refresh();
    byId("feed").focus();
  }

  byId("follow").addEventListener("submit", async (event) => {
    event.preventDefault();
    const url = byId("feed").value.trim();
    if (!url) return;
    say("Reading the feed …");
    try {
      const followed = await api("POST", "feeds", { url });
      byId("feed").value = "";
      const entries = count(followed.entries, "entry", "entries");
      say(followed.new ? `Following “${plain(followed.feed.title || url)}”, ${entries}.` : "This feed is already followed.");
      look(followed.feed);
    } catch (wrong) {
      say(plain(wrong.message));
    }
  });

  return { refresh };
}

function lastRead(feed) {
  return feed.last_success ? ["Last read ", moment(feed.last_success), "."] : ["Not read yet."];
}

function failure(feed) {
  const still = !feed.last_success || feed.last_failure > feed.last_success;
  return element("p", { className: still ? "wrong" : "quiet" }, "Last failure ", moment(feed.last_failure), ": ", isolated(feed.failure ?? ""));
}
