// A <details> menu closes on Escape and on a click elsewhere; a drawer closes on a wide screen.

export function closingMenu(menu) {
  document.addEventListener("click", (event) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
}

export function closingDrawer(drawer) {
  matchMedia("(min-width: 56rem)").addEventListener("change", ({ matches }) => {
    if (matches && drawer.matches(":popover-open")) drawer.hidePopover();
  });
}
