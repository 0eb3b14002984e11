// The message box. Enter sends, Shift+Enter begins a line (with a finger it is the other way
// round: there the button sends); while an answer is being made the same button stops it.
// Events: "send" (detail: the text), "stop", and "typed" when it has been filled by the page.

import { LengthLimit } from "./length-limit.js";
import { phrase } from "./phrases.js";

// A box that long has its greatest height anyway, and measuring it would cost.
const GROWING_CHARS = 5_000;

export class Composer extends EventTarget {
  #form;
  #box;
  #button;
  #error;
  #limit;
  #fits = true;
  #touch = matchMedia("(hover: none) and (pointer: coarse)");

  constructor(form) {
    super();
    this.#form = form;
    this.#box = form.elements.message;
    this.#button = form.querySelector("[data-action]");
    this.#error = form.querySelector("[role=alert]");
    this.#limit = new LengthLimit({
      max: Number(form.dataset.maxChars),
      shown: form.querySelector(".composer-count"),
      spoken: form.querySelector("[data-count-spoken]"),
    });
    // An empty box must not keep the button from stopping.
    form.noValidate = true;
    form.addEventListener("submit", (event) => this.#submitted(event));
    this.#box.addEventListener("keydown", (event) => this.#pressed(event));
    this.#box.addEventListener("input", () => this.#typed());
    // The box keeps the focus, and a phone its keyboard, when the button is pressed.
    this.#button.addEventListener("pointerdown", (event) => event.preventDefault());
    if (this.#touch.matches) this.#box.enterKeyHint = "enter";
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

  get text() {
    return this.#box.value;
  }

  // What the person has chosen; undefined where there is no choice.
  get model() {
    return this.#form.elements.model?.value;
  }

  focus() {
    this.#box.focus({ preventScroll: true });
  }

  fill(text) {
    this.#put(text);
    this.focus();
    this.#box.setSelectionRange(text.length, text.length);
  }

  // What was typed here before; nobody has asked for the focus.
  restore(draft) {
    if (draft && !this.#box.value) this.#put(draft);
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

  #put(text) {
    this.#box.value = text;
    this.#typed();
    this.dispatchEvent(new Event("typed"));
  }

  #pressed(event) {
    // Enter that chooses a word in an input method; Safari says so with 229 only.
    if (event.key !== "Enter" || event.isComposing || event.keyCode === 229) return;
    const isSending = event.ctrlKey || event.metaKey;
    if (!isSending && (event.shiftKey || event.altKey || this.#touch.matches)) return;
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
    if (!text.trim() || !this.#fits) return;
    this.complain("");
    this.#put("");
    this.dispatchEvent(new CustomEvent("send", { detail: text }));
  }

  #typed() {
    const text = this.#box.value;
    this.#fits = this.#limit.check(text);
    this.#disable(!this.isBusy && (!this.#fits || !text.trim()));
    if (CSS.supports("field-sizing", "content")) return;
    this.#box.style.height = "auto";
    const isLong = text.length > GROWING_CHARS;
    this.#box.style.height = isLong ? "100dvh" : `${this.#box.scrollHeight}px`;
  }

  // A button that is disabled loses the focus to nowhere.
  #disable(isDisabled) {
    if (isDisabled && document.activeElement === this.#button) this.focus();
    this.#button.disabled = isDisabled;
  }
}
