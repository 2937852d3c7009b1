"""Base images go into an engine as archives and are found there by their reference."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from orchestration.engines import image_store
from orchestration.engines.discovery import FoundEngine, find_engine
from orchestration.errors import EngineError, ImageError
from orchestration.images import ImageStore
from orchestration.model import BuildOrder, Kind, Resource
from orchestration.ports import Engine
from tests.contract.engines import CONTAINERS, Button, marked


@pytest.fixture
def found(engine: Engine) -> FoundEngine:
    return find_engine(pinned=engine.info.name, url=None, environ={})


@pytest.fixture
def store(found: FoundEngine) -> Iterator[ImageStore]:
    with image_store(found) as store:
        yield store


@pytest.mark.parametrize("engine", marked(*CONTAINERS), indirect=True, scope="module")
class TestAnImageStore:
    @pytest.fixture
    def archive(
        self, engine: Engine, store: ImageStore, tmp_path: Path
    ) -> Iterator[tuple[Path, str]]:
        """An archive of a small image that the engine does not hold any more, and its reference."""
        reference = f"localhost/archived:{uuid4().hex[:8]}"
        (tmp_path / "Containerfile").write_text("FROM scratch\nCOPY Containerfile /\n")
        order = BuildOrder(
            context=tmp_path,
            containerfile="Containerfile",
            tag=reference,
            labels={"colour": "green"},
        )
        image = engine.build_image(order, lambda _: None, Button())
        path = tmp_path / "image.tar"
        store.save(reference, path)
        made = Resource(kind=Kind.IMAGE, id=image, name=reference, labels={})
        engine.remove(made)
        assert engine.find_image(reference) is None
        yield path, reference
        if left := engine.find_image(reference):
            engine.remove(Resource(kind=Kind.IMAGE, id=left, name=reference, labels={}))

    def test_takes_in_an_archive_under_its_reference(
        self, store: ImageStore, archive: tuple[Path, str]
    ) -> None:
        path, reference = archive
        assert store.inspect(reference) is None
        store.load(path)
        stored = store.inspect(reference)
        assert stored is not None
        assert stored.labels["colour"] == "green"
        assert stored.size_bytes > 0
        assert store.inspect(stored.image_id) == stored

    def test_refuses_what_is_no_archive(self, store: ImageStore, tmp_path: Path) -> None:
        (tmp_path / "image.tar").write_text("not an archive")
        with pytest.raises(ImageError) as caught:
            store.load(tmp_path / "image.tar")
        assert str(tmp_path / "image.tar") in caught.value.what
        assert caught.value.why

    def test_gives_out_no_image_that_is_not_there(self, store: ImageStore, tmp_path: Path) -> None:
        path = tmp_path / "image.tar"
        with pytest.raises(ImageError, match="localhost/nobody:1") as caught:
            store.save("localhost/nobody:1", path)
        assert caught.value.why
        assert not path.exists()


def test_processes_have_no_image_store() -> None:
    found = find_engine(pinned="embedded", url=None, environ={})
    with pytest.raises(EngineError), image_store(found):
        pytest.fail("there is none")
