// Calls of the widget's page to the API, with its token: asking, and reading an article at a place in it.

const { base, page } = document.body.dataset;
const HOST_PAGE = page || location.origin;
const FRESH = 10 * 60 * 1000;
let token = document.body.dataset.token;
let since = Date.now();

export class Trouble extends Error {}

/** To the page that shows the widget, and to no other. */
export const tell = (what) => {
  if (parent !== window) parent.postMessage({ onrecord: what }, HOST_PAGE);
};

/** Calls `heard` with what that page says. */
export const listen = (heard) => {
  addEventListener("message", (event) => {
    if (event.source === parent && event.origin === HOST_PAGE && event.data) heard(event.data);
  });
};

/** Answers are asked for step by step: `grown` gets each. Resolves with the last; throws Trouble in words. */
export const ask = async (body, signal, grown) => {
  const response = await call("/api/v1/ask", { method: "POST", body: JSON.stringify({ ...body, stream: true }), signal });
  let last = null;
  let done = false;
  for await (const { name, data } of events(response.body)) {
    if (name === "problem") throw new Trouble(data.detail);
    if (name === "done") done = true;
    if (name === "turn") grown(last = data);
  }
  if (!done) throw new Trouble("The connection to On Record broke off before the answer was whole.");
  return last;
};

/** The article of a citation or passage, with its text and the stretch of it that is meant. */
export const read = async ({ article_id: id, version, start, end }) => {
  const query = new URLSearchParams({ version, start, end });
  return (await call(`/api/v1/articles/${encodeURIComponent(id)}?${query}`, {})).json();
};

const call = async (path, options) => {
  if (!token || Date.now() - since > FRESH) await renew();
  let response = await send(path, options);
  if (response.status === 401 || response.status === 403) {
    token = "";
    await renew();
    response = await send(path, options);
  }
  if (response.ok) return response;
  const problem = await response.json().catch(() => ({}));
  throw new Trouble(problem.detail || `On Record answered with an error (${response.status}).`);
};

const send = async (path, options) => {
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
  try {
    return await fetch(base + path, { ...options, headers, credentials: "omit" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Trouble("On Record cannot be reached. It may be restarting, or the network is down.");
  }
};

/** Another token for this one; where it is none any more, whatever gave the first one is asked again. */
const renew = async () => {
  if (token && await exchanged(token)) return;
  if (await exchanged(await fromServer()) || await exchanged(await fromPage())) return;
  token = "";
  throw new Trouble(
    page
      ? "This page may not ask On Record just now. Reload it; if that does not help, its token (data-token) is missing, for another page or past its time."
      : "Log in to On Record to ask here.",
  );
};

const exchanged = async (one) => {
  if (!one) return false;
  token = one;
  const response = await send("/api/v1/widget/renewals", { method: "POST", body: JSON.stringify(page ? { page } : {}) });
  if (!response.ok) return false;
  ({ token } = await response.json());
  since = Date.now();
  return true;
};

/** The token in this page as the server makes it now: there is one if it lets in whoever opens it. */
const fromServer = async () => {
  const response = await fetch(location.href, { cache: "no-store" }).catch(() => null);
  return /data-token="(orw_[\w.-]+)"/.exec(response ? await response.text() : "")?.[1];
};

/** The token that the page around us has in its data-token. */
const fromPage = () => new Promise((resolve) => {
  if (parent === window || !page) return resolve("");
  handed = resolve;
  setTimeout(resolve, 3000, "");
  return tell("token");
});
let handed = () => {};
listen((message) => { if (message.onrecord === "token") handed(String(message.token || "")); });

setInterval(() => { if (token) renew().catch(() => {}); }, FRESH);

/** The events of a text/event-stream. */
async function* events(stream) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const blocks = (rest + value).split("\n\n");
    rest = blocks.pop();
    yield* blocks.map(parsed);
  }
}

const parsed = (block) => {
  const field = (name) => block.split("\n").find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
  return { name: field("event"), data: JSON.parse(field("data") ?? "{}") };
};
