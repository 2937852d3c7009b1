"""Base images made from the distribution's own packages, for machines that cannot pull any.

`build_base_image` is the whole of it: a `Recipe` says what goes in, apt says which versions, and
an `ImageStore` (an engine) receives the result. Nothing here speaks to a registry or names a
mirror: the machine's own apt configuration decides where packages come from.
"""

from orchestration.images.base_image import BuiltBase, Origin, build_base_image
from orchestration.images.image_store import ImageStore, StoredImage
from orchestration.images.recipe import Recipe
from orchestration.images.recipes import RECIPES

__all__ = [
    "RECIPES",
    "BuiltBase",
    "ImageStore",
    "Origin",
    "Recipe",
    "StoredImage",
    "build_base_image",
]
