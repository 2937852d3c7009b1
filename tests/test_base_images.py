"""A stack whose base image nobody has made yet."""

from __future__ import annotations

from pathlib import Path

import pytest
from docker.errors import ImageNotFound

from tests.product import Product, client_of, leftovers
from tests.test_failures import HTTP, ONE, SERVE


@pytest.mark.engine
@pytest.mark.parametrize("engine", ["podman", "docker"])
def test_an_override_that_a_recipe_makes_is_made_when_it_is_missing(
    tmp_path: Path, engine: str
) -> None:
    reference = "localhost/stackwright-test-python:made-by-up"
    product = Product.at(tmp_path, ONE.format(code=SERVE, gate=HTTP))
    product.edit(
        '"python:3.11-slim" = "localhost/stackwright-python:3.11"',
        f'"python:3.11-slim" = "{reference}"\n\n[images.recipes.python]\nreference = "{reference}"',
    )
    client = client_of(engine)
    try:
        with pytest.raises(ImageNotFound):
            client.images.get(reference)
        up = product.run("stack", "up", "--engine", engine, "--progress", "plain")
        assert up.code == 0, up.err
        assert "done  image python" in up.err
        made = client.images.get(reference).id
        assert product.run("stack", "down").code == 0
        assert leftovers(engine, product) == []
        assert client.images.get(reference).id == made, "a base image is kept for the next run"
    finally:
        client.images.remove(reference, force=True)
        client.close()
