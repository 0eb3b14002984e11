// What of a growing text is final. Pure.

// Half a line may still turn out to continue the block before it ("*" begins a list, "**bold**"
// does not), so only complete lines tell what is final: each block that another one follows.
export function finalBlocks(tokens) {
  // An open formula may turn out to be text, and then the paragraph before it goes on.
  const blocks = tokens.at(-1)?.isOpen ? tokens.slice(0, -1) : tokens;
  return blocks.slice(0, Math.max(0, blocks.findLastIndex(({ type }) => type !== "space")));
}

export function completeLines(source) {
  return source.slice(0, source.lastIndexOf("\n") + 1);
}

// Where to cut a text that has become too long.
export function cutBefore(text) {
  return [text.lastIndexOf("\n"), text.lastIndexOf(" ")].find((at) => at > 0) ?? text.length;
}
