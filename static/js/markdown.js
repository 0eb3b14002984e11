// Shows a growing markdown text: finished blocks stay as they are, only the tail is made anew.

import { Blocks, hasDefinitions } from "./blocks.js";
import { dressCode } from "./code.js";
import { dialect } from "./dialect.js";
import { toFragment } from "./markup.js";

export class MarkdownView {
  #element;
  #blocks;
  #shown = "";
  #tail = [];

  constructor(element) {
    this.#element = element;
    this.clear();
  }

  clear() {
    this.#element.replaceChildren();
    this.#blocks = new Blocks();
    this.#shown = "";
    this.#tail = [];
  }

  render(text) {
    if (text === this.#shown) return;
    if (!text.startsWith(this.#shown)) this.clear();
    this.#shown = text;
    const { closed, tail } = this.#blocks.advance(text);
    if (!closed.length && this.#growCode(tail)) return;
    for (const node of this.#tail) node.remove();
    if (closed.length) {
      const fragment = toFragment(closed);
      dressCode(fragment, { highlight: true });
      this.#element.append(fragment);
    }
    const fragment = toFragment(tail);
    dressCode(fragment, { highlight: false });
    this.#tail = [...fragment.childNodes];
    this.#element.append(fragment);
  }

  // The last render: nothing is open any more.
  finish(text) {
    if (hasDefinitions(text)) {
      this.clear();
      this.#element.append(toFragment(dialect.lexer(text)));
    } else {
      this.render(text);
    }
    dressCode(this.#element, { highlight: true });
    this.#tail = [];
  }

  // A long open code block only gets its new characters: selection and scroll position stay.
  #growCode(tail) {
    const [token, ...rest] = tail;
    const [node, ...others] = this.#tail.filter((each) => each.nodeType === Node.ELEMENT_NODE);
    if (token?.type !== "code" || rest.length || others.length) return false;
    if (!node?.matches("figure.code")) return false;
    const code = node.querySelector("code");
    const language = node.querySelector(".code-language").textContent;
    if (language !== (token.lang ?? "") || !token.text.startsWith(code.textContent)) return false;
    const grown = token.text.slice(code.textContent.length);
    if (code.firstChild) code.firstChild.appendData(grown);
    else code.append(grown);
    return true;
  }
}
