"""The base images that a project's overrides point to: made from packages if they are missing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from orchestration.errors import ConfigError
from orchestration.events import BuildLine, Emit
from orchestration.images import RECIPES, Recipe, build_base_image
from orchestration.ports import Clock
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
    emit: Emit,
) -> None:
    """Make those of `references` that a recipe makes; others are left to be pulled.

    So the first `up` on a machine without a registry needs no command before it. Raises ImageError.
    """
    for reference in sorted(references):
        for name in RECIPES:
            recipe = recipe_of(name, project)
            if reference.startswith(recipe.reference.partition("{")[0]):
                with (
                    step("image", name, reference, clock=clock, emit=emit),
                    connection.image_store() as store,
                ):
                    build_base_image(store, recipe, cache=cache, on_line=_told(name, emit))


def _told(component: str, emit: Emit) -> Callable[[str], None]:
    return lambda line: emit(BuildLine(component=component, line=line))
