"""The stand-in for a language model (MOCK_LLM_MODE): rules over words, always the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from holmesgpt_api.incident import Analysis, Incident, PastAction

ALIKE = 0.3
"""The least cosine at which a past action counts as evidence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """When one of `words` occurs in an incident, `cause` and `kind` are the answer."""

    words: tuple[str, ...]
    cause: str
    kind: str
    confidence: float


RULES = (
    Rule(
        words=("oomkilled", "out of memory", "memory limit"),
        cause="the container needs more memory than its limit allows",
        kind="increase_memory_limit",
        confidence=0.8,
    ),
    Rule(
        words=("imagepull", "errimage", "manifest unknown"),
        cause="the image cannot be pulled: its name, tag or credentials are wrong",
        kind="correct_image_reference",
        confidence=0.8,
    ),
    Rule(
        words=("no space left", "disk full", "diskpressure", "volume is full"),
        cause="the volume has no space left",
        kind="expand_volume",
        confidence=0.75,
    ),
    Rule(
        words=("certificate", "x509", "tls handshake"),
        cause="a certificate is expired or not trusted",
        kind="renew_certificate",
        confidence=0.7,
    ),
    Rule(
        words=("crashloop", "back-off restarting", "exit code"),
        cause="the container ends at its start, most likely since the last change",
        kind="roll_back_deployment",
        confidence=0.6,
    ),
    Rule(
        words=("latency", "timeout", "throttl", "high cpu"),
        cause="the workload has fewer replicas than its load needs",
        kind="scale_out",
        confidence=0.55,
    ),
)
UNKNOWN = Rule(words=(), cause="no known pattern fits", kind="collect_diagnostics", confidence=0.2)


class RulesAnalyst:
    """Takes the first rule that fits; past outcomes of the same action move the confidence."""

    def analyse(self, incident: Incident, history: Sequence[PastAction]) -> Analysis:
        """The first fitting rule's answer, 0.05 surer or less sure for each past outcome."""
        text = incident.text().casefold()
        rule = next((r for r in RULES if any(word in text for word in r.words)), UNKNOWN)
        confidence = rule.confidence
        for past in history:
            alike = past.similarity is None or past.similarity >= ALIKE
            if past.kind == rule.kind and alike:
                confidence += {"succeeded": 0.05, "failed": -0.05}.get(past.outcome, 0.0)
        return Analysis(
            root_cause=rule.cause, kind=rule.kind, confidence=min(max(confidence, 0.05), 0.95)
        )
