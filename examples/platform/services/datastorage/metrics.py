"""Counters in the Prometheus text format, version 0.0.4."""

from __future__ import annotations

from collections import Counter
from threading import Lock

from serving.exchange import Reply, Request

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """Counts what happens; safe to call from any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._requests: Counter[tuple[str, str, int]] = Counter()
        self._seconds: dict[str, float] = {}
        self._lookups: Counter[str] = Counter(hit=0, miss=0)

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count an answered request and the time it took."""
        with self._lock:
            self._requests[method, route, status] += 1
            self._seconds[route] = self._seconds.get(route, 0.0) + seconds

    def looked_up(self, result: str) -> None:
        """Count a look into the cache: `hit` or `miss`."""
        with self._lock:
            self._lookups[result] += 1

    def render(self) -> str:
        """All counters, each with its help and type."""
        with self._lock:
            requests = sorted(self._requests.items())
            seconds = sorted(self._seconds.items())
            lookups = sorted(self._lookups.items())
        counts: Counter[str] = Counter()
        lines = [
            "# HELP datastorage_requests_total Answered requests.",
            "# TYPE datastorage_requests_total counter",
        ]
        for (method, route, status), count in requests:
            counts[route] += count
            labels = f'method="{method}",route="{route}",status="{status}"'
            lines.append(f"datastorage_requests_total{{{labels}}} {count}")
        lines += [
            "# HELP datastorage_request_seconds Time from the request's head to its answer.",
            "# TYPE datastorage_request_seconds summary",
        ]
        for route, total in seconds:
            labels = f'{{route="{route}"}}'
            lines.append(f"datastorage_request_seconds_sum{labels} {total:.6f}")
            lines.append(f"datastorage_request_seconds_count{labels} {counts[route]}")
        lines += [
            "# HELP datastorage_cache_lookups_total Looks into the cache for one action.",
            "# TYPE datastorage_cache_lookups_total counter",
        ]
        for result, count in lookups:
            lines.append(f'datastorage_cache_lookups_total{{result="{result}"}} {count}')
        return "\n".join(lines) + "\n"

    def expose(self, request: Request) -> Reply:
        """The answer to GET /metrics."""
        return Reply(body=self.render().encode(), content_type=CONTENT_TYPE)
