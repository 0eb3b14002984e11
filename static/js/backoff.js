// When to try the connection again. Pure: `random` is a number from 0 to 1.

import { CLOSE } from "./protocol.js";

const FIRST_MS = 400;
const LONGEST_MS = 15_000;
const FIRST_BESIDE_MS = 4_000;
const LONGEST_BESIDE_MS = 60_000;
const AFTER_FLOOD_MS = 5_000;
const GOING_AWAY_MS = 250;

// Half fixed, half random: never at once, and never everybody together.
export function backoff(attempt, random) {
  const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** attempt);
  return ceiling / 2 + (ceiling / 2) * random;
}

// How long a socket is left alone while there is a way around it.
export function delayBeside(attempt, random) {
  return Math.min(LONGEST_BESIDE_MS, FIRST_BESIDE_MS * 2 ** attempt) * (0.75 + random / 2);
}

export function delayAfter(closeCode, attempt, random) {
  // Another instance is ready to answer; the jitter only keeps its door from being stormed.
  if (attempt === 0 && CLOSE.goingAway.includes(closeCode)) return GOING_AWAY_MS * random;
  const delay = backoff(attempt, random);
  return closeCode === CLOSE.flood ? Math.max(AFTER_FLOOD_MS, delay) : delay;
}
