// A part of a page, made by the server: the same templates as without scripts.

const PATIENCE_MS = 15_000;

export async function fragment(address, { signal = AbortSignal.timeout(PATIENCE_MS) } = {}) {
  const response = await fetch(address, { signal });
  // To sign in: the session has ended.
  if (response.redirected) location.reload();
  if (!response.ok || response.redirected) throw new Error(`${response.status}`);
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const part = document.createDocumentFragment();
  part.append(...page.body.childNodes);
  return part;
}
