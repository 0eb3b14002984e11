// Every keyboard shortcut of the page. Pure. Letters are named by their place (`code`), so that
// they work in every layout; Alt+Shift is left free by browsers and screen readers. A single
// character can be switched off in the help sheet (WCAG 2.1.4).

export const SHORTCUTS = [
  { name: "help", key: "?", isSingle: true },
  { name: "box", key: "/", isSingle: true },
  { name: "box", key: "Escape", shift: true },
  { name: "stop", key: "Escape" },
  { name: "new", code: "KeyN", alt: true, shift: true },
  { name: "copyAnswer", code: "KeyC", alt: true, shift: true },
  { name: "copyCode", code: "KeyK", alt: true, shift: true },
  { name: "readAloud", code: "KeyR", alt: true, shift: true },
  { name: "sidebar", code: "KeyS", alt: true, shift: true },
  { name: "search", code: "KeyF", alt: true, shift: true },
];

// The shortcut that this key press is, or undefined.
export function shortcutOf(event, { isTyping, areSinglesOn = true }) {
  if (event.isComposing || event.keyCode === 229 || event.ctrlKey || event.metaKey) return undefined;
  return SHORTCUTS.find((each) => {
    if (each.isSingle) return areSinglesOn && !isTyping && !event.altKey && event.key === each.key;
    const isKey = each.code ? event.code === each.code : event.key === each.key;
    return isKey && event.altKey === Boolean(each.alt) && event.shiftKey === Boolean(each.shift);
  });
}

// As it is written on the keys.
export function keysOf({ key, code, alt, shift }) {
  const last = key === "Escape" ? "Esc" : (key ?? code.replace("Key", ""));
  return [alt && "Alt", shift && "Shift", last].filter(Boolean);
}
