// Where a conversation belongs in the list after something happened to it. Pure.
// "out": not in the list. "stay": where it is. "pinned", "today": first there.
// "ask": only the server can tell, by its date.

export function placeOf(conversation, known, newest) {
  if (conversation.deleted || conversation.archived) return "out";
  if (conversation.pinned) return known?.group === "pinned" ? "stay" : "pinned";
  const updated = Date.parse(conversation.updated_at ?? "");
  const isNews = !(updated <= newest);
  if (known && known.group !== "pinned") return updated > known.updated ? "today" : "stay";
  return !known && isNews ? "today" : "ask";
}
