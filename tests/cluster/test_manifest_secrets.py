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
data: {token: czNjcjN0LWVuY29kZWQ=, raw: /w==, no-base64: schlüssel}
""",
    )
    assert set(manifest_secrets(manifests)) == {
        "s3cr3t-plain",
        "czNjcjN0LWVuY29kZWQ=",
        "s3cr3t-encoded",
        "/w==",
        "schlüssel",
    }


def test_base64_in_several_lines_is_decoded_as_the_server_does(tmp_path: Path) -> None:
    manifests = written(
        tmp_path,
        """
apiVersion: v1
kind: Secret
metadata: {name: db}
data:
  token: |
    czNjcjN0LWVu
    Y29kZWQ=
""",
    )
    assert set(manifest_secrets(manifests)) == {
        "czNjcjN0LWVu\nY29kZWQ=\n",
        "czNjcjN0LWVuY29kZWQ=",
        "s3cr3t-encoded",
    }


def test_words_of_a_command_are_read_together(tmp_path: Path) -> None:
    manifests = written(
        tmp_path,
        """
apiVersion: v1
kind: Service
metadata: {name: gateway}
---
apiVersion: v1
kind: Pod
metadata: {name: redis}
spec:
  containers:
    - name: redis
      command: [redis-server, --requirepass, planted-in-command]
      args: [--password, planted-in-args, --token, gateway, --secret, "true", --token-file, /t]
""",
    )
    assert set(manifest_secrets(manifests)) == {"planted-in-command", "planted-in-args"}


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


def test_fields_and_settings_whose_name_says_so_are_secrets(tmp_path: Path) -> None:
    manifests = written(
        tmp_path,
        """
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data:
  DB_PASSWORD: planted-in-map
  SECRET_KEY: planted-in-key
  PASSWORD_REQUIRED: "true"
  app.yaml: |
    admin_token: planted-in-file
    level: debug
---
apiVersion: db.example.com/v1
kind: Database
metadata: {name: shop}
spec: {apiKey: planted-in-custom, users: [{password: planted-in-list}]}
""",
    )
    assert set(manifest_secrets(manifests)) == {
        "planted-in-map",
        "planted-in-key",
        "planted-in-file",
        "planted-in-custom",
        "planted-in-list",
    }


def test_where_a_secret_is_stays_readable(tmp_path: Path) -> None:
    manifests = written(
        tmp_path,
        """
apiVersion: v1
kind: Secret
metadata: {name: credentials}
stringData: {password: planted-in-secret}
---
apiVersion: db.example.com/v1
kind: Database
metadata: {name: shop}
spec:
  clientSecret: credentials
  secretName: elsewhere
  secretRef: another
  tokenFile: /run/token
  passwordPath: vault/shop
  passwordKey: main-password
  secretNamespace: vault
  token_file: /run/other
""",
    )
    assert list(manifest_secrets(manifests)) == ["planted-in-secret"]


def test_parts_of_what_a_secret_holds_are_secrets_alone(tmp_path: Path) -> None:
    manifests = written(
        tmp_path,
        """
apiVersion: v1
kind: Secret
metadata: {name: files}
stringData:
  DATABASE_URL: postgresql://shop:planted-in-url@db/shop
  app.yaml: |
    spring:
      password: "planted-in-yaml"  # of the database
      token: planted-bare # rotated
  app.env: |
    export API_TOKEN=planted-in-env
    LEVEL=debug
  docker.json: '{"auths": {"r": {"username": "u", "password": "planted-in-json"}}}'
""",
    )
    found = set(manifest_secrets(manifests))
    assert {
        "planted-in-url",
        "planted-in-yaml",
        "planted-bare",
        "planted-in-env",
        "planted-in-json",
    } <= found
    assert not {"debug", "u"} & found


def test_an_example_in_a_definition_is_none(tmp_path: Path) -> None:
    manifests = written(
        tmp_path,
        """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: databases.db.example.com}
spec:
  description: |
    As in
    password: string
""",
    )
    assert list(manifest_secrets(manifests)) == []
