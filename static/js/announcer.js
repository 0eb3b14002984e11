// Tells screen readers that an answer begins and how it ended, then reads it once as a whole.

import { phrase } from "./phrases.js";

export class Announcer {
  #region;

  constructor(region) {
    this.#region = region;
  }

  started() {
    this.#say(phrase("answering"));
  }

  finished({ status, text, error }) {
    const ending = status === "complete" ? phrase("finished") : phrase(status);
    this.#say([ending, error?.sentence, text].filter(Boolean).join(" "));
  }

  #say(text) {
    this.#region.textContent = text;
  }
}
