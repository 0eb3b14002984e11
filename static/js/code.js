// Code blocks: a copy button each, and colours once a block is finished.

import { CodeParts } from "./code-parts.js";
import { colours } from "./highlighter.js";
import { phrase } from "./phrases.js";
import { inSlices } from "./slices.js";

// As in chat/markdown.py: longer code is shown as it is.
const COLOURED_MAX_CHARS = 60_000;

export function dressCode(root, { highlight }) {
  for (const figure of root.querySelectorAll("figure.code")) {
    addCopyButton(figure);
    if (highlight) addColours(figure);
  }
}

function addCopyButton(figure) {
  const caption = figure.querySelector("figcaption");
  if (caption.querySelector("button")) return;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "quiet-button";
  button.dataset.copy = "code";
  button.setAttribute("aria-label", phrase("copyCode"));
  button.textContent = phrase("copy");
  caption.append(button);
}

export async function addColours(figure) {
  const code = figure.querySelector("code");
  const language = figure.querySelector(".code-language").textContent;
  const text = code.textContent;
  // The server's have their colours already.
  const isColoured = figure.dataset.coloured || code.querySelector(":scope > :not(.code-part)");
  if (!language || isColoured || text.length > COLOURED_MAX_CHARS) return;
  figure.dataset.coloured = "yes";
  const runs = await colours(text, language);
  if (!runs) return;
  // Made beside the page and put in its place at once.
  const coloured = document.createElement("code");
  await inSlices(new CodeParts(coloured).fill(runs));
  code.replaceWith(coloured);
}
