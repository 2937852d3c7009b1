"""Kubernetes objects: kinds, names, images and host ports."""

from __future__ import annotations

import pytest

from lint.facts import ImageRef, PortUse
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
    apiVersion: batch/v1
    kind: CronJob
    metadata:
      name: backup
    spec:
      jobTemplate:
        spec:
          template:
            spec:
              initContainers:
                - {name: a, image: busybox:1.36}
              containers:
                - name: b
                  image: "{{ .Values.image }}:{{ .Values.tag }}"
"""


def test_objects_tell_images_and_node_ports() -> None:
    found = facts(OBJECTS)
    assert stripped(found.ports) == (PortUse("postgres", 30432, NOWHERE),)
    assert stripped(found.images) == (
        ImageRef("manifest", "busybox:1.36", NOWHERE, "backup"),
        ImageRef("manifest", "{{ .Values.image }}:{{ .Values.tag }}", NOWHERE, "backup"),
    )
    assert [one.at.line for one in found.images] == [21, 24]


def test_a_list_holds_its_objects() -> None:
    found = facts(
        """
        apiVersion: v1
        kind: List
        items:
          - apiVersion: v1
            kind: Pod
            metadata: {generateName: a-}
            spec: {containers: [{image: x}]}
          - {apiVersion: v1, kind: Namespace, metadata: {name: b}}
        """
    )
    assert [(one.image, one.owner) for one in found.images] == [("x", "a-")]


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
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: {{ include "chart.fullname" . }}
          labels:
            {{- include "chart.labels" . | nindent 4 }}
        spec:
          {{- if not .Values.autoscaling }}
          replicas: {{ .Values.replicas }}
          {{- end }}
          template:
            spec:
              containers:
                - name: {{ .Chart.Name }}
                  image: {{ .Values.image }}
                  {{- with .Values.resources }}
                  resources:
                    {{- toYaml . | nindent 12 }}
                  {{- end }}
        {{- end }}
        """
    )
    assert [(one.owner, one.image) for one in found.images] == [
        ('{{ include "chart.fullname" . }}', "{{ .Values.image }}")
    ]


def test_aliases_of_aliases_are_walked_once_in_a_while() -> None:
    lines = ["apiVersion: v1", "kind: Pod", "k0: &a0 {containers: [{image: x}]}"]
    lines += [f"k{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 60)]
    assert len(facts("\n".join(lines)).images) == 1


def test_a_definition_of_a_kind_and_other_documents_have_no_images() -> None:
    spec = "spec: {containers: [{image: x}]}\n"
    assert facts(f"apiVersion: v1\nkind: CustomResourceDefinition\n{spec}").images == ()
    assert facts(f"apiVersion: v1\n{spec}").images == ()
