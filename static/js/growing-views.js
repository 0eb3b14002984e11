// How an open code block, list or table grows on the page: what is there stays as it is.

import { addColours, dressCode } from "./code.js";
import { CodeParts } from "./code-parts.js";
import { dress } from "./dress.js";
import { toFragment } from "./markup.js";
import { dressRegions } from "./regions.js";

const BLOCKS = "p, ul, ol, figure, blockquote, h1, h2, h3, h4, h5, h6, hr, .table, .math-block";

class CodeView {
  #parts;

  constructor(token) {
    const fragment = toFragment([token]);
    this.element = fragment.firstElementChild;
    this.#parts = new CodeParts(this.element.querySelector("code"));
    dressCode(fragment, { highlight: false });
    dressRegions(fragment);
  }

  code({ text }) {
    this.#parts.append(text);
  }

  end() {
    addColours(this.element);
  }
}

// Lists and tables: final parts, then the part that is made anew in each frame.
class PartsView {
  #container;
  #open = [];

  constructor(element, container) {
    this.element = element;
    this.#container = container;
  }

  show(closed, open) {
    for (const node of this.#open) node.remove();
    for (const part of closed) this.#container.append(part);
    for (const part of closed) dress(part);
    this.#open = open;
    for (const part of open) {
      this.#container.append(part);
      dress(part, { isFinal: false });
    }
  }
}

class ListView extends PartsView {
  #isLoose = false;

  constructor(token) {
    const list = toFragment([token]).firstElementChild;
    super(list, list);
  }

  items({ closed, open, isLoose }) {
    if (isLoose && !this.#isLoose) for (const item of this.element.children) loosen(item);
    this.#isLoose = isLoose;
    this.show(parts(closed), parts(open));

    function parts(token) {
      return token.items.length ? [...toFragment([token]).firstElementChild.children] : [];
    }
  }

  end() {}
}

class TableView extends PartsView {
  constructor(token) {
    const fragment = toFragment([token]);
    dressRegions(fragment);
    const frame = fragment.firstElementChild;
    const table = frame.querySelector("table");
    const body = table.tBodies[0] ?? table.appendChild(document.createElement("tbody"));
    super(frame, body);
  }

  rows({ closed, open }) {
    this.show(parts(closed), parts(open));

    function parts(token) {
      return token ? [...toFragment([token]).querySelectorAll("tbody > tr")] : [];
    }
  }

  end() {
    if (!this.element.querySelector("tbody").rows.length) this.element.querySelector("tbody").remove();
  }
}

// A blank line has come between two items: the texts of all become paragraphs.
function loosen(item) {
  let paragraph = null;
  for (const node of [...item.childNodes]) {
    const isBlock = node.nodeType === Node.ELEMENT_NODE && node.matches(BLOCKS);
    if (isBlock) paragraph = null;
    else if (paragraph) paragraph.append(node);
    else if (node.nodeType !== Node.TEXT_NODE || node.data.trim()) {
      paragraph = document.createElement("p");
      node.replaceWith(paragraph);
      paragraph.append(node);
    }
  }
}

const VIEWS = { code: CodeView, list: ListView, table: TableView };

export function growingView({ kind, token }) {
  return new VIEWS[kind](token);
}
