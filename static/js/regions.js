// What is wider than the text scrolls by itself. Where it does, it can be reached and named by
// keyboard and screen reader.

import { phrase } from "./phrases.js";

const SCROLLERS = ".table, .code pre, .math-block, .formula";

const watcher = globalThis.ResizeObserver && new ResizeObserver((entries) => {
  for (const { target } of entries) show(target.closest(SCROLLERS));
});

export function dressRegions(root) {
  for (const scroller of root.querySelectorAll(SCROLLERS)) {
    if (scroller.dataset.watched) continue;
    scroller.dataset.watched = "yes";
    watcher?.observe(scroller);
    if (scroller.firstElementChild) watcher?.observe(scroller.firstElementChild);
  }
}

function show(scroller) {
  if (!scroller) return;
  const isWide = scroller.scrollWidth > scroller.clientWidth + 1;
  // A formula in a line that is longer than the line gets lines of its own.
  if (isWide) scroller.classList.toggle("math-block", scroller.matches(".formula, .math-block"));
  if (isWide === scroller.hasAttribute("tabindex")) return;
  if (isWide) {
    scroller.tabIndex = 0;
    scroller.setAttribute("role", "group");
    scroller.setAttribute("aria-label", phrase(nameOf(scroller)));
  } else {
    for (const name of ["tabindex", "role", "aria-label"]) scroller.removeAttribute(name);
  }
}

function nameOf(scroller) {
  if (scroller.matches(".table")) return "table";
  return scroller.matches("pre") ? "code" : "formula";
}
