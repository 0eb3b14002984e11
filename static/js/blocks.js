// Cuts a growing markdown text into blocks that are final and a tail that still changes.

import { dialect } from "./dialect.js";

export class Blocks {
  #closedUpTo = 0;

  // The blocks that are final since the last call, and the tail: two lists of tokens.
  advance(text) {
    const source = text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text;
    const tokens = dialect.lexer(source.slice(this.#closedUpTo));
    const count = closedCount(tokens);
    const closed = tokens.slice(0, count);
    for (const token of closed) this.#closedUpTo += token.raw.length;
    return { closed, tail: tokens.slice(count) };
  }
}

// A block is final once the first line of a later block is complete: half a line may still turn
// out to continue it ("*" begins a list, "**bold**" does not).
function closedCount(tokens) {
  let lineEndFollows = false;
  for (let at = tokens.length - 1; at > 0; at -= 1) {
    const { type, raw } = tokens[at];
    if (type !== "space" && (lineEndFollows || raw.trimStart().includes("\n"))) return at;
    lineEndFollows ||= raw.includes("\n");
  }
  return 0;
}

// A definition ("[name]: address") may come after the blocks that use it.
export function hasDefinitions(text) {
  return /^ {0,3}\[[^\]\n]+\]:/m.test(text);
}
