// On Record's widget: a button that opens a panel, and in it a frame with a small chat. docs/widget.md says how it is
// put on a page. It leaves nothing behind on the page but one element, and takes nothing from it: not its styles, and
// of its objects, which libraries may have extended, only what browsers bring.
(() => {
  "use strict";
  const script = document.currentScript;
  if (!script || !script.src) {
    console.error("On Record: load widget.js with a script element of its own, not as a module.");
    return;
  }
  const given = (name) => (script.getAttribute(`data-${name}`) || "").trim();
  const warn = (text) => console.warn(`On Record: ${text}`);

  const app = new URL(".", script.src);
  const title = given("title").slice(0, 80) || "Ask On Record";
  const PLACES = ["bottom-right", "bottom-left", "inline"];
  let place = given("position") || PLACES[0];
  if (PLACES.indexOf(place) < 0) {
    warn(`data-position is ${place}; use one of ${PLACES.join(", ")}.`);
    place = PLACES[0];
  }
  const inline = place === "inline";
  let accent = given("accent") || "#8c1d18";
  if (!/^#([0-9a-f]{3}|[0-9a-f]{6})$/i.test(accent)) {
    warn(`data-accent is ${accent}; write it as #8c1d18.`);
    accent = "#8c1d18";
  }

  // White or black, whichever is easier to read on the accent: one of them has a contrast of 4.5 or more (WCAG 2.2).
  const luminance = (colour) => {
    const hex = colour.length === 4 ? colour.replace(/[0-9a-f]/gi, "$&$&") : colour;
    const part = (at) => {
      const value = parseInt(hex.substr(at, 2), 16) / 255;
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    };
    return 0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5);
  };
  const ink = luminance(accent) > 0.179 ? "#000" : "#fff";

  const address = new URL("widget", app);
  if (location.origin !== app.origin) address.searchParams.set("page", location.origin);
  address.searchParams.set("title", title);
  address.searchParams.set("accent", accent);
  if (given("filter")) address.searchParams.set("filter", given("filter"));

  // A style sheet of this kind is no inline style: the page's content policy need not allow any. In a shadow root an
  // important rule for the host wins over the page's own important ones.
  const STYLE = `
    :host { all: initial !important; direction: ltr !important; font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif !important; }
    :host([data-place^="bottom"]) { display: block !important; position: fixed !important; z-index: 2147483646 !important; bottom: 0 !important; width: 0 !important; height: 0 !important; }
    :host([data-place="bottom-right"]) { right: 0 !important; }
    :host([data-place="bottom-left"]) { left: 0 !important; }
    :host([data-place="inline"]) { display: block !important; position: relative !important; }
    :host([data-open]) { z-index: 2147483647 !important; }
    * { box-sizing: border-box; }
    [hidden] { display: none !important; }
    .all { --paper: #fdfcf9; --ink: #1f1d1a; --quiet: #5f5a52; --rule: #ddd8cc; font-size: 15px; line-height: 1.4; }
    button { font: inherit; cursor: pointer; }
    .opener { position: fixed; bottom: calc(16px + var(--n) * 60px); max-width: calc(100vw - 32px); min-height: 48px; padding: 10px 20px; border: 2px solid transparent; border-radius: 24px; background: var(--accent); color: var(--on-accent); font-weight: 600; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; box-shadow: 0 2px 10px rgb(0 0 0 / .3); }
    .right .opener, .right .panel { right: 16px; }
    .left .opener, .left .panel { left: 16px; }
    .panel { flex-direction: column; margin: 0; padding: 0; width: 400px; height: 640px; max-width: calc(100vw - 32px); max-height: calc(100vh - 96px - var(--n) * 60px); overflow: hidden; border: 1px solid var(--rule); border-radius: 8px; background: var(--paper); color: var(--ink); }
    .panel[open] { display: flex; }
    .right .panel, .left .panel { position: fixed; inset: auto; bottom: calc(76px + var(--n) * 60px); box-shadow: 0 6px 30px rgb(0 0 0 / .35); }
    .right .panel { right: 16px; }
    .left .panel { left: 16px; }
    .inline .panel { position: static; width: 100%; max-width: none; max-height: 90vh; }
    .bar { display: flex; align-items: center; justify-content: space-between; gap: 8px; padding: 6px 6px 6px 16px; background: var(--accent); color: var(--on-accent); }
    .name { margin: 0; font-size: 16px; font-weight: 600; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; padding: 7px 0; }
    .bar button { min-width: 36px; min-height: 36px; padding: 0 10px; border: 0; border-radius: 4px; background: transparent; color: inherit; }
    iframe { display: block; flex: 1 1 auto; width: 100%; min-height: 0; border: 0; }
    .trouble { padding: 8px 16px 16px; overflow: auto; }
    .trouble a { color: inherit; }
    .trouble button { min-height: 36px; margin: 0 12px 0 0; padding: 0 14px; border: 1px solid var(--quiet); border-radius: 4px; background: transparent; color: inherit; }
    :focus-visible { outline: 3px solid var(--ink); outline-offset: 2px; }
    .bar :focus-visible { outline-color: var(--on-accent); outline-offset: -3px; }
    .panel:focus { outline: none; }
    @media (prefers-color-scheme: dark) { .all { --paper: #1c1a18; --ink: #e9e5dc; --quiet: #b3ac9f; --rule: #4b463f; } }
    @media (max-width: 480px), (max-height: 480px) {
      .right .panel, .left .panel { inset: 0; width: 100%; height: 100%; max-width: none; max-height: none; border: 0; border-radius: 0; }
    }
    @media (forced-colors: active) { .opener, .bar { border: 2px solid ButtonText; } }
    @media print { :host { display: none !important; } }
  `;

  const make = (tag, attributes, inside) => {
    const element = document.createElement(tag);
    for (const name of Object.keys(attributes)) element.setAttribute(name, attributes[name]);
    for (let at = 0; at < (inside || []).length; at += 1) element.appendChild(inside[at]);
    return element;
  };
  const named = (element, text) => { element.textContent = text; return element; };
  const after = (seconds, then) => setTimeout(then, seconds * 1000);

  const host = make("onrecord-widget", { "data-place": place });
  // Without a prototype: a page may have given every object a member that would be read here.
  const root = host.attachShadow({ __proto__: null, mode: "closed" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  root.adoptedStyleSheets = [sheet];

  const opener = named(make("button", { type: "button", class: "opener", "aria-haspopup": "dialog", "aria-expanded": "false" }), title);
  const closer = named(make("button", { type: "button", "aria-label": "Close" }), "✕");
  const heading = named(make("h2", { class: "name", id: "name" }), title);
  const words = make("p", {});
  const again = named(make("button", { type: "button" }), "Try again");
  const link = named(make("a", { href: app.href, target: "_blank", rel: "noopener" }), "Open On Record");
  const trouble = make("div", { class: "trouble", role: "alert", hidden: "" }, [words, again, link]);
  const bar = make("div", { class: "bar" }, inline ? [heading] : [heading, closer]);
  const panel = make(inline ? "section" : "dialog", { class: "panel", "aria-labelledby": "name", tabindex: "-1" }, [bar, trouble]);
  const all = make("div", { class: `all ${place.replace("bottom-", "")}` }, inline ? [panel] : [opener, panel]);
  all.style.setProperty("--accent", accent);
  all.style.setProperty("--on-accent", ink);
  root.appendChild(all);

  let frame = null;
  let ready = false;
  let late = 0;
  let wanted = false; // whether the frame shall have the focus once it can take it

  const tell = (what, more) => {
    const message = { onrecord: what };
    if (more) message.token = more;
    frame.contentWindow.postMessage(message, app.origin);
  };
  const focusFrame = () => { frame.focus(); tell("focus"); };

  const fail = () => {
    if (ready) return;
    words.textContent = `On Record cannot be shown here. Either ${app.host} cannot be reached, or it does not allow this page (${location.origin}) to show it.`;
    trouble.removeAttribute("hidden");
    frame.setAttribute("hidden", "");
  };
  const load = () => {
    if (frame) panel.removeChild(frame);
    clearTimeout(late);
    ready = false;
    trouble.setAttribute("hidden", "");
    frame = make("iframe", { title, src: address.href, referrerpolicy: "no-referrer" });
    // A refused frame is loaded, too: with a page of the browser's own. Ours reports as soon as it is there.
    frame.addEventListener("load", () => { clearTimeout(late); late = after(3, fail); });
    late = after(30, fail);
    panel.appendChild(frame);
  };

  window.addEventListener("message", (event) => {
    if (!frame || event.source !== frame.contentWindow || event.origin !== app.origin) return;
    const said = event.data && event.data.onrecord;
    if (said === "ready") {
      ready = true;
      clearTimeout(late);
      trouble.setAttribute("hidden", "");
      frame.removeAttribute("hidden");
      if (wanted && root.activeElement) focusFrame();
      wanted = false;
    } else if (said === "token") {
      tell("token", given("token"));
    } else if (said === "close") {
      close();
    }
  });

  const open = (focused) => {
    if (panel.hasAttribute("open")) return;
    opener.setAttribute("aria-expanded", "true");
    host.setAttribute("data-open", "");
    // Filling the screen it is modal: what lies behind it cannot be reached. Otherwise the page stays usable.
    if (focused && matchMedia("(max-width: 480px), (max-height: 480px)").matches) panel.showModal();
    else panel.setAttribute("open", "");
    if (!frame) load();
    if (!focused) return;
    wanted = !ready;
    if (ready) focusFrame();
    else panel.focus();
  };
  const close = () => {
    if (inline || !panel.hasAttribute("open")) return;
    panel.close();
    opener.setAttribute("aria-expanded", "false");
    host.removeAttribute("data-open");
    opener.focus();
  };

  opener.addEventListener("click", () => { if (panel.hasAttribute("open")) close(); else open(true); });
  closer.addEventListener("click", close);
  again.addEventListener("click", () => { load(); wanted = true; panel.focus(); });
  panel.addEventListener("cancel", (event) => { event.preventDefault(); close(); });
  root.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || inline || !panel.hasAttribute("open")) return;
    event.stopPropagation();
    close();
  });

  const start = () => {
    if (inline) {
      const home = given("into") && document.getElementById(given("into"));
      if (given("into") && !home) warn(`there is no element with the id ${given("into")} for data-into.`);
      if (home) home.appendChild(host);
      else if (document.body.contains(script)) script.parentNode.insertBefore(host, script.nextSibling);
      else document.body.appendChild(host);
      panel.setAttribute("open", "");
      new IntersectionObserver((seen, watching) => {
        if (!seen.some((one) => one.isIntersecting)) return;
        watching.disconnect();
        load();
      }).observe(panel);
      return;
    }
    all.style.setProperty("--n", String(document.querySelectorAll(`onrecord-widget[data-place="${place}"]`).length));
    document.body.appendChild(host);
    if (given("open") === "true") open(false);
  };
  if (document.body) start();
  else document.addEventListener("DOMContentLoaded", start);
})();
