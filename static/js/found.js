// A result of the search leads to a message: shows it, and where it is.

export function showFound(transcript) {
  const messageId = new URLSearchParams(location.search).get("at");
  const article = messageId && transcript.byId(messageId);
  if (!article) return false;
  article.scrollIntoView({ block: "center" });
  article.dataset.found = "";
  return true;
}
