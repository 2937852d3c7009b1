"""The accesses of a platform beside the Services of its manifests, before anything is made."""

from __future__ import annotations

from collections.abc import Sequence

from orchestration.cluster.fields import Fields
from orchestration.cluster.manifest import Manifest
from orchestration.cluster.manifest_mistakes import ManifestMistakes
from orchestration.cluster.service_ports import is_tcp, tcp_port, told_ports
from orchestration.errors import ConfigError
from orchestration.nearest import suggest
from orchestration.platform import Access, Platform


def check_accesses(platform: Platform, manifests: Sequence[Manifest]) -> None:
    """Raise ConfigError for accesses to Services that no manifest makes, then for all to ports that
    their Service does not have.

    Without any Service, something in the manifests may make them later (an operator).
    """
    services = [each for each in manifests if (each.api_version, each.kind) == ("v1", "Service")]
    made = {each.name for each in services}
    missing = [each for each in platform.access if each.service not in made]
    if not made:
        return
    if missing:
        raise ConfigError(
            f"no manifest of platform {platform.name} makes "
            + ", ".join(f"Service {each.service} (access {each.name})" for each in missing),
            fix="; ".join(dict.fromkeys(suggest(each.service, made) for each in missing))
            + f" (`service` in [e2e.{platform.name}.access])",
        )
    mistakes = ManifestMistakes()
    for access in platform.access:
        meant = [each for each in services if each.name == access.service]
        _check(access, meant, platform, mistakes)
    mistakes.raise_if_any()


def _check(
    access: Access, services: Sequence[Manifest], platform: Platform, mistakes: ManifestMistakes
) -> None:
    """One of `services`, which differ only in their namespaces, must lead to the port."""
    read = [(each.place, Fields(each.body)) for each in services]
    if any(_leads(service, access.port) for _, service in read):
        return
    place, service = read[0]
    where = f"[e2e.{platform.name}.access]"
    if _is_alias(service):
        mistakes.add(
            place,
            f"Service {access.service} is only another name for "
            f"{service.text('spec', 'externalName')}",
            fix="name that host where the tests need it, and remove access "
            f"`{access.name}` from {where}",
        )
        return
    mistakes.add(
        place,
        f"Service {access.service} has no TCP port {access.port}",
        why=f"it has {told_ports(service)}",
        fix=f"{_meant(access, service)} (`{access.name}.port` in {where}: the Service's own port, "
        "not the container's)",
    )


def _leads(service: Fields, number: int) -> bool:
    """Also where a port is no number: the API server tells what is wrong with it."""
    if any(each.count("port") is None for each in service.tables("spec", "ports")):
        return True
    return tcp_port(service, number) is not None and not _is_alias(service)


def _is_alias(service: Fields) -> bool:
    return service.text("spec", "type") == "ExternalName"


def _meant(access: Access, service: Fields) -> str:
    ports = list(filter(is_tcp, service.tables("spec", "ports")))
    # What the container listens on is written most often by mistake.
    leads = [each for each in ports if each.count("targetPort") == access.port]
    if leads:
        return f"did you mean `{leads[0].count('port')}`?"
    return suggest(
        str(access.port),
        (str(each.count("port")) for each in ports),
        nothing="add the port to the Service, or remove the access",
    )
