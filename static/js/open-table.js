// A table that grows row by row. Pure.

import { lex } from "./dialect.js";

// Browsers lay out a whole table for each new row: a long one goes on as another one.
const TABLE_MAX_ROWS = 100;

export class OpenTable {
  #head;
  #token;
  #count = 0;
  #inHead = true;

  static begin(token, steps) {
    const head = token.type === "table" && /^[^\n]*\n[^\n]*\n/.exec(token.raw)?.[0];
    if (!head) return null;
    const empty = { ...token, rows: [] };
    steps.push({ type: "begin", kind: "table", token: empty });
    return new OpenTable(head, empty);
  }

  constructor(head, token) {
    this.#head = head;
    this.#token = token;
  }

  advance(source, { isWhole, links }, steps) {
    const start = this.#inHead ? this.#head.length : 0;
    this.#inHead = false;
    const end = isWhole ? source.length : source.lastIndexOf("\n") + 1;
    const { table, used } = this.#rows(source.slice(start, end), links);
    const isEnded = isWhole || start + used < end;
    const rest = isEnded ? "" : source.slice(start + used);
    const open = rest.trim() ? this.#table(rest, links) : null;
    this.#tell(table, open, steps);
    const tail = rest.trim() && !open ? lex(rest, { ...links }) : [];
    if (!isEnded) steps.push({ type: "tail", tokens: tail });
    return { used: start + used, ended: isEnded };
  }

  #tell(table, open, steps) {
    const rows = [...(table?.rows ?? [])];
    while (this.#count + rows.length > TABLE_MAX_ROWS) {
      const piece = rows.splice(0, TABLE_MAX_ROWS - this.#count);
      steps.push({ type: "rows", closed: { ...this.#token, rows: piece }, open: null });
      steps.push({ type: "end", raw: "" });
      steps.push({ type: "begin", kind: "table", token: this.#token });
      this.#count = 0;
    }
    this.#count += rows.length;
    steps.push({ type: "rows", closed: rows.length ? { ...this.#token, rows } : null, open });
  }

  // As many of these lines as are rows; mostly all.
  #rows(lines, links) {
    if (!lines) return { table: null, used: 0 };
    const all = this.#table(lines, links);
    if (all) return { table: all, used: lines.length };
    let table = null;
    let used = 0;
    for (const line of lines.match(/[^\n]*\n|[^\n]+$/g)) {
      const more = this.#table(line, links);
      if (!more) break;
      table = table ? { ...table, rows: [...table.rows, ...more.rows] } : more;
      used += line.length;
    }
    return { table, used };
  }

  // The table of these lines, unless one of them is no row.
  #table(lines, links) {
    const count = lines.split("\n").length - (lines.endsWith("\n") ? 1 : 0);
    const tokens = lex(this.#head + lines, { ...links });
    const [table] = tokens;
    return tokens.length === 1 && table.type === "table" && table.rows.length === count
      ? table
      : null;
  }
}
