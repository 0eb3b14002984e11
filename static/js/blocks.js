// Cuts a growing markdown text into what is final and what may still change, so that no step
// costs more than a bounded piece of it. Pure.

import { completeLines, cutBefore, finalBlocks } from "./finality.js";
import { OpenCode } from "./open-code.js";
import { OpenList } from "./open-list.js";
import { OpenTable } from "./open-table.js";
import { lex } from "./dialect.js";
import { openMath } from "./math-syntax.js";

const GROWING = [OpenCode, OpenList, OpenTable];
// What a formula may follow without a blank line.
const PLAIN = ["paragraph", "space", "heading", "hr", "def", "mathBlock"];
// A single block longer than this is cut at a line end: no person writes one, a hostile text may.
const BLOCK_MAX_CHARS = 16_000;

export class Blocks {
  #from = 0;
  #growing = null;
  #grownFrom = 0;
  #notGrowingAt = -1;
  #links = {};

  // The steps since the last call, in order; `isWhole`: nothing follows any more.
  //   closed { tokens, raw }   blocks that are final
  //   begin { kind, token }    a code block, list or table begins to grow, by steps of its own:
  //     code { text }, items { closed, open, isLoose }, rows { closed, open }
  //   end { raw }              it is final
  //   tail { tokens }          what follows, made anew in each call
  advance(text, isWhole = false) {
    const source = text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text;
    const steps = [];
    while (!this.#step(source, isWhole, steps)) continue;
    return steps;
  }

  // Definitions ("[name]: address") seen so far.
  get links() {
    return this.#links;
  }

  // Returns whether everything that is there has been looked at.
  #step(source, isWhole, steps) {
    const rest = source.slice(this.#from);
    if (!this.#growing) return this.#blocks(rest, isWhole, steps);
    const { used, ended } = this.#growing.advance(rest, { isWhole, links: this.#links }, steps);
    this.#from += used;
    if (!ended) return true;
    this.#growing = null;
    // What could not be taken by growing is taken whole.
    if (!used) this.#notGrowingAt = this.#from;
    steps.push({ type: "end", raw: source.slice(this.#grownFrom, this.#from) });
    return false;
  }

  #blocks(rest, isWhole, steps) {
    const final = isWhole ? this.#lex(rest) : finalBlocks(this.#lexOpen(completeLines(rest)));
    const open = final.length ? rest.slice(this.#close(final, steps)) : rest;
    const tail = isWhole ? [] : this.#lexOpen(open);
    // Half a line of spaces may still be the indentation of what follows.
    if (/^\s*\n$/.test(tail[0]?.raw)) this.#from += tail.shift().raw.length;
    const growing = this.#from !== this.#notGrowingAt && begin(tail, open, steps);
    if (growing) {
      this.#growing = growing;
      this.#grownFrom = this.#from;
      return false;
    }
    if (open.length > BLOCK_MAX_CHARS && !isWhole) {
      const piece = open.trimStart();
      this.#from += open.length - piece.length;
      this.#close(this.#lex(piece.slice(0, cutBefore(piece))), steps);
      return false;
    }
    steps.push({ type: "tail", tokens: tail });
    return true;
  }

  // A formula that is not closed yet takes everything after it: "+ b" in it begins no list.
  #lexOpen(rest) {
    const at = openMath(rest);
    if (at === null) return this.#lex(rest);
    const before = this.#lex(rest.slice(0, at));
    if (at > 0 && !PLAIN.includes(before.at(-1).type)) return this.#lex(rest);
    const raw = rest.slice(at);
    return [...before, { type: "mathBlock", raw, tex: raw, isOpen: true }];
  }

  #lex(source) {
    return lex(source, { ...this.#links });
  }

  // Returns their length.
  #close(tokens, steps) {
    const raw = tokens.map((token) => token.raw).join("");
    this.#from += raw.length;
    for (const { type, tag, href, title } of tokens) {
      if (type === "def" && !Object.hasOwn(this.#links, tag)) this.#links[tag] = { href, title };
    }
    steps.push({ type: "closed", tokens, raw });
    return raw.length;
  }
}

function begin(tail, source, steps) {
  // Half a line may still turn out to be something else.
  if (!tail.length || !source.trimStart().includes("\n")) return null;
  for (const Growing of GROWING) {
    const growing = Growing.begin(tail[0], steps);
    if (growing) return growing;
  }
  return null;
}
