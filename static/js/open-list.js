// A list that grows: an item is final once the first line of the next one is complete. Pure.

import { lex } from "./dialect.js";
import { completeLines, cutBefore, finalBlocks } from "./finality.js";

const ITEM_MAX_CHARS = 16_000;

export class OpenList {
  #isLoose = false;

  static begin(token, steps) {
    if (token.type !== "list") return null;
    steps.push({ type: "begin", kind: "list", token: { ...token, items: [] } });
    return new OpenList();
  }

  advance(source, { isWhole, links }, steps) {
    const complete = lex(isWhole ? source : completeLines(source), { ...links });
    const [list] = complete;
    if (list?.type !== "list") {
      this.#tell({ type: "list", items: [] }, 0, steps);
      return { used: 0, ended: true };
    }
    this.#isLoose ||= list.loose;
    if (isWhole || finalBlocks(complete).length) {
      this.#tell(list, list.items.length, steps);
      return { used: list.raw.length, ended: true };
    }
    const count = list.items.length - 1;
    const used = lengthOf(list.items.slice(0, count));
    if (source.length - used > ITEM_MAX_CHARS) {
      return this.advance(source.slice(0, cutBefore(source)), { isWhole: true, links }, steps);
    }
    const tokens = source.endsWith("\n") ? complete : lex(source, { ...links });
    const grown = tokens[0]?.type === "list" && tokens[0].items.length >= count;
    this.#tell(grown ? tokens[0] : list, count, steps);
    steps.push({ type: "tail", tokens: grown ? tokens.slice(1) : [] });
    return { used, ended: false };
  }

  #tell(list, count, steps) {
    const isLoose = this.#isLoose;
    const items = isLoose && !list.loose ? list.items.map(loosened) : list.items;
    const part = (from, to) => ({ ...list, loose: isLoose, items: items.slice(from, to) });
    steps.push({ type: "items", closed: part(0, count), open: part(count), isLoose });
  }
}

function lengthOf(items) {
  return items.reduce((sum, { raw }) => sum + raw.length, 0);
}

// One blank line between two items makes paragraphs of all items' texts.
export function loosened(item) {
  if (item.loose) return item;
  const tokens = item.tokens.map((token) =>
    token.type === "text" ? { ...token, type: "paragraph" } : token,
  );
  if (tokens[0]?.type === "checkbox") {
    const [box, first] = tokens;
    if (first?.type === "paragraph") {
      tokens.splice(0, 2, { ...first, tokens: [box, ...first.tokens] });
    } else {
      tokens[0] = { type: "paragraph", raw: box.raw, text: box.raw, tokens: [box] };
    }
  }
  return { ...item, loose: true, tokens };
}
