"""All formats, by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from lint.outputs import concise, full, github, gitlab, json_report, junit, markdown, sarif
from lint.outputs.output import Output

OUTPUTS: Final[Mapping[str, Output]] = MappingProxyType(
    {
        each.name: each
        for each in (
            Output(name="full", summary="with source lines, for people", render=full.render),
            Output(name="concise", summary="one line a finding", render=concise.render),
            Output(name="json", summary="for other programs", render=json_report.render),
            Output(name="sarif", summary="SARIF 2.1.0, for code scanning", render=sarif.render),
            Output(name="github", summary="annotations of a GitHub job", render=github.render),
            Output(name="gitlab", summary="GitLab's code quality report", render=gitlab.render),
            Output(name="junit", summary="service by requirement, as tests", render=junit.render),
            Output(name="markdown", summary="a summary for a pull request", render=markdown.render),
        )
    }
)
