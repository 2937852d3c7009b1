"""`images build`: base images where nothing can be pulled."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from orchestration.base_images import recipe_of
from orchestration.images import RECIPES, build_base_image
from orchestration.operations.machine import project_if_any
from orchestration.operations.outcome import outcome
from orchestration.wiring import Workplace


def build(
    *, names: Sequence[str] = (), engine: str | None = None, config: Path | None = None
) -> int:
    """Make the named base images, all by default; their references on stdout."""

    def command() -> int:
        workplace = Workplace.here()
        project = project_if_any(workplace, config)
        recipes = [recipe_of(name, project) for name in names or RECIPES]
        with (
            workplace.connect(engine, project) as connection,
            connection.image_store() as store,
        ):
            for recipe in recipes:
                built = build_base_image(
                    store, recipe, cache=workplace.image_cache(), on_line=_tell
                )
                print(built.reference)
        return 0

    return outcome(command)


def _tell(line: str) -> None:
    print(line, file=sys.stderr)
