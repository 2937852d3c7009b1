"""The tables of a platform for end-to-end tests."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field

from orchestration.platform import LIMIT, Loader
from orchestration.stackfile.component_tables import BuildTable
from orchestration.stackfile.table import Table
from orchestration.stackfile.values import (
    Context,
    Duration,
    FilePath,
    Image,
    KubeName,
    Name,
    PortNumber,
    Scheme,
)

MOST: Final = 256
"""Requests in flight; of writes alone a kube-apiserver lets in 200 unless told otherwise
(`--max-mutating-requests-inflight`), and it puts off the others.
"""


class AccessTable(Table):
    """How the tests reach a Service of the platform."""

    service: KubeName = Field(description="The Service's name, as the manifests have it.")
    port: PortNumber = Field(description="The number of the Service's port.")
    scheme: Scheme = Field(default="http", description="What its URL begins with.")


class E2eTable(Table):
    """A platform for end-to-end tests: what is deployed onto a cluster together."""

    service: Name | None = Field(
        default=None, description="The service it is for; the platform's own name if left out."
    )
    manifests: Annotated[list[FilePath], Field(min_length=1)] = Field(
        description="What to deploy: files of YAML or JSON, folders of them, and folders with a "
        "kustomization, which is built.",
    )
    images: dict[Image, BuildTable] = Field(
        default_factory=dict,
        description="The images that are made from this project, by the name that the manifests "
        "give them. Each run builds them under a tag of its own, and puts that in.",
    )
    access: dict[Name, AccessTable] = Field(
        default_factory=dict,
        description="The Services that the tests talk to, by a name of your choice.",
    )
    kubeconfig: FilePath | None = Field(
        default=None,
        description="The file that says where clusters are; if left out, that of KUBECONFIG, else "
        "`~/.kube/config`.",
    )
    context: Context | None = Field(
        default=None, description="Which of its contexts; its current one if left out."
    )
    kind: bool = Field(
        default=False,
        description="Whether to create a cluster with Kind for each run, and remove it again.",
    )
    load: Loader = Field(
        default="auto",
        description="How built images get to the nodes. `auto` tells by the context; `present`: "
        "they see what is built here.",
    )
    deadline: Duration = Field(
        default=300.0, description='How long deployment and wait together may take: "5m".'
    )
    limit: Annotated[int, Field(ge=1, le=MOST)] = Field(
        default=LIMIT, description=f"How many requests may be under way at once, at most {MOST}."
    )
