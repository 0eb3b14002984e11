// The message box. Enter sends, Shift+Enter begins a line; while an answer is being made the
// same button stops it. Events: "send" (detail: the text) and "stop".

import { phrase } from "./phrases.js";

export class Composer extends EventTarget {
  #form;
  #box;
  #button;
  #error;

  constructor(form) {
    super();
    this.#form = form;
    this.#box = form.elements.message;
    this.#button = form.querySelector("[data-action]");
    this.#error = form.querySelector("[role=alert]");
    // An empty box must not keep the button from stopping.
    form.noValidate = true;
    form.addEventListener("submit", (event) => this.#submitted(event));
    this.#box.addEventListener("keydown", (event) => this.#pressed(event));
    this.#box.addEventListener("input", () => this.#typed());
    this.#typed();
  }

  get isBusy() {
    return this.#button.dataset.action === "stop";
  }

  set busy(busy) {
    const action = busy ? "stop" : "send";
    if (this.#button.dataset.action === action) return;
    this.#button.dataset.action = action;
    this.#button.querySelector("[data-label]").textContent = phrase(action);
    this.#typed();
  }

  focus() {
    this.#box.focus({ preventScroll: true });
  }

  fill(text) {
    this.#box.value = text;
    this.#typed();
    this.focus();
    this.#box.setSelectionRange(text.length, text.length);
  }

  // A message comes back: what has been typed since then is kept behind it.
  putBack(text, sentence = "") {
    const typed = this.#box.value;
    this.fill(typed.trim() ? `${text}\n${typed}` : text);
    this.complain(sentence);
  }

  complain(sentence) {
    this.#error.textContent = sentence;
  }

  #pressed(event) {
    if (event.key !== "Enter" || event.shiftKey || event.altKey) return;
    // Enter that chooses a word in an input method; Safari says so with 229 only.
    if (event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    if (!this.isBusy) this.#send();
  }

  #submitted(event) {
    event.preventDefault();
    if (this.isBusy) this.dispatchEvent(new Event("stop"));
    else this.#send();
  }

  #send() {
    const text = this.#box.value;
    if (!text.trim()) return;
    this.#box.value = "";
    this.complain("");
    this.#typed();
    this.dispatchEvent(new CustomEvent("send", { detail: text }));
  }

  #typed() {
    this.#button.disabled = !this.isBusy && !this.#box.value.trim();
    if (CSS.supports("field-sizing", "content")) return;
    this.#box.style.height = "auto";
    this.#box.style.height = `${this.#box.scrollHeight}px`;
  }
}
