"""The Invoke menu of this repository: `invoke --list`."""

from invoke.collection import Collection

import lint.tasks
import orchestration.tasks

namespace = Collection(
    **orchestration.tasks.namespace.collections,
    **lint.tasks.namespace.collections,
)

__all__ = ["namespace"]
