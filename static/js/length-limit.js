// Tells before sending that a message is too long: quietly near the limit, and once aloud.

import { phraseFor } from "./phrases.js";

const NEAR = 0.9;
const ALOUD_MS = 1_000;

// In code points, as the server counts. Pure.
export function charsLeft(text, max) {
  // Each surrogate pair is one; counting them is worth it only where it decides.
  if (text.length <= max) return max - text.length;
  let pairs = 0;
  for (let at = 0; at < text.length; at += 1) {
    if (text.codePointAt(at) > 0xffff) {
      pairs += 1;
      at += 1;
    }
  }
  return max - (text.length - pairs);
}

export class LengthLimit {
  #max;
  #shown;
  #spoken;
  #timer = null;

  constructor({ max, shown, spoken }) {
    this.#max = max;
    this.#shown = shown;
    this.#spoken = spoken;
  }

  // Returns whether the text may be sent.
  check(text) {
    const left = charsLeft(text, this.#max);
    const isNear = left < this.#max * (1 - NEAR);
    const sentence = isNear ? sentenceOf(left) : "";
    this.#shown.textContent = sentence;
    this.#shown.toggleAttribute("data-over", left < 0);
    clearTimeout(this.#timer);
    if (isNear) this.#timer = setTimeout(() => this.#say(sentence), ALOUD_MS);
    else this.#spoken.textContent = "";
    return left >= 0;
  }

  #say(sentence) {
    this.#spoken.textContent = sentence;
  }
}

function sentenceOf(left) {
  return phraseFor(left < 0 ? "charsTooMany" : "charsLeft", Math.abs(left));
}
