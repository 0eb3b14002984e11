// A refused handshake does not say why. When the page itself is sent elsewhere, to sign in, the
// session has ended.
export async function checkSession() {
  try {
    const page = await fetch(location.href, { method: "HEAD", redirect: "manual" });
    if (page.type === "opaqueredirect") location.reload();
  } catch {
    // No network: the next attempt will tell.
  }
}
