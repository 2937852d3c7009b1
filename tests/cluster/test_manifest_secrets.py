"""What of manifests must not be shown."""

from __future__ import annotations

from pathlib import Path

from orchestration.cluster.manifest import Manifest
from orchestration.cluster.manifest_files import load
from orchestration.cluster.manifest_secrets import manifest_secrets


def written(tmp_path: Path, text: str) -> tuple[Manifest, ...]:
    file = tmp_path / "all.yaml"
    file.write_text(text)
    return load([file])


def test_values_of_secrets_are_found_plain_and_encoded(tmp_path: Path) -> None:
    manifests = written(
        tmp_path,
        """
apiVersion: v1
kind: Secret
metadata: {name: db}
stringData: {password: s3cr3t-plain}
data: {token: czNjcjN0LWVuY29kZWQ=, raw: /w==}
""",
    )
    assert set(manifest_secrets(manifests)) == {
        "s3cr3t-plain",
        "czNjcjN0LWVuY29kZWQ=",
        "s3cr3t-encoded",
        "/w==",
    }


def test_a_user_called_like_a_component_stays_readable_and_a_password_does_not(
    tmp_path: Path,
) -> None:
    manifests = written(
        tmp_path,
        """
apiVersion: v1
kind: Secret
metadata: {name: db}
stringData: {user: postgres, password: redis}
---
apiVersion: v1
kind: Service
metadata: {name: postgres}
spec: {ports: [{port: 5432}]}
---
apiVersion: v1
kind: Service
metadata: {name: redis-main}
spec: {ports: [{port: 6379}]}
""",
    )
    assert list(manifest_secrets(manifests)) == ["redis"]


def test_variables_and_urls_are_searched_wherever_they_stand(tmp_path: Path) -> None:
    manifests = written(
        tmp_path,
        """
apiVersion: v1
kind: Pod
metadata: {name: api}
spec:
  containers:
    - name: api
      image: api:1
      env:
        - {name: API_TOKEN, value: abcdef-token}
        - {name: LEVEL, value: debug}
        - {name: DSN, value: "postgresql://me:hunter22@db/x"}
      volumeMounts: [{name: secret-files, mountPath: /run/secrets}]
""",
    )
    found = set(manifest_secrets(manifests))
    assert {"abcdef-token", "hunter22"} <= found
    assert not {"debug", "secret-files", "/run/secrets"} & found
