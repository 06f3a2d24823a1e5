// How text that others wrote is shown, so that no unseen character in it turns words round. assistant/text/control_characters.py does
// the same where pages are made; a test compares the two.

const NAMES = {
  "\u061c": "Arabic letter mark",
  "\u200e": "left-to-right mark",
  "\u200f": "right-to-left mark",
  "\u202a": "left-to-right embedding",
  "\u202b": "right-to-left embedding",
  "\u202c": "pop directional formatting",
  "\u202d": "left-to-right override",
  "\u202e": "right-to-left override",
  "\u2066": "left-to-right isolate",
  "\u2067": "right-to-left isolate",
  "\u2068": "first strong isolate",
  "\u2069": "pop directional isolate",
};
const CONTROL = new RegExp(`([${Object.keys(NAMES).join("")}])`);
const MARKS = "\u061c\u200e\u200f";
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;
const NEAR = 8;

/** The text as nodes: each control character, which stays in it, has a visible mark and no effect. */
export const marked = (text) => {
  const pieces = String(text).split(CONTROL);
  const nodes = [];
  let done = "";
  let rest = "";
  pieces.forEach((piece, at) => {
    const isControl = at % 2 === 1 && !isBesideItsKind(piece, done, pieces.slice(at + 1, at + 2 * NEAR).join(""));
    done = (done + piece).slice(-2 * NEAR);
    if (!isControl) { rest += piece; return; }
    nodes.push(rest, mark(piece));
    rest = "";
  });
  return [...nodes, rest].filter((node) => node !== "");
};

/** The same in an element beyond which its direction does not reach: for text among other text. */
export const isolated = (text) => made("bdi", {}, ...marked(text));

/** For text among other text where there is no markup. */
export const plain = (text) => {
  const words = marked(text).map((node) => (node instanceof Node ? "⇄" : node)).join("");
  return RIGHT_TO_LEFT.test(words) ? `\u2068${words}\u2069` : words;
};

const isBesideItsKind = (control, before, after) => {
  if (!MARKS.includes(control)) return false;
  const nearest = [[...before].slice(-NEAR).join("").split("\n").pop(), [...after].slice(0, NEAR).join("").split("\n")[0]];
  const beside = [nearest[0].match(/[\p{L}\p{N}](?=[^\p{L}\p{N}]*$)/u)?.[0], nearest[1].match(/[\p{L}\p{N}]/u)?.[0]];
  return beside.some((one) => one && /\p{L}/u.test(one) && RIGHT_TO_LEFT.test(one) === (control !== "\u200e"));
};

const mark = (control) => {
  const code = control.codePointAt(0).toString(16).toUpperCase().padStart(4, "0");
  return made("bdi", { class: "control", role: "img", title: `Hidden character: ${NAMES[control]} (U+${code})` }, control);
};

const made = (tag, attributes, ...inside) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...inside);
  return element;
};
