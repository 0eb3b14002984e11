// How much of the budget is left, as the last answer has told: a quiet line above the box.

import { phrase } from "./phrases.js";

export function showBudget(element, budget) {
  if (!element || !budget) return;
  const words = budget.level === "hard" ? "budgetHard" : "budgetSoft";
  element.textContent = phrase(words, { percent: budget.percent });
  element.hidden = false;
}
