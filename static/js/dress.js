// What the page adds to the HTML of an answer. `isFinal`: nothing of it will change any more.

import { dressCode } from "./code.js";
import { dressMaths } from "./maths.js";
import { phrase } from "./phrases.js";
import { dressRegions } from "./regions.js";

export function dress(root, { isFinal = true } = {}) {
  dressCode(root, { highlight: isFinal });
  dressMaths(root);
  for (const box of root.querySelectorAll("input[type=checkbox]")) {
    box.setAttribute("aria-label", phrase(box.checked ? "taskDone" : "taskOpen"));
  }
  dressRegions(root);
}
