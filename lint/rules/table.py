"""All rules, in the order of their codes."""

from __future__ import annotations

from typing import Final

from lint.rules import (
    cleanup_without_effect,
    compose_file,
    compose_invocation,
    constant_local_tag,
    contradicted_claim,
    duplicated_infrastructure,
    expired_exemption,
    fixed_sleep_wait,
    forbidden_advice,
    malformed_suppression,
    missing_cleanup,
    mutable_image_tag,
    orphan_compose_file,
    port_collision,
    registry_pull,
    shell_container_script,
    skip_instead_of_fail,
    stale_citation,
    stale_comment,
    start_order,
    start_without_wait,
    unparsable,
    unregistered_port,
    unused_suppression,
)
from lint.rules.rule import Rule

RULES: Final[tuple[Rule, ...]] = (
    compose_invocation.RULE,
    compose_file.RULE,
    shell_container_script.RULE,
    mutable_image_tag.RULE,
    constant_local_tag.RULE,
    registry_pull.RULE,
    orphan_compose_file.RULE,
    stale_citation.RULE,
    stale_comment.RULE,
    forbidden_advice.RULE,
    contradicted_claim.RULE,
    start_order.RULE,
    start_without_wait.RULE,
    fixed_sleep_wait.RULE,
    port_collision.RULE,
    unregistered_port.RULE,
    unparsable.RULE,
    unused_suppression.RULE,
    expired_exemption.RULE,
    malformed_suppression.RULE,
    duplicated_infrastructure.RULE,
    missing_cleanup.RULE,
    cleanup_without_effect.RULE,
    skip_instead_of_fail.RULE,
)
