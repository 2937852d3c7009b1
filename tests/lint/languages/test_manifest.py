"""Kubernetes objects: kinds, names and host ports."""

from __future__ import annotations

import pytest

from lint.facts import PortUse
from tests.lint.languages.shell_code import NOWHERE, stripped
from tests.lint.languages.yaml_code import facts

OBJECTS = """
    apiVersion: v1
    kind: Service
    metadata: {name: postgres}
    spec:
      type: NodePort
      ports:
        - {port: 5432, nodePort: 30432}
        - {port: 9090}
    ---
    apiVersion: v1
    kind: Pod
    metadata: {name: backup}
    spec: {containers: [{image: busybox, ports: [{containerPort: 80}]}]}
"""


def test_objects_tell_node_ports() -> None:
    found = facts(OBJECTS)
    assert stripped(found.ports) == (PortUse("postgres", 30432, NOWHERE),)
    assert [one.at.line for one in found.ports] == [8]


def test_a_list_holds_its_objects() -> None:
    found = facts(
        """
        apiVersion: v1
        kind: List
        items:
          - apiVersion: v1
            kind: Service
            metadata: {generateName: a-}
            spec: {ports: [{nodePort: 30432}]}
          - {apiVersion: v1, kind: Namespace, metadata: {name: b}}
        """
    )
    assert [(one.name, one.number) for one in found.ports] == [("a-", 30432)]


def test_a_kind_cluster_takes_ports_of_the_host() -> None:
    found = facts(
        """
        kind: Cluster
        apiVersion: kind.x-k8s.io/v1alpha4
        name: e2e
        nodes:
          - role: control-plane
            extraPortMappings:
              - {containerPort: 30432, hostPort: 25433}
        """
    )
    assert [(one.name, one.number) for one in found.ports] == [("e2e", 25433)]


@pytest.mark.parametrize("port", ["0", "70000", "http", "{{ .p }}", "-1"])
def test_what_is_no_port_is_none(port: str) -> None:
    source = f"apiVersion: v1\nkind: Service\nspec:\n  ports: [{{nodePort: '{port}'}}]\n"
    assert facts(source).ports == ()


def test_a_template_of_a_chart_is_read_without_fault() -> None:
    found = facts(
        """
        {{- if .Values.enabled }}
        apiVersion: v1
        kind: Service
        metadata:
          name: {{ include "chart.fullname" . }}
          labels:
            {{- include "chart.labels" . | nindent 4 }}
        spec:
          {{- if not .Values.internal }}
          type: {{ .Values.type }}
          {{- end }}
          ports:
            - port: {{ .Values.port }}
              nodePort: 30432
              {{- with .Values.protocol }}
              protocol:
                {{- toYaml . | nindent 12 }}
              {{- end }}
        {{- end }}
        """
    )
    assert [(one.name, one.number) for one in found.ports] == [
        ('{{ include "chart.fullname" . }}', 30432)
    ]
