from __future__ import annotations

from datastorage.metrics import Metrics


def test_metrics_are_prometheus_text() -> None:
    metrics = Metrics()
    metrics.observe("GET", "/a", 200, 0.25)
    metrics.observe("GET", "/a", 404, 0.5)
    metrics.looked_up("hit")

    samples = [line for line in metrics.render().splitlines() if not line.startswith("#")]

    assert samples == [
        'datastorage_requests_total{method="GET",route="/a",status="200"} 1',
        'datastorage_requests_total{method="GET",route="/a",status="404"} 1',
        'datastorage_request_seconds_sum{route="/a"} 0.750000',
        'datastorage_request_seconds_count{route="/a"} 2',
        'datastorage_cache_lookups_total{result="hit"} 1',
        'datastorage_cache_lookups_total{result="miss"} 0',
    ]
