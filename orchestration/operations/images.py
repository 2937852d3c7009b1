"""`images build`: base images where nothing can be pulled."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from orchestration.errors import ConfigError
from orchestration.images import RECIPES, Recipe, build_base_image
from orchestration.operations.machine import project_if_any
from orchestration.operations.outcome import outcome
from orchestration.project import Project
from orchestration.wiring import Workplace


def build(
    *, names: Sequence[str] = (), engine: str | None = None, config: Path | None = None
) -> int:
    """Make the named base images, all by default; their references on stdout."""

    def command() -> int:
        workplace = Workplace.here()
        project = project_if_any(workplace, config)
        recipes = [_recipe(name, project) for name in names or RECIPES]
        with workplace.image_store(engine, project) as store:
            for recipe in recipes:
                built = build_base_image(
                    store, recipe, cache=workplace.image_cache(), on_line=_tell
                )
                print(built.reference)
        return 0

    return outcome(command)


def _recipe(name: str, project: Project | None) -> Recipe:
    recipe = RECIPES.get(name)
    if recipe is None:
        raise ConfigError(f"there is no base image {name!r}", fix=f"one of {', '.join(RECIPES)}")
    change = project.recipes.get(name) if project is not None else None
    if change is None:
        return recipe
    return recipe.with_packages(*change.packages, reference=change.reference)


def _tell(line: str) -> None:
    print(line, file=sys.stderr)
