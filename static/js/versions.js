// ‹ 2/3 › under a message that has versions.

import { phrase } from "./phrases.js";

export function showVersions(article, versions, transcript) {
  if (!versions || versions.count < 2) return;
  let group = article.querySelector(".versions");
  if (!group) {
    group = transcript.part(article.dataset.role, ".versions");
    place(article, group);
  }
  const { index, count, previous_id: previous, next_id: next } = versions;
  group.setAttribute("aria-label", phrase("versionOf", { index, count }));
  group.querySelector(".versions-place").textContent = `${index}/${count}`;
  step(group, "previous", previous);
  step(group, "next", next);
}

// What the server has made takes the place of what is there.
export function takeVersions(article, fresh) {
  const group = fresh.querySelector(".versions");
  article.querySelector(".versions")?.remove();
  if (group) place(article, group);
}

export function stepButton(article, name) {
  const group = article?.querySelector(".versions");
  return (
    group?.querySelector(`[data-step=${name}]:not(:disabled)`) ??
    group?.querySelector("[data-step]:not(:disabled)")
  );
}

function place(article, group) {
  const actions = article.querySelector(".message-actions");
  // On the side where the message is: what is hidden beside it keeps its place.
  if (article.dataset.role === "user") actions.append(group);
  else actions.querySelector("[data-copy]").before(group);
}

function step(group, name, messageId) {
  const button = group.querySelector(`[data-step=${name}]`);
  button.dataset.message = messageId ?? "";
  button.disabled = !messageId;
}
