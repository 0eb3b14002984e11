// The lines of a code block in parts of bounded length: what grows at its end makes the browser
// lay out the last part only.

const PART_LINES = 60;

export class CodeParts {
  #code;
  #part = null;
  #lines = 0;

  constructor(code) {
    this.#code = code;
  }

  // `className` for a coloured word.
  append(text, className = "") {
    let from = 0;
    while (from < text.length) {
      if (!this.#part || this.#lines >= PART_LINES) this.#begin();
      const to = this.#endOfPart(text, from);
      this.#put(text.slice(from, to), className);
      from = to;
    }
  }

  // Steps for `inSlices`: one run of equal colour each.
  *fill(runs) {
    for (const [text, className] of runs) {
      this.append(text, className);
      yield;
    }
  }

  #begin() {
    this.#part = document.createElement("span");
    this.#part.className = "code-part";
    this.#code.append(this.#part);
    this.#lines = 0;
  }

  #endOfPart(text, from) {
    let to = from;
    while (this.#lines < PART_LINES) {
      const end = text.indexOf("\n", to);
      if (end < 0) return text.length;
      to = end + 1;
      this.#lines += 1;
    }
    return to;
  }

  #put(text, className) {
    const last = this.#part.lastChild;
    if (className) {
      const word = document.createElement("span");
      word.className = className;
      word.textContent = text;
      this.#part.append(word);
    } else if (last?.nodeType === Node.TEXT_NODE) {
      last.appendData(text);
    } else {
      this.#part.append(text);
    }
  }
}
