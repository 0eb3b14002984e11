// Signing out empties the storage. A tab that still shows a conversation would put its draft back
// into it: it hears that somebody has left.

import { phrase } from "./phrases.js";

const MARK = "left";

export function tellLeft() {
  try {
    // Emptying an empty storage would tell nobody.
    localStorage.setItem(MARK, "");
  } catch {
    // Full, and so not empty.
  }
  localStorage.clear();
}

// An empty key: all of it was taken away.
export function whenLeft(forget) {
  addEventListener("storage", ({ key, storageArea }) => {
    if (key === null && storageArea === localStorage) forget();
  });
}

// What is not sent yet goes with the rest; and without a connection nobody is signed out.
export function askBeforeLeaving(form, outbox, complain) {
  form.addEventListener("submit", (event) => {
    if (!navigator.onLine) complain(phrase("leaveOffline"));
    else if (!outbox.items.length || confirm(phrase("leaveUnsent"))) return;
    event.preventDefault();
  });
}
