// Model, length, time, speed and cost in one line; the server's twin is chat/views/shown.py.

const SMALLEST_COST_USD = 0.0001;

export function figures(metadata, tokensWord) {
  const { model, usage, processing_time_ms: ms, tokens_per_second: speed } = metadata;
  const cost = Number(metadata.cost_usd ?? 0);
  return [
    model,
    usage?.output_tokens != null && `${usage.output_tokens} ${tokensWord}`,
    ms != null && `${(ms / 1000).toFixed(1)} s`,
    speed != null && `${Math.round(speed)} tok/s`,
    cost > 0 && `$${Math.max(cost, SMALLEST_COST_USD).toFixed(4)}`,
  ]
    .filter(Boolean)
    .join(" · ");
}
