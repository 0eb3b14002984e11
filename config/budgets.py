"""What may be spent (docs/costs.md), read from the environment."""

from config.env import dollars, env, refuse

# What one person may spend, unless the admin says otherwise for them, and what all may.
CHAT_BUDGET_PERIOD = env.str("CHAT_BUDGET_PERIOD", "") or "month"
if CHAT_BUDGET_PERIOD not in ("month", "day"):
    refuse(f"CHAT_BUDGET_PERIOD must be month or day, not {CHAT_BUDGET_PERIOD!r}")
CHAT_BUDGET_PERSON_SOFT_USD = dollars("CHAT_BUDGET_PERSON_SOFT_USD")
CHAT_BUDGET_PERSON_HARD_USD = dollars("CHAT_BUDGET_PERSON_HARD_USD")
CHAT_BUDGET_SOFT_USD = dollars("CHAT_BUDGET_SOFT_USD")
CHAT_BUDGET_HARD_USD = dollars("CHAT_BUDGET_HARD_USD")
# What a reply that is under way is counted with.
CHAT_BUDGET_RESERVE_USD = dollars("CHAT_BUDGET_RESERVE_USD", "0.01")
for _whose, _soft, _hard in (
    ("PERSON_", CHAT_BUDGET_PERSON_SOFT_USD, CHAT_BUDGET_PERSON_HARD_USD),
    ("", CHAT_BUDGET_SOFT_USD, CHAT_BUDGET_HARD_USD),
):
    if _soft is not None and _hard is not None and _soft > _hard:
        refuse(f"CHAT_BUDGET_{_whose}SOFT_USD must not be more than CHAT_BUDGET_{_whose}HARD_USD")
