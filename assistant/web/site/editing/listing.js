// The articles: found by name, page by page, and removed.
import { api, base, button, byId, count, element } from "./common.js";
import { isolated, plain } from "../showing.js";

const LIMIT = 20;

export function listing() {
  const removes = byId("listing").dataset.removes === "true";
  let offset = 0;
  let asked = 0;

  async function refresh() {
    const named = byId("named").value.trim();
    const mine = ++asked;
    try {
      const found = await api("GET", `articles?${new URLSearchParams({ limit: LIMIT, offset, q: named })}`);
      if (mine !== asked) return; // another search was faster
      if (!found.articles.length && offset) {
        offset = Math.max(0, offset - LIMIT);
        await refresh();
        return;
      }
      show(found, named);
    } catch (wrong) {
      if (mine === asked) say("found", `The articles could not be listed. ${plain(wrong.message)}`);
    }
  }

  function show({ articles, total }, named) {
    const last = offset + articles.length;
    const which = named ? ` matching “${plain(named)}”` : "";
    const nothing = named ? `No article matches “${plain(named)}”.` : "There are no articles yet. Add some on this page.";
    const part = total > articles.length ? `, ${offset + 1} to ${last}, newest first` : "";
    say("found", total ? `${count(total, "article")}${which}${part}.` : nothing);
    byId("articles").replaceChildren(...articles.map(row));
    byId("turning").hidden = total <= LIMIT;
    byId("newer").disabled = !offset;
    byId("older").disabled = last >= total;
  }

  function row(article) {
    const name = article.title || article.id;
    const link = element("a", { href: `${base}articles/${encodeURIComponent(article.id)}`, className: "named" }, isolated(name));
    const about = [plain(article.source_note || article.source), article.published && day(article.published), article.version > 1 && `version ${article.version}`];
    const described = element("div", {}, link, element("p", { text: about.filter(Boolean).join(", "), className: "quiet" }));
    if (!removes) return element("li", {}, described);
    return element("li", {}, described, button("Remove", () => remove(article, name), `Remove ${plain(name)}`));
  }

  /** Removes an article once that is confirmed. */
  async function remove(article, name) {
    if (!(await isSure(article, name))) return;
    say("removed", `Removing “${plain(name)}” …`);
    try {
      await api("DELETE", `articles/${encodeURIComponent(article.id)}`);
      say("removed", `Removed “${plain(name)}”.`);
    } catch (wrong) {
      say("removed", `“${plain(name)}” was not removed. ${plain(wrong.message)}`);
    }
    await refresh();
    byId("listing-head").focus();
  }

  function turn(step) {
    offset = Math.max(0, offset + step);
    say("removed", "");
    refresh().then(() => byId("listing-head").focus());
  }

  let later;
  const search = () => {
    clearTimeout(later);
    offset = 0;
    say("removed", "");
    refresh();
  };
  byId("find").addEventListener("submit", (event) => {
    event.preventDefault();
    search();
  });
  byId("named").addEventListener("input", () => {
    clearTimeout(later);
    later = setTimeout(search, 250);
  });
  byId("newer").addEventListener("click", () => turn(-LIMIT));
  byId("older").addEventListener("click", () => turn(LIMIT));
  return { refresh };
}

function isSure(article, name) {
  const dialog = byId("sure");
  const outlet = article.source_note || article.source;
  const of = outlet ? ` (${plain(outlet)})` : "";
  const versions = article.versions.length > 1 ? ` with its ${article.versions.length} versions` : "";
  byId("sure-about").textContent = `“${plain(name)}”${of} will be removed${versions} and will no longer appear in answers. This cannot be undone, but the article can be added again.`;
  dialog.returnValue = "keep";
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue === "remove"), { once: true }));
}

const day = (iso) => new Date(`${iso}T00:00:00`).toLocaleDateString("en-GB", { dateStyle: "long" });

function say(where, words) {
  if (byId(where).textContent !== words) byId(where).textContent = words;
}
