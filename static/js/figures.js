// What a reply took, as shown with it; the server's twin is chat/views/details.py.

const SMALLEST_COST_USD = 0.0001;
const COST_DECIMALS = 4;
const SHORTEST_SECONDS = 0.1;

// The values by name, as they are written in that language; what is not known is empty.
export function figures({ model, usage, ...metadata }, language = "en") {
  const number = (value, decimals = 0) => (value == null ? "" : written(language, value, decimals));
  const seconds = (ms) => {
    if (ms == null) return "";
    // Never as nothing: an answer that is known is there at once.
    const below = ms / 1000 >= SHORTEST_SECONDS ? "" : "<\u00a0";
    return `${below}${number(Math.max(ms / 1000, SHORTEST_SECONDS), 1)}\u00a0s`;
  };
  const cost = Number(metadata.cost_usd ?? 0);
  const saved = savedBy(metadata.tried);
  return {
    model: model ?? "",
    first: seconds(metadata.first_token_ms),
    time: seconds(metadata.processing_time_ms),
    read: number(usage?.input_tokens),
    cached: usage?.cached_tokens ? number(usage.cached_tokens) : "",
    written: number(usage?.output_tokens),
    speed: number(metadata.tokens_per_second),
    cost: cost > 0 ? dollars(language, Math.max(cost, SMALLEST_COST_USD)) : "",
    saved: saved >= SMALLEST_COST_USD ? dollars(language, saved) : "",
    vain: inVain(metadata.tried, model),
  };
}

// The other models that were asked; those that were passed over took no time.
function inVain(tried, answered) {
  const asked = (tried ?? []).filter(({ model, ms }) => ms != null && model !== answered);
  return [...new Set(asked.map(({ model }) => model))].join(", ");
}

// What the providers' caches have saved; filling one costs, and may cost more than it saves.
function savedBy(tried) {
  return (tried ?? []).reduce((sum, { saved_usd: saved }) => sum + Number(saved ?? 0), 0);
}

// The line that is always there.
export function headline({ model, time }) {
  return [model, time].filter(Boolean).join(" · ");
}

function written(language, value, decimals, options = {}) {
  return new Intl.NumberFormat(language, {
    minimumFractionDigits: decimals, maximumFractionDigits: decimals, ...options,
  }).format(value);
}

function dollars(language, value) {
  const options = { style: "currency", currency: "USD", currencyDisplay: "narrowSymbol" };
  return written(language, value, COST_DECIMALS, options);
}
