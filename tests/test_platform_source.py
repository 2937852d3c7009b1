"""A stack as a platform: which images its components run on a cluster."""

from __future__ import annotations

from pathlib import Path

from orchestration.cluster.fields import Fields
from orchestration.cluster.image_names import with_images
from orchestration.platform_source import PlatformSource
from orchestration.stackfile import load

WAITING = 'gate = { kind = "exec", command = ["true"] }'


def images_on_the_cluster(project: Path, config: str) -> dict[str, str]:
    """The image of each workload, what was built tagged `built-NUMBER` in order."""
    project.joinpath("Containerfile").write_text("FROM scratch\n")
    file = project / "stackwright.toml"
    file.write_text(config)
    source = PlatformSource.of_stack(load(file), "shop", {})
    built = {name: f"localhost/built-{n}" for n, name in enumerate(source.platform.images, start=1)}
    found = with_images(source.manifests, {**source.locals, **built})
    assert found.notices == ()
    return {
        str(each.ref.short): str(container.text("image"))
        for each in found.manifests
        for container in Fields(each.body).tables("spec", "template", "spec", "containers")
    }


def test_only_the_component_that_is_built_runs_what_is_built(tmp_path: Path) -> None:
    config = f"""\
[stacks.shop.components.postgres]
build = {{ context = "." }}
{WAITING}

[stacks.shop.components.seed]
image = "postgres:16-alpine"
one_shot = true

[stacks.shop.components.bare]
image = "postgres"
one_shot = true
"""
    assert images_on_the_cluster(tmp_path, config) == {
        "Deployment postgres": "localhost/built-1",
        "Job seed": "postgres:16-alpine",
        "Job bare": "postgres",
    }


def test_an_override_stands_for_the_very_image_that_is_written(tmp_path: Path) -> None:
    config = f"""\
[images.overrides]
"redis:old" = "redis"

[stacks.shop.components.store]
image = "redis:old"
{WAITING}

[stacks.shop.components.seed]
image = "redis:7"
one_shot = true
"""
    assert images_on_the_cluster(tmp_path, config) == {
        "Deployment store": "redis",
        "Job seed": "redis:7",
    }
