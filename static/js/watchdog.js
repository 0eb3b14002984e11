// Notices a connection that is open but dead: asks after silence, gives up without an answer.

const OPENING_MS = 10_000;
const SILENCE_MS = 25_000;
const ANSWER_MS = 8_000;
const ANSWER_AFTER_WAKING_MS = 3_000;

export class Watchdog {
  #ask;
  #giveUp;
  #timer = null;

  constructor({ ask, giveUp }) {
    this.#ask = ask;
    this.#giveUp = giveUp;
  }

  expectOpening() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#giveUp, OPENING_MS);
  }

  heard() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#question(ANSWER_MS), SILENCE_MS);
  }

  askNow() {
    clearTimeout(this.#timer);
    this.#question(ANSWER_AFTER_WAKING_MS);
  }

  stop() {
    clearTimeout(this.#timer);
  }

  #question(patience) {
    this.#timer = setTimeout(this.#giveUp, patience);
    this.#ask();
  }
}
