"""Which models there are: `provider:model` lists of the environment, in tiers."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

Tier = Literal["edge", "regional", "cloud"]
PROVIDERS = ("anthropic", "openai", "local")

# Used for a provider whose key is set while no list names a model.
DEFAULT_CLOUD = {"anthropic": "claude-sonnet-5-5", "openai": "gpt-5.5"}
DEFAULT_REGIONAL = {"anthropic": "claude-haiku-5-5", "openai": "gpt-5.4-mini"}
LOCAL_MODEL = "smollm2-135m-instruct"


class CatalogueError(ValueError):
    """A model list that cannot be read; its text is for the operator."""


@dataclass(frozen=True, slots=True)
class Model:
    """One model that can answer."""

    provider: str
    name: str
    tier: Tier
    # What fits into it, question and answer together, where not as in the lists that are known
    # (streaming/generation/prompt.py); and the longest answer asked for.
    context_tokens: int | None = None
    output_tokens_max: int = 8_192

    def __str__(self) -> str:
        return f"{self.provider}:{self.name}"


# Less than its window of 4,096: a processor reads some hundred tokens per second, and the
# first token has a deadline.
LOCAL = Model("local", LOCAL_MODEL, "regional", context_tokens=2048, output_tokens_max=512)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The models of each tier, in the order in which they are asked.

    ``spare`` is the local model where no list names it: it answers when nobody else does.
    """

    cloud: tuple[Model, ...]
    regional: tuple[Model, ...]
    spare: tuple[Model, ...] = ()

    @property
    def models(self) -> tuple[Model, ...]:
        return self.cloud + self.regional + self.spare

    @property
    def default(self) -> Model:
        return self.models[0]

    @property
    def needs_local_model(self) -> bool:
        return any(model.provider == "local" for model in self.models)


def read(
    *,
    cloud: list[str],
    regional: list[str],
    keys: dict[str, bool],
    openai_base_url: str,
    local_model: bool | None,
    endpoints: Collection[str] = (),
) -> Catalogue:
    """Build the catalogue from the environment's words.

    ``keys`` tells for each provider whether its key is set; ``local_model`` is None where
    `CHAT_LOCAL_MODEL` is not given; ``endpoints`` are the names of `CHAT_ENDPOINTS`. Raises
    CatalogueError.
    """
    named = bool(cloud or regional)
    if endpoints and not (named or any(keys.values()) or local_model):
        raise CatalogueError(
            "CHAT_ENDPOINTS is set but no model is named: "
            f"set CHAT_CLOUD_MODELS={min(endpoints)}:<model>"
        )
    if openai_base_url and not named and not keys["openai"]:
        raise CatalogueError(
            "OPENAI_BASE_URL is set but no model is named: set CHAT_CLOUD_MODELS=openai:<model>"
        )
    if not named:
        cloud = [f"{provider}:{DEFAULT_CLOUD[provider]}" for provider in keys if keys[provider]]
        regional = [
            f"{provider}:{DEFAULT_REGIONAL[provider]}" for provider in keys if keys[provider]
        ]
    regional_models = _parse("CHAT_REGIONAL_MODELS", regional, "regional", endpoints)
    cloud_models = _parse("CHAT_CLOUD_MODELS", cloud, "cloud", endpoints)
    for model in cloud_models + regional_models:
        if model.provider == "anthropic" and not keys["anthropic"]:
            raise CatalogueError(f"{model} needs ANTHROPIC_API_KEY")
        if model.provider == "openai" and not (keys["openai"] or openai_base_url):
            raise CatalogueError(f"{model} needs OPENAI_API_KEY or OPENAI_BASE_URL")
    both = {str(model) for model in cloud_models} & {str(model) for model in regional_models}
    if both:
        raise CatalogueError(f"CHAT_REGIONAL_MODELS: {min(both)!r} stands in CHAT_CLOUD_MODELS too")
    nothing_else = not (cloud_models or regional_models)
    spare: tuple[Model, ...] = ()
    if local_model or (local_model is None and nothing_else):
        if LOCAL not in cloud_models + regional_models:
            spare = (LOCAL,)
    elif nothing_else:
        raise CatalogueError(
            "no model is configured: set ANTHROPIC_API_KEY, OPENAI_API_KEY, "
            "CHAT_CLOUD_MODELS or CHAT_LOCAL_MODEL=1"
        )
    return Catalogue(cloud=cloud_models, regional=regional_models, spare=spare)


def _parse(
    variable: str, words: list[str], tier: Tier, endpoints: Collection[str]
) -> tuple[Model, ...]:
    models: list[Model] = []
    for word in words:
        provider, separator, name = word.partition(":")
        if not separator or not name.strip():
            raise CatalogueError(f"{variable}: {word!r} is not of the form provider:model")
        known = (*PROVIDERS, *endpoints)
        if provider not in known:
            raise CatalogueError(
                f"{variable}: unknown provider {provider!r} (known: {', '.join(known)})"
            )
        model = LOCAL if provider == "local" else Model(provider, name.strip(), tier)
        if model in models:
            raise CatalogueError(f"{variable}: {word!r} stands there twice")
        models.append(model)
    return tuple(models)
