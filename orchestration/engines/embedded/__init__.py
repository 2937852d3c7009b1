"""Components as local processes, for machines without a container engine."""

from orchestration.engines.embedded.engine import EmbeddedEngine, embedded_info

__all__ = ["EmbeddedEngine", "embedded_info"]
