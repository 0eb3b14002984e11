// Tells the server the person's time zone, for "today" and "yesterday" in the list.

const YEAR_S = 365 * 24 * 3600;

export function rememberZone() {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  if (!timeZone || document.cookie.split("; ").includes(`zone=${timeZone}`)) return false;
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `zone=${timeZone}; Path=/; Max-Age=${YEAR_S}; SameSite=Lax${secure}`;
  return true;
}
