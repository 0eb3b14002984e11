// A fenced code block that grows: only its new lines are looked at. Pure.

const FENCE = /^(`{3,}|~{3,})/;
// Half a line that may still become the closing fence is held back.
const MAY_CLOSE = /^ {0,3}[`~]* *$/;

export class OpenCode {
  #closing;
  #inOpeningLine = true;
  #isFirst = true;
  #shown = 0;

  static begin(token, steps) {
    const fence = token.type === "code" && FENCE.exec(token.raw);
    if (!fence || !token.raw.includes("\n")) return null;
    steps.push({ type: "begin", kind: "code", token: { ...token, text: "" } });
    return new OpenCode(fence[1]);
  }

  constructor(marker) {
    this.#closing = new RegExp(`^ {0,3}${marker}[~\`]* *$`);
  }

  advance(source, { isWhole }, steps) {
    let used = 0;
    let text = "";
    let ended = isWhole;
    if (this.#inOpeningLine) used = source.indexOf("\n") + 1;
    this.#inOpeningLine = false;
    for (;;) {
      const end = source.indexOf("\n", used);
      const line = source.slice(used, end < 0 ? undefined : end);
      if ((end >= 0 || isWhole) && this.#closing.test(line)) {
        used += line.length;
        ended = true;
        break;
      }
      if (end < 0) {
        if (isWhole) used = source.length;
        if (line && (isWhole || !MAY_CLOSE.test(line))) text += this.#part(line);
        break;
      }
      text += this.#part(line);
      this.#isFirst = false;
      this.#shown = 0;
      used = end + 1;
    }
    if (text) steps.push({ type: "code", text });
    return { used, ended };
  }

  // What of this line is not shown yet. The line end before it comes with it: the last one of a
  // block is not part of the code.
  #part(line) {
    const lineEnd = this.#isFirst || this.#shown ? "" : "\n";
    const part = lineEnd + line.slice(this.#shown);
    this.#shown = line.length;
    return part;
  }
}
