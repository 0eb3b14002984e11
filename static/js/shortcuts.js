// Keyboard shortcuts, and the sheet that lists them.

import { phrase } from "./phrases.js";
import { SHORTCUTS, keysOf, shortcutOf } from "./shortcuts-table.js";

const OFF_KEY = "single keys off";
const TYPING = "input, textarea, select, [contenteditable]";
// Escape belongs to what is open.
const OPEN = "dialog[open], :popover-open";
// A place to write in; but a button under an answer leaves Escape to the answer.
const LEFT_BY_ESCAPE = ".message textarea, form:not(.composer, .message-actions)";

export class Shortcuts {
  #acts;
  #sheet;
  #singles;

  // `acts`: what each shortcut does, by its name; one returns false where it has nothing to do.
  constructor(sheet, acts) {
    this.#sheet = sheet;
    this.#acts = { ...acts, help: () => this.#show() };
    this.#singles = sheet.querySelector("input[type=checkbox]");
    this.#singles.checked = localStorage.getItem(OFF_KEY) === null;
    this.#singles.addEventListener("change", () => this.#remember());
    list(sheet.querySelector("dl"));
    for (const button of document.querySelectorAll("[data-shortcuts]")) {
      button.addEventListener("click", () => this.#show());
    }
    addEventListener("keydown", (event) => this.#pressed(event));
  }

  #pressed(event) {
    if (event.defaultPrevented || this.#sheet.open) return;
    const isTyping = Boolean(event.target.closest?.(TYPING));
    const found = shortcutOf(event, { isTyping, areSinglesOn: this.#singles.checked });
    if (!found || (found.name === "stop" && isSomethingOpen(event.target))) return;
    if (this.#acts[found.name]?.() !== false) event.preventDefault();
  }

  #show() {
    this.#sheet.showModal();
  }

  #remember() {
    if (this.#singles.checked) localStorage.removeItem(OFF_KEY);
    else localStorage.setItem(OFF_KEY, "yes");
  }
}

function isSomethingOpen(target) {
  return Boolean(document.querySelector(OPEN) || target.closest?.(LEFT_BY_ESCAPE));
}

function list(place) {
  const rows = new Map();
  for (const shortcut of SHORTCUTS) {
    const row = rows.get(shortcut.name) ?? addRow(place, phrase(`shortcut${capital(shortcut.name)}`));
    rows.set(shortcut.name, row);
    const keys = document.createElement("span");
    for (const key of keysOf(shortcut)) {
      const cap = document.createElement("kbd");
      cap.textContent = key === "Shift" ? phrase("keyShift") : key;
      keys.append(cap);
    }
    row.append(keys);
  }
}

function addRow(place, name) {
  const row = document.createElement("div");
  const term = document.createElement("dt");
  const keys = document.createElement("dd");
  term.textContent = name;
  row.append(term, keys);
  place.append(row);
  return keys;
}

function capital(name) {
  return name[0].toUpperCase() + name.slice(1);
}
