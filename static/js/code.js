// Code blocks: a copy button each, and colours once a block is finished.

import { phrase } from "./phrases.js";

// The highlighter is the largest file of the page, and many answers need none.
let highlighter = null;

function loadHighlighter() {
  highlighter ??= import("../vendor/highlight/highlight.js").then((module) => module.default);
  return highlighter;
}

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

async function addColours(figure) {
  const code = figure.querySelector("code");
  const language = figure.querySelector(".code-language").textContent;
  // The server's have their colours already.
  if (!language || code.childElementCount || figure.dataset.coloured) return;
  figure.dataset.coloured = "yes";
  const hljs = await loadHighlighter();
  if (!hljs.getLanguage(language)) return;
  code.innerHTML = hljs.highlight(code.textContent, { language, ignoreIllegals: true }).value;
}
