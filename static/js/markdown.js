// Shows a growing markdown text: what is final stays as it is, the rest is made anew. Never more
// than a few milliseconds at a time: what is left is shown with the next frames.

import { Blocks } from "./blocks.js";
import { lex } from "./dialect.js";
import { dress } from "./dress.js";
import { growingView } from "./growing-views.js";
import { toFragment } from "./markup.js";
import { dressMaths } from "./maths.js";
import { inSlices, timeSlice } from "./slices.js";

const STEP_CHARS = 2_000;
const FRAME_MS = 10;
const LINKED_MAX_CHARS = 16_000;

export class MarkdownView {
  #place;
  #element;
  #blocks;
  #shown;
  #tail;
  #growing;
  #linked;

  // What the server has put there is shown until the browser has caught up with it.
  constructor(element) {
    this.#place = element;
    this.clear();
  }

  clear() {
    this.#element = document.createElement("div");
    this.#blocks = new Blocks();
    this.#shown = "";
    this.#tail = [];
    this.#growing = null;
    this.#linked = [];
  }

  // Returns whether all of the text is on the page now.
  render(text) {
    if (!text.startsWith(this.#shown)) this.clear();
    const isOver = timeSlice(FRAME_MS);
    while (this.#shown.length < text.length && !(this.#shown && isOver())) {
      this.#shown = text.slice(0, this.#shown.length + STEP_CHARS);
      this.#take(this.#blocks.advance(this.#shown));
    }
    const isDone = this.#shown === text;
    if (isDone && this.#element !== this.#place) this.#moveIn();
    return isDone;
  }

  // The last render: nothing is open any more. Returns whether it is done, like `render`.
  finish(text) {
    if (!this.render(text)) return false;
    this.#take(this.#blocks.advance(text, true));
    inSlices(this.#resolveLinks());
    return true;
  }

  #moveIn() {
    this.#place.replaceChildren(...this.#element.childNodes);
    this.#element = this.#place;
    dressMaths(this.#place);
  }

  #take(steps) {
    for (const step of steps) {
      switch (step.type) {
        case "closed":
          this.#close(step);
          break;
        case "begin":
          this.#setTail([]);
          this.#growing = growingView(step);
          this.#element.append(this.#growing.element);
          break;
        case "end":
          this.#setTail([]);
          this.#growing.end();
          this.#note(step.raw, [this.#growing.element]);
          this.#growing = null;
          break;
        case "tail":
          this.#setTail(step.tokens);
          break;
        default:
          this.#growing[step.type](step);
      }
    }
  }

  #close({ tokens, raw }) {
    this.#setTail([]);
    const fragment = toFragment(tokens);
    dress(fragment);
    this.#note(raw, [...fragment.childNodes]);
    this.#element.append(fragment);
  }

  // What may need a definition that is still to come.
  #note(raw, nodes) {
    if (raw.includes("[") && raw.length < LINKED_MAX_CHARS) this.#linked.push({ raw, nodes });
  }

  #setTail(tokens) {
    for (const node of this.#tail) node.remove();
    if (!tokens.length) {
      this.#tail = [];
      return;
    }
    const fragment = toFragment(tokens);
    dress(fragment, { isFinal: false });
    this.#tail = [...fragment.childNodes];
    this.#element.append(fragment);
  }

  // A definition ("[name]: address") may come after the blocks that use it.
  *#resolveLinks() {
    const { links } = this.#blocks;
    if (!Object.keys(links).length) return;
    for (const { raw, nodes } of this.#linked) {
      const [first, ...others] = nodes.filter((node) => node.parentNode === this.#element);
      if (!first) continue;
      for (const node of others) node.remove();
      const fragment = toFragment(lex(raw, { ...links }));
      dress(fragment);
      first.replaceWith(fragment);
      yield;
    }
  }
}
