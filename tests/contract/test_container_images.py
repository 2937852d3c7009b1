"""Images on engines with containers: found, pulled, built; and what a build leaves behind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import docker
import pytest

from orchestration.errors import BuildError, ImageError, StoppedError, TeardownError
from orchestration.model import BuildOrder, Kind, Secret, Text
from orchestration.ports import Engine
from tests.contract.engines import CONTAINERS, IMAGE, Bench, Button, eventually, marked
from tests.contract.programs import Program

pytestmark = pytest.mark.parametrize("engine", marked(*CONTAINERS), indirect=True, scope="module")


@dataclass(slots=True)
class Foundation:
    """An image of these tests alone, so that everything made from it is theirs too."""

    tag: str
    id: str
    api: Any = field(repr=False)
    podman: bool

    def rows(self) -> list[dict[str, Any]]:
        """All images; Podman fails the list when somebody removes one of them meanwhile."""
        for _ in range(20):
            try:
                rows: list[dict[str, Any]] = self.api.images(all=True)
            except docker.errors.APIError:
                continue
            return rows
        raise AssertionError("images cannot be listed")

    def descendants(self) -> set[str]:
        """Images built on it, layers included, by plain id."""
        rows = self.rows()
        family = {self.id.removeprefix("sha256:")}
        grown = True
        while grown:
            before = len(family)
            family |= {
                row["Id"].removeprefix("sha256:")
                for row in rows
                if row["ParentId"].removeprefix("sha256:") in family
            }
            grown = len(family) > before
        return family - {self.id.removeprefix("sha256:")}

    def containers(self) -> list[str]:
        """Containers of it and its descendants, Podman's unlisted working containers included."""
        family = {self.id.removeprefix("sha256:"), *self.descendants()}
        if self.podman:
            url = f"{self.api.base_url}/v4.0.0/libpod/containers/json"
            rows = self.api.get(url, params={"all": "true", "external": "true"}).json()
        else:
            rows = self.api.containers(all=True)
        return [row["Id"] for row in rows if row["ImageID"].removeprefix("sha256:") in family]

    def left(self) -> list[str]:
        """Everything that came of it."""
        return [*self.containers(), *self.descendants()]


@pytest.fixture(scope="module")
def foundation(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Foundation]:
    context = tmp_path_factory.mktemp("foundation")
    mark = uuid4().hex[:8]
    (context / "Containerfile").write_text(f"FROM {IMAGE}\nENV FOUNDATION={mark}\n")
    tag = f"localhost/foundation:{mark}"
    labels = {"contract.foundation": mark}
    order = BuildOrder(context=context, containerfile="Containerfile", tag=tag, labels=labels)
    image = engine.build_image(order, lambda _: None, Button())
    api = docker.APIClient(engine.info.url, version="1.41")
    try:
        yield Foundation(tag=tag, id=image, api=api, podman=engine.info.name == "podman")
    finally:
        eventually(lambda: _removed(engine, labels), "the foundation was gone")
        assert engine.find_image(tag) is None
        api.close()


def _removed(engine: Engine, labels: Mapping[str, str]) -> bool:
    """Whether nothing is left; what was built on another goes before it, in whatever order."""
    for each in engine.list_resources(labels):
        with suppress(TeardownError):
            engine.remove(each)
    return engine.list_resources(labels) == ()


@dataclass(slots=True)
class Workshop:
    """A build context, and a way to build it."""

    bench: Bench
    foundation: Foundation
    context: Path
    button: Button = field(default_factory=Button)
    lines: list[str] = field(default_factory=list)

    def build(
        self,
        text: str,
        *,
        containerfile: str = "Containerfile",
        args: Mapping[str, Text] | None = None,
        target: str | None = None,
    ) -> str:
        """Build the text, FROM the foundation where it says BASE; the image's id."""
        (self.context / "Containerfile").write_text(text.replace("BASE", self.foundation.tag))
        order = BuildOrder(
            context=self.context,
            containerfile=containerfile,
            tag=f"localhost/thing:{self.bench.run}",
            args=args or {},
            target=target,
            labels=self.bench.labels,
        )
        return self.bench.engine.build_image(order, self.hear, self.button)

    def hear(self, line: str) -> None:
        """Remember a line; the stop button is pressed when it says so."""
        self.lines.append(line)
        if line == "press the button":
            self.button.pressed = True

    def run(self, image: str, *command: str) -> str:
        """What a command in the image prints."""
        launch = replace(self.bench.launch(Program(command)), image=image)
        instance = self.bench.engine.start(launch)
        self.bench.ended(instance)
        log = self.bench.engine.logs(instance.id)
        self.bench.engine.remove(self.bench.resource(instance))
        return log


@pytest.fixture
def workshop(bench: Bench, foundation: Foundation, tmp_path: Path) -> Workshop:
    return Workshop(bench, foundation, tmp_path)


class TestABuild:
    def test_gives_an_image_that_is_found_by_its_tag(self, workshop: Workshop) -> None:
        image = workshop.build('FROM BASE\nCMD ["echo", "made"]\n')
        assert workshop.bench.engine.find_image(f"localhost/thing:{workshop.bench.run}") == image
        assert workshop.run(image) == "made\n"

    def test_labels_the_layers_of_every_stage(self, workshop: Workshop) -> None:
        """Whoever cleans up after a build that was killed has nothing but labels to go by."""
        workshop.build(
            "FROM BASE AS made\nRUN echo made > /made\nFROM BASE\nCOPY --from=made /made /made\n"
        )
        wanted = workshop.bench.labels.items()
        layers = workshop.foundation.descendants()
        rows = workshop.foundation.rows()
        labels = {row["Id"].removeprefix("sha256:"): row["Labels"] or {} for row in rows}
        assert len(layers) >= 3
        assert all(wanted <= labels[layer].items() for layer in layers)

    def test_tells_its_output_line_by_line(self, workshop: Workshop) -> None:
        workshop.build("FROM BASE\nRUN printf 'one\\ntwo\\n'; echo three >&2\n")
        assert {"one", "two", "three"} <= set(workshop.lines)

    def test_labels_its_image_and_removes_all_of_it(self, workshop: Workshop) -> None:
        image = workshop.build("FROM BASE\nRUN echo 1 > /one\nRUN echo 2 > /two\n")
        (held,) = workshop.bench.listed()
        assert (held.kind, held.id) == (Kind.IMAGE, image)
        assert workshop.bench.labels.items() <= held.labels.items()
        workshop.bench.engine.remove(held)
        assert workshop.foundation.left() == []

    def test_uses_arguments_and_stops_at_its_target(self, workshop: Workshop) -> None:
        text = (
            "FROM BASE AS first\nARG COLOUR=none\nRUN echo $COLOUR > /colour\n"
            "FROM BASE AS second\nCOPY --from=first /colour /copied\n"
            "FROM BASE\nRUN exit 9\n"
        )
        image = workshop.build(text, args={"COLOUR": "green"}, target="second")
        assert workshop.run(image, "cat", "/copied") == "green\n"
        for each in workshop.bench.listed():
            workshop.bench.engine.remove(each)
        assert workshop.foundation.left() == []

    def test_never_shows_a_secret_argument(self, workshop: Workshop) -> None:
        text = "FROM BASE\nARG TOKEN\nRUN echo it is $TOKEN; exit 1\n"
        with pytest.raises(BuildError) as caught:
            workshop.build(text, args={"TOKEN": Secret("planted-secret")})
        assert "it is ***" in workshop.lines
        assert "planted-secret" not in f"{workshop.lines} {caught.value} {caught.value!r}"
        assert caught.value.__suppress_context__ or caught.value.__context__ is None

    @pytest.mark.parametrize("file", [".dockerignore", ".containerignore"])
    def test_leaves_out_what_is_to_be_ignored(self, workshop: Workshop, file: str) -> None:
        for name in ("kept", "ignored", file):
            (workshop.context / name).write_text("ignored\n")
        image = workshop.build("FROM BASE\nCOPY . /all\n")
        assert workshop.run(image, "ls", "/all").split() == ["Containerfile", "kept"]

    def test_that_fails_shows_the_end_of_its_output(self, workshop: Workshop) -> None:
        text = "FROM BASE\nRUN echo fine > /fine\nRUN echo going wrong; exit 3\n"
        with pytest.raises(BuildError) as caught:
            workshop.build(text)
        error = caught.value
        assert f"localhost/thing:{workshop.bench.run}" in error.what
        assert str(workshop.context) in error.what
        assert "going wrong" in error.why
        assert "Containerfile" in error.fix
        assert workshop.foundation.left() == []

    def test_whose_file_is_wrong_says_so(self, workshop: Workshop) -> None:
        with pytest.raises(BuildError) as caught:
            workshop.build("FROM BASE\nNONSENSE here\n")
        assert "nonsense" in caught.value.why.lower()
        assert workshop.foundation.left() == []

    def test_whose_base_is_missing_names_the_remedy(self, workshop: Workshop) -> None:
        with pytest.raises(BuildError) as caught:
            workshop.build(f"FROM registry.invalid/none-{workshop.bench.run}:1\nRUN true\n")
        assert f"none-{workshop.bench.run}" in caught.value.fix
        assert "invoke images.build" in caught.value.fix

    @pytest.mark.parametrize("containerfile", ["Missing", "."])
    def test_without_a_containerfile_is_not_begun(
        self, workshop: Workshop, containerfile: str
    ) -> None:
        with pytest.raises(BuildError) as caught:
            workshop.build("FROM BASE\n", containerfile=containerfile)
        assert str(workshop.context) in caught.value.what
        assert workshop.lines == []

    def test_that_is_stopped_leaves_nothing(self, workshop: Workshop) -> None:
        text = "FROM BASE\nRUN echo 1 > /one\nRUN echo press the button; sleep 3; echo 2 > /two\n"
        with pytest.raises(StoppedError) as caught:
            workshop.build(text)
        assert caught.value.code == 130
        assert workshop.foundation.descendants() == set()
        # Podman ends the step at hand before it lets go of the working container.
        eventually(lambda: workshop.foundation.left() == [], "the build left nothing")

    def test_that_is_stopped_before_it_began_is_not_made(self, workshop: Workshop) -> None:
        workshop.button.pressed = True
        with pytest.raises(StoppedError):
            workshop.build("FROM BASE\nRUN true\n")
        eventually(lambda: workshop.foundation.left() == [], "the build left nothing")


class TestAPull:
    def test_that_cannot_work_names_the_remedy(self, bench: Bench) -> None:
        reference = f"registry.invalid/none-{bench.run}:1"
        with pytest.raises(ImageError) as caught:
            bench.engine.pull_image(reference, Button())
        assert reference in caught.value.what
        assert caught.value.why
        assert "invoke images.build" in caught.value.fix
        assert f'"{reference}"' in caught.value.fix

    def test_can_be_stopped(self, bench: Bench) -> None:
        with pytest.raises(StoppedError):
            bench.engine.pull_image(f"registry.invalid/none-{bench.run}:1", Button(pressed=True))


class TestFindingAnImage:
    def test_gives_the_same_id_by_tag_and_by_id(self, bench: Bench) -> None:
        found = bench.engine.find_image(IMAGE)
        assert found is not None
        assert bench.engine.find_image(found) == found

    @pytest.mark.parametrize("reference", ["localhost/nobody-made-this:1", "Not A Reference!"])
    def test_finds_nothing_where_there_is_nothing(self, bench: Bench, reference: str) -> None:
        assert bench.engine.find_image(reference) is None
