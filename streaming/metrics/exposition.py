"""The figures in Prometheus' text format: the installation's from Redis, and a process' own."""

from collections.abc import Iterable, Iterator
from typing import cast

from django.conf import settings
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from streaming import redis as keys
from streaming.circuits import CLOSED, HALF_OPEN, OPEN, State, states
from streaming.metrics.families import BUCKETS_SECONDS, COUNTERS, HISTOGRAMS, Family, parts

Counts = dict[str, dict[tuple[str, ...], float]]


def exposition(own: Iterable[Metric] = ()) -> bytes:
    """All figures, with those of this process. Raises RedisError."""
    kept = cast(dict[bytes, bytes], keys.sync_client().hgetall(keys.metrics_key()))
    counts: Counts = {}
    for name, value in kept.items():
        family, labels = parts(name.decode())
        counts.setdefault(family, {})[labels] = float(value)
    registry = CollectorRegistry()
    registry.register(_Figures(counts, states(map(str, settings.CHAT_MODELS.models)), own))
    return generate_latest(registry)


class _Figures(Collector):
    def __init__(self, counts: Counts, circuits: Iterable[State], own: Iterable[Metric]) -> None:
        self._counts = counts
        self._own = own
        self._circuits = circuits

    def collect(self) -> Iterator[Metric]:
        for family in COUNTERS:
            yield self._counter(family)
        for family in HISTOGRAMS:
            yield self._histogram(family)
        circuit = GaugeMetricFamily(
            "rivulet_circuit",
            "1 for the state of a model's circuit breaker.",
            labels=["model", "state"],
        )
        for one in self._circuits:
            for name in (CLOSED, OPEN, HALF_OPEN):
                circuit.add_metric([one.model, name], float(one.name == name))
        yield circuit
        yield from self._own

    def _counter(self, family: Family) -> Metric:
        metric = CounterMetricFamily(f"rivulet_{family.name}", family.help, labels=family.labels)
        for labels, value in sorted(self._counts.get(family.name, {}).items()):
            metric.add_metric(labels, value)
        return metric

    def _histogram(self, family: Family) -> Metric:
        metric = HistogramMetricFamily(f"rivulet_{family.name}", family.help, labels=family.labels)
        sums = self._counts.get(f"{family.name}_sum", {})
        counted = self._counts.get(f"{family.name}_bucket", {})
        for labels in sorted({labels[:-1] for labels in counted}):
            total, buckets = 0.0, []
            for bound in (*BUCKETS_SECONDS, float("inf")):
                total += counted.get((*labels, f"{bound:g}"), 0.0)
                buckets.append(("+Inf" if bound == float("inf") else f"{bound:g}", total))
            metric.add_metric(labels, buckets, sums.get(labels, 0.0))
        return metric
