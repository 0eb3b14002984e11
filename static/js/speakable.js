// The text of an answer as one would read it aloud: without marks, links' addresses and code.

import { phrase } from "./phrases.js";

const SILENT = "figcaption, button, input, annotation, .visually-hidden";
const BLOCKS = "p, li, h1, h2, h3, h4, h5, h6, blockquote, tr, div, br, hr";

export function speakable(root, maxChars = Infinity) {
  const parts = [];
  let length = 0;
  const say = (text) => {
    parts.push(text);
    length += text.length;
  };
  read(root);
  return parts.join("").replace(/[ \t]+/g, " ").replace(/ ?\n\s*/g, "\n").trim();

  function read(node) {
    if (length >= maxChars) return;
    if (node.nodeType === Node.TEXT_NODE) return say(node.data.replace(/\s+/g, " "));
    if (node.nodeType !== Node.ELEMENT_NODE || node.matches(SILENT)) return;
    if (node.matches("figure.code")) return say(`\n${phrase("codeSkipped")}\n`);
    if (node.matches("code.math, .formula")) return say(` ${formula(node)} `);
    for (const child of node.childNodes) read(child);
    if (node.matches("td, th")) say(", ");
    else if (node.matches(BLOCKS)) say("\n");
  }
}

// A short formula can be said; a long one cannot.
const SAID_FORMULA_CHARS = 40;

function formula(node) {
  const tex = node.querySelector("annotation")?.textContent ?? node.textContent;
  const said = tex.replace(/\\[,;! ]|[{}$]/g, " ").replace(/\\([A-Za-z]+)/g, " $1 ").trim();
  return said.length <= SAID_FORMULA_CHARS ? said : phrase("formulaSkipped");
}
