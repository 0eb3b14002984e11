// What a reply took, as shown with it; the server's twin is chat/views/details.py.

const SMALLEST_COST_USD = 0.0001;

// The values by name; what is not known is empty.
export function figures({ model, usage, ...metadata }) {
  const cost = Number(metadata.cost_usd ?? 0);
  return {
    model: model ?? "",
    first: seconds(metadata.first_token_ms),
    time: seconds(metadata.processing_time_ms),
    read: count(usage?.input_tokens),
    written: count(usage?.output_tokens),
    speed: metadata.tokens_per_second == null ? "" : String(Math.round(metadata.tokens_per_second)),
    cost: cost > 0 ? `$${Math.max(cost, SMALLEST_COST_USD).toFixed(4)}` : "",
    vain: inVain(metadata.tried, model),
  };
}

// The other models that were asked; those that were passed over took no time.
function inVain(tried, answered) {
  const asked = (tried ?? []).filter(({ model, ms }) => ms != null && model !== answered);
  return [...new Set(asked.map(({ model }) => model))].join(", ");
}

// The line that is always there.
export function headline({ model, time }) {
  return [model, time].filter(Boolean).join(" · ");
}

function seconds(milliseconds) {
  return milliseconds == null ? "" : `${(milliseconds / 1000).toFixed(1)} s`;
}

function count(tokens) {
  return tokens == null ? "" : String(tokens);
}
