// Calls of the widget's page to the API, with its token: asking, and reading an article at a place in it.

const { base, page } = document.body.dataset;
const HOST_PAGE = page || location.origin;
let { token } = document.body.dataset;

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
  const response = await called("/api/v1/ask", { method: "POST", body: JSON.stringify({ ...body, stream: true }), signal });
  let last = null;
  let done = false;
  for await (const { name, data } of events(response.body)) {
    if (name === "problem") throw new Trouble(data.detail);
    if (name === "done") done = true;
    if (name === "turn") grown(last = data);
  }
  if (!done) throw new Trouble("The connection to On Record was lost before the answer was complete.");
  return last;
};

/** The article of a citation or passage, with its text and the stretch of it that is meant. */
export const read = async ({ article_id: id, version, start, end }) => {
  const query = new URLSearchParams({ version, start, end });
  const response = await call(`/api/v1/articles/${encodeURIComponent(id)}?${query}`, {});
  if (response.status === 403) throw new Trouble("The widget on this page may not open articles.");
  return (await succeeded(response)).json();
};

const called = async (path, options) => succeeded(await call(path, options));

const call = async (path, options) => {
  if (!token) await renew();
  let response = await send(path, options);
  if (response.status === 401) {
    await renew();
    response = await send(path, options);
  }
  if (response.status !== 401) return response;
  token = "";
  throw new Trouble(`${REFUSED} ${await detailOf(response)}`.trim());
};

const succeeded = async (response) => {
  if (response.ok) return response;
  throw new Trouble((await detailOf(response)) || `On Record answered with an error (${response.status}).`);
};

const detailOf = async (response) => (await response.json().catch(() => ({}))).detail || "";

const send = (path, options) => fetched(path, {
  ...options,
  headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
  credentials: "omit",
});

const fetched = async (path, options) => {
  try {
    return await fetch(base + path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Trouble("On Record cannot be reached. It may be restarting, or the network is down.");
  }
};

const REFUSED = page
  ? "This page cannot ask On Record right now. Reload it; if that does not help, its token (data-token) is missing, expired or for another page."
  : "Log in to On Record to ask here.";

/** Another token, from whatever made the one before: none makes another. Who needs one meanwhile waits for the same. */
const renew = () => {
  renewing ??= renewed().finally(() => { renewing = null; });
  return renewing;
};
let renewing = null;

const renewed = async () => {
  token = page ? (await fromServer()) || (await fromPage()) : await fromLogin();
  if (!token) throw new Trouble(REFUSED);
};

/** On a page of our own: by the login of whoever reads it. */
const fromLogin = async () => {
  const headers = { "Content-Type": "application/json" };
  const response = await fetched("/api/v1/widget/tokens", { method: "POST", headers, body: "{}" });
  return response.ok ? (await response.json()).token : "";
};

/** The token in this frame as the server makes it now: there is one if anyone may ask here. */
const fromServer = async () => {
  const response = await fetch(location.href, { cache: "no-store" }).catch(() => null);
  return /data-token="(orw_[\w.-]+)"/.exec(response ? await response.text() : "")?.[1];
};

/** The token that the page around us has in its data-token, if it is for that page. */
const fromPage = () => new Promise((resolve) => {
  if (parent === window) return resolve("");
  handed = (one) => resolve(isForHere(one) ? one : "");
  setTimeout(resolve, 3000, "");
  return tell("token");
});
let handed = () => {};
listen((message) => { if (message.onrecord === "token") handed(String(message.token || "")); });

/** The server does not see on which page a token is used. */
const isForHere = (one) => {
  try {
    return JSON.parse(atob(one.split(".")[1].replace(/-/g, "+").replace(/_/g, "/"))).aud === page;
  } catch {
    return false;
  }
};

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
