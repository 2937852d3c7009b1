"""What makes a running stack another one, by the name that a user reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from orchestration.inputs import inputs_of
from orchestration.model import Embedded, Mount, Secret
from orchestration.stack import Build, Component, Stack
from orchestration.wiring import Workplace
from tests.fakes import FakeEngine
from tests.records import record

Edit = Callable[[Path], object]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in ("app/run.sh", "app/lib/a.py", "shop/__init__.py", "shop/http.py", "other/x.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    (tmp_path / "app.py").write_text("app")
    (tmp_path / "app" / "Containerfile").write_text("ARG V=1\nFROM base:$V\nCOPY run.sh /\n")
    (tmp_path / "app" / "current").symlink_to("lib")
    return tmp_path


def of(
    project: Path, component: Component, images: Mapping[str, str] | None = None
) -> dict[str, str]:
    stack = Stack(name="store", service="shop", project=project, components=(component,))
    find = None if images is None else images.get
    return inputs_of(stack, engine="any", version="1", image_id=find)


def changed(before: Mapping[str, str], after: Mapping[str, str]) -> set[str]:
    return {each for each in {*before, *after} if before.get(each) != after.get(each)}


def local(*words: str, cwd: Path | None = None, mounts: tuple[Mount, ...] = ()) -> Component:
    embedded = Embedded(kind="command", command=words, cwd=cwd)
    return Component(name="app", embedded=embedded, mounts=mounts)


def built(project: Path, **args: Secret | str) -> Component:
    return Component(name="app", source=Build(context=project / "app", args=args))


def test_another_alias_is_another_stack(project: Path) -> None:
    one = of(project, Component(name="app", source="a", aliases=("db",)), {})
    two = of(project, Component(name="app", source="a", aliases=("database",)), {})
    assert changed(one, two) == {"app.aliases"}


def test_a_base_image_that_was_built_again_under_its_name_is_another_one(project: Path) -> None:
    one = of(project, built(project), {"base:1": "sha256:1"})
    two = of(project, built(project), {"base:1": "sha256:2"})
    assert changed(one, two) == {"app.base image base:$V"}


def test_a_base_image_is_known_by_id_whatever_argument_names_it_and_a_secret_one_is_not_told(
    project: Path,
) -> None:
    found = of(project, built(project, V=Secret("planted")), {"base:planted": "sha256:1"})
    assert found["app.base image base:$V"] == "sha256:1"
    assert "planted" not in str(of(project, built(project, V=Secret("planted")), {}))


def test_each_image_is_asked_for_once(project: Path) -> None:
    asked: list[str] = []

    def find(reference: str) -> str | None:
        asked.append(reference)
        return None

    components = (
        built(project),
        Component(name="two", source=Build(context=project / "app")),
        Component(name="three", source="base:1"),
        Component(name="four", source="base:1"),
    )
    stack = Stack(name="store", service="shop", project=project, components=components)
    inputs_of(stack, engine="any", version="1", image_id=find)
    assert asked == ["base:1"]


def test_the_images_that_a_run_has_pulled_are_known_by_id_from_then_on(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STACKWRIGHT_STATE", str(project / "state"))
    workplace = Workplace.here()
    components = (built(project), Component(name="db", source="db:1"))
    stack = Stack(name="store", service="shop", project=project, components=components)
    engine = FakeEngine(images={"db:1": "sha256:1"})
    workplace.runs.claim(record(inputs=workplace.inputs(stack, engine)))
    engine.images |= {"base:1": "sha256:2", "db:1": "sha256:changed meanwhile"}
    workplace.note_pulled("0a1b2c3d", stack, engine)
    noted = workplace.runs.get("0a1b2c3d")
    assert noted is not None
    assert noted.inputs["app.base image base:$V"] == "sha256:2"
    assert noted.inputs["db.image"] == "sha256:1"
    engine.calls.clear()
    workplace.note_pulled("0a1b2c3d", stack, engine)
    assert engine.calls == []


def test_without_a_containerfile_the_build_says_what_is_wrong(project: Path) -> None:
    (project / "app" / "Containerfile").unlink()
    assert "app.build" in of(project, built(project), {})


@pytest.mark.parametrize(
    "edit",
    [
        lambda app: (app / "run.sh").chmod(0o755),
        lambda app: (app / "current").unlink(),
        lambda app: ((app / "current").unlink(), (app / "current").symlink_to("../other")),
    ],
    ids=["mode", "link removed", "link moved"],
)
def test_modes_and_links_to_directories_count_in_a_build(project: Path, edit: Edit) -> None:
    before = of(project, built(project), {})
    edit(project / "app")
    assert changed(before, of(project, built(project), {})) == {"app.build"}


def test_a_link_to_its_own_directory_is_not_followed(project: Path) -> None:
    (project / "app" / "round").symlink_to(".")
    before = of(project, built(project), {})
    assert of(project, built(project), {}) == before


@pytest.mark.parametrize(
    ("words", "file", "told"),
    [
        (("python", "app.py"), "app.py", "app.py"),
        (("python", "{project}/app.py"), "app.py", "app.py"),
        (("./app/run.sh",), "app/run.sh", "app/run.sh"),
        (("serve", "--config=app/run.sh"), "app/run.sh", "app/run.sh"),
        (("python", "-m", "app"), "app.py", "app.py"),
        (("python", "-m", "shop"), "shop/http.py", "shop"),
        (("uvicorn", "shop.http:app"), "shop/http.py", "shop"),
        (("python", "/code/x.py"), "other/x.py", "other/x.py"),
    ],
)
def test_an_edited_program_of_a_local_process_is_another_stack(
    project: Path, words: tuple[str, ...], file: str, told: str
) -> None:
    writable = Mount(source=project / "other", target="/code", read_only=False)
    command = [each.format(project=project) for each in words]
    component = local(*command, cwd=project, mounts=(writable,))
    before = of(project, component)
    (project / file).write_text("edited")
    assert changed(before, of(project, component)) == {f"app.program {told}"}


def test_what_a_command_does_not_name_at_the_root_of_the_project_is_everybodys(
    project: Path,
) -> None:
    words = ("sh", "-c", "x" * 5000, ".", "app", "shop", "", "\0", "/etc/hostname", "-m", "sys")
    component = local(*words, cwd=project)
    before = of(project, component)
    (project / "shop" / "http.py").write_text("edited")
    (project / "app" / "run.sh").write_text("edited")
    assert of(project, component) == before
    assert not any("program" in each for each in before)


def test_a_program_in_a_directory_that_counts_anyway_is_told_once(project: Path) -> None:
    component = local("python", "x.py", cwd=project / "other")
    before = of(project, component)
    (project / "other" / "x.py").write_text("edited")
    assert changed(before, of(project, component)) == {"app.working directory"}
    mount = Mount(source=project / "other", target="/code", read_only=True)
    component = local("python", "/code/x.py", cwd=project, mounts=(mount,))
    before = of(project, component)
    (project / "other" / "x.py").write_text("again")
    assert changed(before, of(project, component)) == {"app.volumes"}
