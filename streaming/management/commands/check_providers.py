"""`manage.py check_providers`: which models are asked, and which are left alone for a while."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from redis.exceptions import RedisError

from streaming.circuits import OPEN, states


class Command(BaseCommand):
    help = "Prints every model's circuit breaker; fails while one of them is open."

    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            found = states(map(str, settings.CHAT_MODELS.models))
        except (RedisError, OSError) as error:
            raise SystemExit(f"rivulet: Redis does not answer: {type(error).__name__}") from None
        width = max(len(state.model) for state in found)
        for state in found:
            why = f"{state.kind}, {state.failures} failures" if state.kind else ""
            wait = f"{state.seconds:.0f} s more" if state.seconds else ""
            line = f"{state.model:{width}}  {state.name:9}  {', '.join(filter(None, (why, wait)))}"
            self.stdout.write(line.rstrip())
        if any(state.name == OPEN for state in found):
            raise SystemExit(1)
