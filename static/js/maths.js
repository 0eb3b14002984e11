// Formulas: TeX in <code class="math"> becomes MathML. The typesetter is loaded with the first
// formula; until then, and where it understands nothing, the TeX stands there.

import { dressRegions } from "./regions.js";

const DRAWN_MAX = 300;
const OPTIONS = { throwOnError: true, trust: false, annotate: true, maxSize: [50, 50], maxExpand: 500 };
// The second wall behind `trust: false`: nothing in a formula leads or loads.
const FORBIDDEN = "[href], [src], [style*=url], a, script, img, iframe";

let typesetter = null;
let loading = null;
const drawn = new Map();

export function dressMaths(root) {
  const formulas = root.querySelectorAll("code.math");
  if (!formulas.length) return;
  if (typesetter) for (const code of formulas) replace(code);
  else load().then(() => typesetter && dressMaths(document));
}

function load() {
  loading ??= import("../vendor/temml/temml.js").then((module) => {
    typesetter = module.default;
    const sheet = document.createElement("link");
    sheet.rel = "stylesheet";
    sheet.href = document.querySelector("meta[name=maths-sheet]").content;
    document.head.append(sheet);
  }).catch(() => {
    // No connection: the TeX stands there, and the next formula tries again.
    loading = null;
  });
  return loading;
}

function replace(code) {
  const isBlock = code.classList.contains("math-block");
  const math = draw(code.textContent, isBlock);
  code.classList.remove("math");
  if (!math) return;
  const place = document.createElement("span");
  place.className = isBlock ? "formula math-block" : "formula";
  place.append(math);
  const parent = code.parentNode;
  code.replaceWith(place);
  dressRegions(parent);
}

// The same formula is drawn in every frame while the text around it grows.
function draw(tex, displayMode) {
  const name = `${displayMode} ${tex}`;
  if (!drawn.has(name)) {
    if (drawn.size >= DRAWN_MAX) drawn.delete(drawn.keys().next().value);
    drawn.set(name, typeset(tex, displayMode));
  }
  return drawn.get(name)?.cloneNode(true);
}

function typeset(tex, displayMode) {
  const place = document.createElement("span");
  try {
    typesetter.render(tex, place, { ...OPTIONS, displayMode });
  } catch {
    return null;
  }
  const math = place.firstElementChild;
  return math && !math.querySelector(FORBIDDEN) && !math.matches(FORBIDDEN) ? math : null;
}
