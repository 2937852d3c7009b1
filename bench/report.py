"""The whole outcome as text: a table per engine, what stands behind each row, the targets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from bench.contender import Contender
from bench.results import Results
from bench.stack_under_test import EngineUnderTest
from bench.table import render_engine, render_starts


def render_report(contenders: Sequence[Contender], results: Results) -> str:
    """What a run prints in the end."""
    parts = ["\nSeconds; a ratio is the median of the ratios within rounds."]
    for engine, version in results.engines.items():
        running = [each.name for each in contenders if each.obstacle(engine) is None]
        parts.append(f"\n{engine.name} {version}\n")
        parts.append(render_engine(engine.name, running, results.trials))
        parts.append("")
        parts.extend(f"- {each.name}: {each.obstacle(engine) or each.note}" for each in contenders)
        parts.extend(_failures(engine, results))
    parts.append(f"\n{render_starts(results.starts)}\n")
    parts.extend(verdict.describe() for verdict in results.verdicts)
    return "\n".join(parts)


def _failures(engine: EngineUnderTest, results: Results) -> Iterator[str]:
    """One line for each contender that failed, with its first failure."""
    failed = [each for each in results.trials if each.failure and each.engine == engine.name]
    for contender, count in Counter(each.contender for each in failed).items():
        first = next(each.failure for each in failed if each.contender == contender)
        yield f"- {contender} failed {count} times: {first}"
