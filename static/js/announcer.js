// Tells screen readers that an answer begins and how it ended, then reads it once as a whole; a
// failure at once.

import { phrase } from "./phrases.js";
import { isCut } from "./reply.js";

// Longer than this nobody listens to without a way to stop or go back: it stands in the page.
const READ_MAX_CHARS = 2_000;
// Most messages leave before anyone could hear that they wait.
const LATE_MS = 900;

export class Announcer {
  #polite;
  #urgent;
  #waiting = new Set();

  constructor(polite, urgent) {
    this.#polite = polite;
    this.#urgent = urgent;
  }

  started() {
    this.#urgent.textContent = "";
    this.say(phrase("answering"));
  }

  // Something does not go out: said once, and only if that lasts.
  waiting(clientId, isStill) {
    setTimeout(() => {
      if (!isStill() || this.#waiting.has(clientId)) return;
      this.#waiting.add(clientId);
      this.say(phrase("waiting"));
    }, LATE_MS);
  }

  finished(reply) {
    const { status, text, error } = reply;
    if (status === "failed") {
      this.say("");
      this.#urgent.textContent = [phrase("failed"), error?.sentence].filter(Boolean).join(" ");
      return;
    }
    const complete = isCut(reply) ? "cut" : "finished";
    const ending = phrase(status === "complete" ? complete : status);
    const isLong = text.length > READ_MAX_CHARS;
    const shown = isLong ? `${text.slice(0, READ_MAX_CHARS)}… ${phrase("readOn")}` : text;
    this.say([ending, shown].filter(Boolean).join(" "));
  }

  say(sentence) {
    this.#polite.textContent = sentence;
  }
}
