from __future__ import annotations

import json
import os
import stat
import sys
from pathlib import Path

import pytest

from orchestration.cluster.manifest import Manifest, Place, Ref
from orchestration.cluster.manifest_files import load
from orchestration.errors import ConfigError

CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\n"


@pytest.fixture(autouse=True)
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(name: str, text: str | bytes) -> Path:
    path = Path.cwd() / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def lines(manifests: tuple[Manifest, ...]) -> dict[str, int]:
    return {each.name: each.place.line for each in manifests}


def mistake(text: str | bytes, name: str = "all.yaml") -> str:
    """What is said of a file. Paths are those that a user in its folder would write."""
    with pytest.raises(ConfigError) as raised:
        load([write(name, text)])
    return str(raised.value)


def test_a_manifest_knows_what_it_is_and_where_it_stands() -> None:
    text = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api, namespace: shop}\n"
    path = write("all.yaml", text)
    (found,) = load([path])
    assert found.ref == Ref(api_version="apps/v1", kind="Deployment", namespace="shop", name="api")
    assert str(found.ref) == "Deployment shop/api"
    assert found.ref.group == "apps"
    assert found.place == Place(path=path, line=1)
    assert found.body["metadata"] == {"name": "api", "namespace": "shop"}


def test_an_object_without_a_namespace_is_named_without_one() -> None:
    (found,) = load([write("all.yaml", CONFIG.format(name="a"))])
    assert str(found.ref) == "ConfigMap a"
    assert found.namespace is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("{a}", {"a": 1}, id="no mark"),
        pytest.param("---\n{a}---\n{b}", {"a": 2, "b": 7}, id="marks"),
        pytest.param("# why\n\n---\n# what\n{a}", {"a": 5}, id="comments"),
        pytest.param("--- # first\n{a}--- # next\n\n{b}", {"a": 2, "b": 8}, id="comment on mark"),
        pytest.param("---\n---\n---\n{a}---\n", {"a": 4}, id="empty documents"),
        pytest.param("{a}...\n# over\n---\n{b}", {"a": 1, "b": 8}, id="end mark"),
        pytest.param("%YAML 1.1\n---\n{a}", {"a": 3}, id="directive"),
        pytest.param("{a}...\n%YAML 1.1\n# x\n---\n{b}", {"a": 1, "b": 9}, id="later directive"),
        pytest.param("---   \n{a}---\t\n{b}", {"a": 2, "b": 7}, id="blanks after mark"),
        pytest.param("{a}data:\n  t: |\n    ---\n    x\n---\n{b}", {"a": 1, "b": 10}, id="in text"),
        pytest.param(
            "{a}data:\n  k: 'é\u2028\U0001f600'\n---\n{b}", {"a": 1, "b": 8}, id="unicode"
        ),
        pytest.param("&x\n{a}---\n{b}", {"a": 1, "b": 7}, id="anchor above"),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_the_line_of_a_document_is_exact(text: str, expected: dict[str, int], end: str) -> None:
    written = text.replace("{a}", CONFIG.format(name="a")).replace("{b}", CONFIG.format(name="b"))
    assert lines(load([write("all.yaml", written.replace("\n", end))])) == expected


def test_a_byte_order_mark_is_no_part_of_the_text() -> None:
    assert lines(load([write("a.yaml", b"\xef\xbb\xbf" + CONFIG.format(name="a").encode())])) == {
        "a": 1
    }


def test_the_items_of_a_list_are_manifests_at_their_lines() -> None:
    text = (
        "apiVersion: v1\nkind: List\nitems:\n"
        "- apiVersion: v1\n  kind: Secret\n  metadata: {name: a}\n"
        "# between\n"
        "- kind: List\n  apiVersion: v1\n  items:\n"
        "    - {apiVersion: v1, kind: Secret, metadata: {name: b}}\n"
    )
    # Keys deeper than four are placed at the nearest one above: the inner list.
    assert lines(load([write("all.yaml", text)])) == {"a": 4, "b": 11}


def test_the_items_of_a_typed_list_need_not_say_what_they_are() -> None:
    text = "apiVersion: v1\nkind: ConfigMapList\nitems:\n- metadata: {name: a}\n"
    (found,) = load([write("all.yaml", text)])
    assert (found.kind, found.api_version) == ("ConfigMap", "v1")
    assert found.body["kind"] == "ConfigMap"


def test_aliases_and_merged_tables_are_written_out() -> None:
    text = CONFIG.format(name="a") + (
        "data:\n  one: &one {p: 1, q: 2}\n  two: {<<: *one, q: 3}\n"
        "  three: {q: 4, <<: [{q: 5, r: 6}, {r: 7}]}\n  four: *one\n"
    )
    (found,) = load([write("all.yaml", text)])
    assert found.body["data"] == {
        "one": {"p": 1, "q": 2},
        "two": {"p": 1, "q": 3},
        "three": {"q": 4, "r": 6},
        "four": {"p": 1, "q": 2},
    }


def test_keys_are_text_as_kubectl_makes_it() -> None:
    text = CONFIG.format(name="a") + "data: {80: a, on: b, 0x10: c, 1.5: d, 'on': e, true: f}\n"
    with pytest.raises(ConfigError, match="the key `true` is written twice"):
        load([write("all.yaml", text)])
    (found,) = load([write("all.yaml", text.replace(", true: f", ""))])
    assert found.body["data"] == {"80": "a", "true": "b", "16": "c", "1.5": "d", "on": "e"}


def test_json_is_read_with_exact_lines_too() -> None:
    items = [
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}} for name in ("a", "b")
    ]
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": items}, indent="\t")
    expected = [at for at, line in enumerate(text.splitlines(), 1) if line == "\t\t{"]
    assert list(lines(load([write("all.json", text)])).values()) == expected


def test_json_objects_may_follow_each_other() -> None:
    one = '{"apiVersion":"v1","kind":"Secret","metadata":{"name":"NAME"}}'
    text = "\n" + one.replace("NAME", "a") + "\n\n" + one.replace("NAME", "b")
    assert lines(load([write("all.json", text)])) == {"a": 2, "b": 4}


def test_escapes_of_json_that_yaml_does_not_know_are_read() -> None:
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {}}
    data = {"smile": "\U0001f600", "slash": "\\ud83d\\ude00", "path": "a/b"}
    text = json.dumps({**body, "data": data}).replace("a/b", "a\\/b")
    (found,) = load([write("all.json", text)])
    assert found.body["data"] == data


def test_a_folder_is_read_by_name_and_not_below() -> None:
    for name in ("20-b.yml", "10-a.yaml", "30-c.json"):
        text = CONFIG.format(name=f"n{name[:2]}")
        body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "n30"}}
        write(f"deploy/{name}", json.dumps(body) if name.endswith("json") else text)
    write("deploy/below/40-d.yaml", CONFIG.format(name="n40"))
    write("deploy/README.md", "no manifest")
    assert list(lines(load([Path.cwd() / "deploy"]))) == ["n10", "n20", "n30"]


def test_a_file_of_comments_in_a_folder_is_skipped() -> None:
    write("deploy/a.yaml", CONFIG.format(name="a"))
    write("deploy/b.yaml", "# switched off\n")
    assert lines(load([Path.cwd() / "deploy"])) == {"a": 1}


def test_a_file_named_twice_is_read_once() -> None:
    path = write("deploy/a.yaml", CONFIG.format(name="a"))
    assert lines(load([path.parent, path])) == {"a": 1}


MISTAKES: dict[str, tuple[str | bytes, str]] = {
    "syntax": ("a: b\nc: [\n", "all.yaml:2: is not YAML"),
    "unended quote": ("a: b\nc: 'x\nd: e\n", "all.yaml:2: is not YAML"),
    "tab": (
        "a:\n\tb: c\n",
        "all.yaml:2: is not YAML: found character that cannot start any token while scanning for "
        "the next token\n  fix: indent with blanks",
    ),
    "template": ("kind: {{ .Values.kind }}\n", "all.yaml:1: a list or table is used as a key\n"),
    "control character": (
        "# é\na: \x01\n",
        "all.yaml:2: is not YAML: control characters are not allowed",
    ),
    "text": ("just words\n", "all.yaml:1: is no object but a text\n  fix: "),
    "list": ("\n- a\n", "all.yaml:2: is no object but a list\n"),
    "not UTF-8": (b"a: b\n# \xe9\n", "all.yaml:2: is not UTF-8\n  fix: save it as UTF-8"),
    "no kind": (
        "apiVersion: v1\nmetadata: {name: a}\n",
        "all.yaml:1: has no `kind`\n  why: it is the object `a`\n  fix: write it: `kind: Dep",
    ),
    "no apiVersion": ("\nkind: Pod\nmetadata: {name: a}\n", "all.yaml:2: has no `apiVersion`\n"),
    "no name": (
        "apiVersion: v1\nkind: Pod\nmetadata:\n  labels: {}\n",
        "all.yaml:3: has no `metadata.name`\n  why: it is the object `Pod`\n",
    ),
    "generated name": (
        "apiVersion: v1\nkind: Pod\nmetadata:\n  generateName: a-\n",
        "in place of `generateName`",
    ),
    "no metadata": ("apiVersion: v1\nkind: Pod\n", "all.yaml:1: has no `metadata.name`\n"),
    "metadata no table": (
        "apiVersion: v1\nkind: Pod\nmetadata: a\n",
        "all.yaml:3: `metadata` is no table but a text\n",
    ),
    "name a number": (
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: 12\n",
        "all.yaml:4: `metadata.name` is no text but a number\n  fix: quote it",
    ),
    "namespace a boolean": (
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  namespace: on\n",
        "all.yaml:5: `metadata.namespace` is no text but true or false\n",
    ),
    "a key twice": (
        CONFIG.format(name="a") + "data:\n  x: 1\n  y: 2\n  'x': 3\n",
        "all.yaml:8: the key `x` is written twice\n  why: it stands in line 6 already",
    ),
    "an object twice": (
        CONFIG.format(name="a") + "---\n" + CONFIG.format(name="a"),
        "all.yaml:6: ConfigMap a is there twice\n  why: it stands at all.yaml:1 too",
    ),
    "an object in two versions": (
        "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: a}\n---\n"
        "apiVersion: batch/v1beta1\nkind: CronJob\nmetadata: {name: a}\n",
        "all.yaml:5: CronJob a is there twice",
    ),
    "unknown alias": ("a: 1\nb: *x\n", "all.yaml:2: `*x` stands for nothing"),
    "alias of itself": ("a: &x\n  b: *x\n", "all.yaml:2: `*x` stands for nothing"),
    "alias of another document": ("a: &x 1\n---\nb: *x\n", "all.yaml:3: `*x` stands for nothing"),
    "merge of a text": ("a: 1\n<<: b\n", "all.yaml:2: `<<` merges what is no table"),
    "tag": (
        CONFIG.format(name="a") + "data: {k: !vault abc}\n",
        "all.yaml:5: the tag `!vault` means nothing to Kubernetes\n  fix: remove the tag",
    ),
    "tag of a table": (CONFIG.format(name="a") + "data: !x {}\n", "all.yaml:5: the tag `!x`"),
    "infinity": (CONFIG.format(name="a") + "data: {k: .inf}\n", "all.yaml:5: `.inf` is no number"),
    "null key": (CONFIG.format(name="a") + "data:\n  ~: a\n", "all.yaml:6: null is no key"),
    "alias as key": ("a: &x [1]\n*x : b\n", "all.yaml:2: a list or table is used as a key"),
    "too deep": ("a: 1\nb: " + "[" * 100_000, "all.yaml:2: is nested deeper than 200 levels"),
    "aliases that explode": (
        "a0: &a0 [x]\n"
        + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9)),
        "all.yaml:7: holds more than 1,000,000 values once its aliases are written out",
    ),
    "nothing": ("# nothing\n---\n", "all.yaml: holds no manifest\n  why: nothing is in it but"),
}


@pytest.mark.parametrize(("text", "said"), MISTAKES.values(), ids=list(MISTAKES))
def test_each_mistake_is_told_at_its_line(text: str | bytes, said: str) -> None:
    assert said in mistake(text)


@pytest.mark.parametrize("name", list(MISTAKES))
def test_each_mistake_says_how_to_mend_it(name: str) -> None:
    _, *rest = mistake(MISTAKES[name][0]).splitlines()
    assert rest[-1].startswith("  fix: ") or all("; " in each for each in rest)


JSON_MISTAKES = {
    "syntax": ('{\n"a": 1,\n}', "all.json:3: is not JSON: "),
    "too deep": ("[" * 100_000, "all.json:1: is nested too deeply"),
    "a key twice": ('{"a": 1,\n"a": 2}', "all.json:2: the key `a` is written twice"),
    "list": ("[1]", "all.json:1: is no object but a list"),
    "infinity": ('{"a":\n1e999}', "all.json:2: `1e999` is too large for a number"),
    "empty": ("", "all.json: holds no manifest"),
}


@pytest.mark.parametrize(("text", "said"), JSON_MISTAKES.values(), ids=list(JSON_MISTAKES))
def test_each_mistake_of_json_is_told_at_its_line(text: str, said: str) -> None:
    assert said in mistake(text, "all.json")


def test_a_template_is_to_be_rendered_first() -> None:
    assert "render the template first" in mistake("kind: {{ .Values.kind }}\n")
    assert "render the template first" in mistake("{{- if x }}\nkind: Pod\n{{ end }}\n")


def test_all_mistakes_are_told_at_once_in_the_order_of_the_files() -> None:
    write("deploy/b.yaml", "a: [\n---\nkind: Pod\nmetadata: {name: x}\n---\nkind: [\n")
    write("deploy/a.yaml", "apiVersion: v1\n")
    with pytest.raises(ConfigError) as raised:
        load([Path.cwd() / "deploy"])
    told = str(raised.value).splitlines()
    assert told[0] == "the manifests have 5 mistakes:"
    assert [each.split(": ")[0].strip() for each in told[1:]] == [
        "deploy/a.yaml:1",
        "deploy/a.yaml:1",
        "deploy/b.yaml:1",
        "deploy/b.yaml:3",
        "deploy/b.yaml:6",
    ]


def test_mistakes_beyond_counting_are_only_counted() -> None:
    message = mistake("---\na: b\n" * 30)
    assert message.endswith("\n  and 40 more")


def test_a_path_that_is_not_there_is_told_with_the_one_that_was_meant() -> None:
    write("deploy/api.yaml", CONFIG.format(name="a"))
    with pytest.raises(ConfigError, match=r"^deploy/apl.yaml: is not there") as raised:
        load([Path("deploy/apl.yaml")])
    assert raised.value.fix == "did you mean `deploy/api.yaml`?"


def test_a_folder_without_manifests_is_told() -> None:
    write("deploy/below/a.yaml", CONFIG.format(name="a"))
    with pytest.raises(ConfigError, match=r"holds no \.yaml, \.yml, \.json file") as raised:
        load([Path("deploy")])
    assert raised.value.why == "folders below it are not read"


def test_without_the_extra_the_message_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    monkeypatch.delitem(sys.modules, "orchestration.cluster.yaml_documents", raising=False)
    monkeypatch.delitem(sys.modules, "orchestration.cluster.json_documents", raising=False)
    with pytest.raises(ConfigError) as raised:
        load([write("all.yaml", CONFIG.format(name="a"))])
    assert raised.value.fix == "pip install 'stackwright[kubernetes]'"


def kubectl(script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kubectl on PATH that is a shell script."""
    path = write("bin/kubectl", f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{path.parent}{os.pathsep}{os.environ['PATH']}")


@pytest.mark.parametrize("name", ["kustomization.yaml", "kustomization.yml", "Kustomization"])
@pytest.mark.parametrize("by_file", [False, True], ids=["folder", "file"])
def test_a_kustomization_is_built_and_is_the_place_of_what_it_makes(
    name: str, by_file: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write(f"deploy/{name}", "resources: [a.yaml]\n")
    made = "\\n---\\n".join(CONFIG.format(name=each).replace("\n", "\\n") for each in "ab")
    kubectl(f"""[ "$1 $2" = "kustomize {file.parent}" ] && printf '{made}'""", monkeypatch)
    found = load([file if by_file else file.parent])
    assert [(each.name, each.place) for each in found] == [
        ("a", Place(path=file, line=1)),
        ("b", Place(path=file, line=1)),
    ]


@pytest.mark.parametrize(
    "told",
    [
        "error: no such file b.yaml",
        'E1121 17:02:29.097076 23562 run.go:72] "command failed" err="no such file b.yaml"',
    ],
)
def test_what_kustomize_complains_of_is_told(told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write("deploy/kustomization.yaml", "resources: [b.yaml]\n")
    kubectl(f"echo '{told}' >&2; exit 1", monkeypatch)
    with pytest.raises(ConfigError, match=r"^deploy/kustomization.yaml:1: kustomize ") as raised:
        load([file.parent])
    assert raised.value.why == "no such file b.yaml"
    assert raised.value.fix.endswith(f"kubectl kustomize {file.parent}")


def test_a_kustomization_without_kubectl_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    file = write("deploy/kustomization.yaml", "resources: [b.yaml]\n")
    monkeypatch.setenv("PATH", str(file.parent))
    with pytest.raises(ConfigError, match="there is no kubectl on PATH"):
        load([file.parent])
