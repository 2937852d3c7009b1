"""The base images that a project's overrides point to: made from packages if they are missing.

It takes its time from the run's: a deadline that did not hold on the first run of a machine could
not be relied on in CI, where every machine is new.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from orchestration.background import Background
from orchestration.errors import ConfigError, ImageError
from orchestration.events import BuildLine, Emit, Event
from orchestration.images import RECIPES, Recipe, build_base_image
from orchestration.patience import stop_if_asked
from orchestration.ports import Cancel, Clock
from orchestration.project import Project
from orchestration.steps import step
from orchestration.wiring import Connection


def recipe_of(name: str, project: Project | None) -> Recipe:
    """The recipe of a base image with what the project adds. Raises ConfigError."""
    recipe = RECIPES.get(name)
    if recipe is None:
        raise ConfigError(f"there is no base image {name!r}", fix=f"one of {', '.join(RECIPES)}")
    change = project.recipes.get(name) if project is not None else None
    if change is None:
        return recipe
    return recipe.with_packages(*change.packages, reference=change.reference)


def make_bases(
    references: Iterable[str],
    connection: Connection,
    project: Project,
    *,
    cache: Path,
    clock: Clock,
    cancel: Cancel,
    deadline: float,
    emit: Emit,
) -> None:
    """Make those of `references` that a recipe makes; others are left to be pulled.

    So the first `up` on a machine without a registry needs no command before it. Raises ImageError,
    also at `deadline` on the clock, and StoppedError as soon as a stop is requested: what is in the
    making then goes on by itself, and is silent.
    """
    waited = True

    def tell(event: Event) -> None:
        if waited:
            emit(event)

    def work() -> None:
        for reference in sorted(references):
            for name in RECIPES:
                recipe = recipe_of(name, project)
                if reference.startswith(recipe.reference.partition("{")[0]):
                    with (
                        step("image", name, reference, clock=clock, emit=tell),
                        connection.image_store() as store,
                    ):
                        build_base_image(store, recipe, cache=cache, on_line=_told(name, tell))

    def still() -> None:
        stop_if_asked(cancel)
        if clock.now() >= deadline:
            raise ImageError(
                "the base images were not made by the run's deadline",
                why="they are made once, and that counts as part of the start",
                fix="make them beforehand (`stackwright images build`), or raise the `deadline`",
            )

    try:
        with Background() as background:
            background.begin(work).result(still)
    finally:
        waited = False


def _told(component: str, emit: Emit) -> Callable[[str], None]:
    return lambda line: emit(BuildLine(component=component, line=line))
