// A message of the person's in a box, in its own place. Enter sends it as in the message box,
// Escape leaves it as it was. Events "edited" (detail: question, text) and "lost" (detail: text):
// the message that it stood in is not on the page any more.

import { textOf } from "./transcript.js";

export class Editor extends EventTarget {
  #template;
  #composer;
  #form = null;
  #question = null;
  #returnTo = null;
  #touch = matchMedia("(hover: none) and (pointer: coarse)");

  constructor(template, composer) {
    super();
    this.#template = template;
    this.#composer = composer;
  }

  open(question, { text = textOf(question), returnTo = document.activeElement } = {}) {
    this.close();
    const form = this.#template.content.firstElementChild.cloneNode(true);
    const box = form.elements.message;
    this.#form = form;
    this.#question = question;
    this.#returnTo = returnTo;
    question.toggleAttribute("data-editing", true);
    question.querySelector(".message-body").after(form);
    box.value = text;
    box.addEventListener("keydown", (event) => this.#pressed(event));
    box.addEventListener("input", () => fit(box));
    form.addEventListener("submit", (event) => this.#submitted(event));
    form.querySelector("[data-cancel]").addEventListener("click", () => this.#cancel());
    fit(box);
    box.focus();
    box.setSelectionRange(text.length, text.length);
  }

  close() {
    this.#form?.remove();
    this.#question?.removeAttribute("data-editing");
    this.#form = null;
    this.#question = null;
  }

  // What is on the page has changed.
  look() {
    if (!this.#form || this.#form.isConnected) return;
    const text = this.#form.elements.message.value;
    const isChanged = text !== textOf(this.#question);
    this.close();
    if (isChanged) this.dispatchEvent(new CustomEvent("lost", { detail: { text } }));
  }

  #pressed(event) {
    // A key that chooses a word in an input method; Safari says so with 229 only.
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === "Escape") {
      event.preventDefault();
      this.#cancel();
    } else if (event.key === "Enter" && this.#sends(event)) {
      event.preventDefault();
      this.#form.requestSubmit();
    }
  }

  #sends({ ctrlKey, metaKey, shiftKey, altKey }) {
    return ctrlKey || metaKey || !(shiftKey || altKey || this.#touch.matches);
  }

  #submitted(event) {
    event.preventDefault();
    const question = this.#question;
    const text = this.#form.elements.message.value;
    // As in the message box: while an answer is being made, nothing is sent.
    if (!text.trim() || this.#composer.isBusy) return;
    this.close();
    // On a phone the keyboard would come up again.
    if (!this.#touch.matches) this.#composer.focus();
    this.dispatchEvent(new CustomEvent("edited", { detail: { question, text } }));
  }

  #cancel() {
    this.close();
    this.#returnTo?.focus({ preventScroll: true });
  }
}

function fit(box) {
  if (CSS.supports("field-sizing", "content")) return;
  box.style.height = "auto";
  box.style.height = `${box.scrollHeight}px`;
}
