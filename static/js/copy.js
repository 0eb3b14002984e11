// The copy buttons of code blocks and of whole answers.

import { phrase } from "./phrases.js";

const SAID_MS = 1_600;

export function copyButtons(root, textOf) {
  root.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const text = button.dataset.copy === "code" ? codeOf(button) : textOf(button);
    if (await copy(text)) say(button);
  });
}

function codeOf(button) {
  return button.closest("figure").querySelector("code").textContent;
}

// The clipboard needs a secure context; a selection works everywhere else.
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const box = document.createElement("textarea");
    box.value = text;
    box.className = "visually-hidden";
    document.body.append(box);
    box.select();
    const done = document.execCommand("copy");
    box.remove();
    return done;
  }
}

function say(button) {
  const label = button.querySelector("[data-label]") ?? button;
  const icon = button.querySelector("use");
  button.dataset.copied = "yes";
  label.textContent = phrase("copied");
  icon?.setAttribute("href", "#icon-check");
  setTimeout(() => {
    delete button.dataset.copied;
    label.textContent = phrase("copy");
    icon?.setAttribute("href", "#icon-copy");
  }, SAID_MS);
}
