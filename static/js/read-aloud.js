// Reads an answer aloud with the browser's own voice, sentence by sentence, also while it is
// still being written: the text never waits for the voice.

import { phrase } from "./phrases.js";
import { languageOf, sentences } from "./sentences.js";
import { speakable } from "./speakable.js";

const LOOK_MS = 400;
const AHEAD = 2;
const RATE_KEY = "speech rate";

export class ReadAloud {
  #voice = globalThis.speechSynthesis;
  #bar;
  #rate;
  #article = null;
  #said = 0;
  #queue = [];
  #waiting = 0;
  #timer = null;

  // `root`: where the messages are; `bar`: speed and stop, shown while something is read.
  constructor(root, bar) {
    this.#bar = bar;
    this.#rate = bar.querySelector("select");
    if (!this.#voice || !globalThis.SpeechSynthesisUtterance) return;
    document.documentElement.dataset.speech = "yes";
    this.#rate.value = localStorage.getItem(RATE_KEY) ?? "1";
    if (!this.#rate.value) this.#rate.value = "1";
    this.#rate.addEventListener("change", () => localStorage.setItem(RATE_KEY, this.#rate.value));
    bar.querySelector("[data-speech-stop]").addEventListener("click", () => this.stop());
    root.addEventListener("click", ({ target }) => {
      const button = target.closest("[data-speak]");
      if (button) this.toggle(button.closest(".message"));
    });
    addEventListener("pagehide", () => this.stop());
  }

  toggle(article) {
    const isSame = article === this.#article;
    this.stop();
    if (article && !isSame) this.#start(article);
  }

  stop() {
    clearInterval(this.#timer);
    const article = this.#article;
    this.#article = null;
    if (!article) return;
    this.#voice.cancel();
    this.#bar.hidden = true;
    mark(article, false);
  }

  #start(article) {
    this.#article = article;
    this.#said = 0;
    this.#queue = [];
    this.#waiting = 0;
    this.#bar.hidden = false;
    mark(article, true);
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
    this.#look();
  }

  // More to say? Two sentences wait with the browser, the rest here: so another speed is heard
  // soon.
  #look() {
    const article = this.#article;
    if (!article?.isConnected) return this.stop();
    const language = document.documentElement.lang || "en";
    const isWhole = article.dataset.status !== "processing";
    if (!this.#queue.length) {
      const text = speakable(article.querySelector(".message-body"));
      const next = sentences(text.slice(this.#said), { isWhole, language });
      this.#said += next.used;
      this.#queue = next.sentences;
    }
    while (this.#queue.length && this.#waiting < AHEAD) {
      const sentence = this.#queue.shift();
      this.#say(article, sentence, languageOf(sentence, language));
    }
    if (isWhole && !this.#waiting) this.stop();
  }

  #say(article, sentence, language) {
    const utterance = new SpeechSynthesisUtterance(sentence);
    utterance.lang = language;
    utterance.rate = Number(this.#rate.value);
    const ended = () => {
      if (article !== this.#article) return;
      this.#waiting -= 1;
      this.#look();
    };
    utterance.addEventListener("end", ended);
    utterance.addEventListener("error", ended);
    this.#waiting += 1;
    this.#voice.speak(utterance);
  }
}

function mark(article, isRead) {
  for (const button of article.querySelectorAll("[data-speak]")) {
    const name = phrase(isRead ? "stopReading" : "readAloud");
    button.setAttribute("aria-pressed", String(isRead));
    button.title = name;
    button.querySelector("[data-label]").textContent = name;
  }
}
