// The page of shared links: a button copies the address beside it.

import { copy } from "./copy.js";

const SAID_MS = 1_600;

// Without this script there is nothing that they could do.
for (const button of document.querySelectorAll("[data-copy-link]")) button.hidden = false;

document.addEventListener("click", async ({ target }) => {
  const button = target.closest("[data-copy-link]");
  if (!button) return;
  if (!(await copy(button.closest(".entry").querySelector(".entry-link").value))) return;
  const label = button.textContent;
  button.textContent = button.dataset.copiedLabel;
  setTimeout(() => {
    button.textContent = label;
  }, SAID_MS);
});
