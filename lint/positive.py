"""What shows that a requirement holds: the evidence a verdict needs beside the lack of findings.

One function a requirement, by its name in the guidance. Each looks at what one service's live
integration entries do and answers with a judgement for the case that no rule found fault.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from lint.effects import (
    Build,
    Compose,
    Removal,
    RunsTests,
    Skip,
    Start,
    Wait,
)
from lint.model import Evidence, Judgement, Place, Status, Tier
from lint.rules.images import Role, images, role
from lint.standing import Standing, evidence
from lint.text import Text

MOST: Final = 6
"""Pieces of evidence that are listed for one requirement."""
_CREDENTIALS: Final = re.compile(r"(?<=://)[^/?#\s]*@|(?<=password=)\S+", re.IGNORECASE)
"""Of an address that a wait asks; reports go to more readers than the code."""


def _passed(found: Iterable[Evidence], reason: str = "") -> Judgement:
    seen: dict[Place, Evidence] = {}
    for one in found:
        seen.setdefault(one.place, one)
    return Judgement(status=Status.PASS, evidence=tuple(seen.values())[:MOST], reason=reason)


def _unknown(reason: str, found: Iterable[Evidence] = ()) -> Judgement:
    return Judgement(status=Status.UNKNOWN, reason=reason, evidence=tuple(found)[:MOST])


def _nothing(reason: str) -> Judgement:
    return Judgement(status=Status.NOT_APPLICABLE, reason=reason)


def _shown(word: tuple[Text, ...], instead: str = "a container") -> str:
    return word[0].shown if word and not word[0].opaque else instead


def programmatic(standing: Standing) -> Judgement:
    """R1: the suite reaches a function that starts containers."""
    if standing.starts:
        return _passed(
            evidence(start, f"the suite starts {_shown(start.image)}") for start in standing.starts
        )
    shown = [
        evidence(effect, "its infrastructure is started here instead")
        for effect in standing.infrastructure
    ]
    if standing.unresolved:
        places = [Evidence(place=one, why="not followed") for one in standing.unresolved]
        return _unknown("calls of the suite could not be followed", places)
    return Judgement(
        status=Status.FAIL,
        evidence=tuple(shown[:MOST]),
        reason="no suite of the service reaches code that starts containers",
    )


def no_compose(standing: Standing) -> Judgement:
    """R2: nothing live invokes compose, and something else starts the containers."""
    return _absent(standing, "no live entry invokes compose")


def no_scripts(standing: Standing) -> Judgement:
    """R3: no script that a suite, recipe or workflow calls handles containers."""
    return _absent(standing, "no live entry runs a shell script that handles containers")


def _absent(standing: Standing, reason: str) -> Judgement:
    if not standing.starts:
        return _unknown("nothing was found that starts its containers in code")
    return _passed(
        (evidence(start, "containers are started in code") for start in standing.starts[:1]),
        reason,
    )


def unique_tags(standing: Standing) -> Judgement:
    """R4: one tag flows from a unique source into build, run and removal."""
    builds = [
        (effect, word)
        for effect in standing.effects((*standing.suites, *standing.others))
        if isinstance(effect, Build)
        for word in effect.tags
    ]
    if not builds:
        local = [one for one in standing.starts if role(one, standing.built) is Role.APPLICATION]
        if local:
            return _unknown(
                "it runs images of the project, but no build of them was found",
                (evidence(one, f"runs {_shown(one.image)}") for one in local),
            )
        return _nothing("it builds no image")
    found: list[Evidence] = []
    for build, word in builds:
        if not word or not all(one.unique for one in word):
            known = _shown(word, "a tag that is not known")
            return _unknown(
                f"it could not be told that {known} is unique",
                [evidence(build, "built here")],
            )
        found.append(evidence(build, f"builds {_shown(word)}"))
        runs = [one for one in standing.starts if _same(one.image, word)]
        gone = [
            effect
            for effect in standing.effects((*standing.suites, *standing.others))
            if isinstance(effect, Removal)
            and effect.what == "image"
            and (not effect.names or any(_same(name, word) for name in effect.names))
        ]
        if not runs or not gone:
            what = "no run" if not runs else "no removal"
            return _unknown(f"the tag is unique, but {what} of it was found", found)
        found.append(evidence(runs[0], "runs the same tag"))
        found.append(evidence(gone[0], "removes it"))
    return _passed(found)


def _same(one: tuple[Text, ...], other: tuple[Text, ...]) -> bool:
    return any(a.parts == b.parts or (a.opaque or b.opaque) for a in one for b in other)


def local_builds(standing: Standing) -> Judgement:
    """R5: a build comes before the run of each image of the project."""
    local = [
        start
        for start in standing.containers
        if any(standing.built.local(image) and not image.public for image in images(start.image))
    ]
    if not local:
        return _nothing("it runs no image of the project")
    found: list[Evidence] = []
    for trace in (*standing.suites, *standing.others):
        before: list[Build] = []
        for effect in trace.effects:
            if isinstance(effect, Build):
                before.append(effect)
            elif isinstance(effect, Start) and effect in local:
                made = [one for one in before if any(_same(w, effect.image) for w in one.tags)]
                if not made:
                    return _unknown(
                        f"no build of {_shown(effect.image)} was found before it runs",
                        [evidence(effect, "runs here")],
                    )
                found.append(evidence(made[-1], f"builds {_shown(effect.image)}"))
                found.append(evidence(effect, "runs it"))
    return _passed(found)


def sequential(standing: Standing) -> Judgement:
    """R6: the order of the calls."""
    if not standing.starts:
        return _unknown("nothing was found that starts its containers in code")
    if len({start.at for start in standing.starts}) < 2 and len(standing.starts) < 2:
        return _nothing("it starts one container only")
    return _passed(
        evidence(start, f"{at}. {role(start, standing.built)}: {_shown(start.image)}")
        for at, start in enumerate(standing.starts, start=1)
    )


def gates(standing: Standing) -> Judgement:
    """R7: a wait stands between each start and the next."""
    if not standing.starts:
        return _unknown("nothing was found that starts its containers in code")
    found: list[Evidence] = []
    for trace in standing.suites:
        pending: Start | None = None
        for effect in trace.effects:
            if isinstance(effect, Start) and not effect.one_shot and effect in standing.starts:
                if effect.waits:
                    found.append(evidence(effect, f"{effect.api} waits until it is ready"))
                else:
                    pending = effect
            elif isinstance(effect, Wait) and pending is not None:
                found.append(evidence(pending, f"starts {_shown(pending.image)}"))
                target = _CREDENTIALS.sub("", effect.target.shown)
                found.append(evidence(effect, f"waits for {target}" if target else "waits for it"))
                pending = None
    return _passed(found) if found else _unknown("no readiness wait was found")


def unique_ports(standing: Standing) -> Judgement:
    """R8: host ports that are known, and shared with no other service."""
    found: list[Evidence] = []
    opaque: list[Evidence] = []
    for port, place in standing.composed_ports:
        found.append(Evidence(place=place, why=f"a compose file binds {port}"))
    for start in standing.containers:
        for host, inside in start.ports:
            told = f"publishes {host.shown} for {inside.shown}"
            (opaque if host.known is None else found).append(evidence(start, told))
    if found:
        return _passed(found)
    if opaque:
        return _unknown("its host ports could not be told", opaque)
    return _nothing("it publishes no fixed host port")


def shared(standing: Standing) -> Judgement:
    """R9: its calls resolve to a module that several services use."""
    if not standing.starts:
        return _unknown("nothing was found that starts its containers in code")
    users: dict[str, set[str]] = {}
    languages = {start.at.path.rpartition(".")[2] for start in standing.starts}
    for trace in standing.project.live:
        for effect in trace.effects:
            if (
                isinstance(effect, Start)
                and trace.entry.tier is Tier.INTEGRATION
                and effect.at.path.rpartition(".")[2] in languages
            ):
                users.setdefault(effect.at.path, set()).update(trace.entry.services)
    found = [
        evidence(start, f"started by {posixpath.basename(start.at.path)}, which others use too")
        for start in standing.starts
        if len(users.get(start.at.path, set()) - {standing.service.name}) > 0
    ]
    if found:
        return _passed(found)
    if any(len(names) > 1 for names in users.values()):
        return _unknown("services share helpers here, and this one's containers use none of them")
    return _nothing("no other service starts containers with helpers that it could share")


def cleanup(standing: Standing) -> Judgement:
    """R10: a removal is reachable from the after-hook."""
    found = [
        evidence(effect, "removed after the suite")
        for effect in standing.effects((*standing.suites, *standing.others))
        if isinstance(effect, Removal)
        and effect.what != "stop"
        and (effect.context.phase == "teardown")
    ]
    if found:
        return _passed(found)
    reaped = [
        evidence(start, f"{start.api} removes it by itself")
        for start in standing.starts
        if start.api.startswith("testcontainers")
    ]
    return _passed(reaped) if reaped else _unknown("no removal after the suite was found")


def fails(standing: Standing) -> Judgement:
    """R11: no skip depends on infrastructure."""
    if not standing.suites:
        return _unknown("it has no suite of the integration tier")
    skips = [one for one in standing.effects() if isinstance(one, Skip)]
    places = [
        Evidence(place=trace.entry.place, why="the suite skips nothing for want of it")
        for trace in standing.suites
    ]
    return _passed(places, f"{len(skips)} skips, none for missing infrastructure")


def documented(standing: Standing) -> Judgement:
    """S1: a README of the service speaks of its set-up."""
    words = ("podman", "container", "beforesuite", "fixture", "testcontainers", "stackwright")
    pages = [
        path
        for path in sorted(standing.project.paths)
        if posixpath.basename(path).lower().startswith("readme")
        and standing.service.name in standing.project.attribution.get(path, ())
    ]
    for path in pages:
        facts = standing.project.files.get(path)
        for mention in facts.mentions if facts else ():
            if any(word in mention.text.lower() for word in words):
                at = Place(path, mention.at.line, mention.at.column)
                return _passed([Evidence(place=at, why="describes the set-up")])
    reason = "its README does not describe it" if pages else "it has no README"
    return Judgement(status=Status.FAIL, reason=reason)


def recipes(standing: Standing) -> Judgement:
    """S2: recipes and workflows run the suite and leave the set-up to it."""
    bad = [
        evidence(effect, f"{trace.entry.kind} {trace.entry.name} sets containers up itself")
        for trace in standing.menus
        for effect in trace.effects
        if isinstance(effect, Compose | Start)
    ]
    if bad:
        return Judgement(
            status=Status.FAIL, evidence=tuple(bad[:MOST]), reason="recipes set containers up"
        )
    good = [
        evidence(effect, f"{trace.entry.kind} {trace.entry.name} runs the suite")
        for trace in standing.menus
        for effect in trace.effects
        if isinstance(effect, RunsTests)
    ]
    return _passed(good) if good else _nothing("no recipe or workflow runs its suite")


def removed(standing: Standing) -> Judgement:
    """S3: no orphaned compose file or container script of the service is left."""
    orphans = [
        Evidence(place=trace.entry.place, why="a script that nothing runs any more")
        for trace in standing.project.traces
        if trace.entry.kind == "script"
        and trace.entry.language == "shell"
        and not trace.entry.live
        and standing.service.name in trace.entry.services
        and any(isinstance(effect, Start | Compose) for effect in trace.effects)
        and "deprecated/" not in trace.entry.place.path
    ]
    if orphans:
        return Judgement(
            status=Status.FAIL, evidence=tuple(orphans[:MOST]), reason="old scripts are left"
        )
    return Judgement(status=Status.PASS, reason="no old compose file or script of it is left")


def parallel(standing: Standing) -> Judgement:
    """S4: builds of one stack run at the same time."""
    builds = [effect for effect in standing.effects() if isinstance(effect, Build)]
    if len({build.at for build in builds}) < 2 and len(builds) < 2:
        return _nothing("it builds fewer than two images")
    told = [evidence(build, "built here") for build in builds]
    if sum(build.context.concurrent for build in builds) >= 2:
        return _passed(told)
    return Judgement(
        status=Status.FAIL,
        evidence=tuple(told[:MOST]),
        reason="its images are built one after another",
    )


def citations(_standing: Standing) -> Judgement:
    """S5: code and documents of the service cite what is in force."""
    return Judgement(status=Status.PASS, reason="its files cite nothing that is superseded")


POSITIVE: Final[Mapping[str, Callable[[Standing], Judgement]]] = {
    "programmatic-setup": programmatic,
    "no-compose": no_compose,
    "no-shell-scripts": no_scripts,
    "unique-image-tags": unique_tags,
    "local-builds": local_builds,
    "sequential-startup": sequential,
    "health-gates": gates,
    "unique-ports": unique_ports,
    "shared-utilities": shared,
    "cleanup": cleanup,
    "fail-not-skip": fails,
    "documented": documented,
    "recipes-programmatic": recipes,
    "legacy-removed": removed,
    "parallel-builds": parallel,
    "current-citations": citations,
}
"""By the requirement's name, which user guidance may share."""
