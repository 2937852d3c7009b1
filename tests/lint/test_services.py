from __future__ import annotations

import pytest

from lint.codeowners import parse
from lint.services import Attribution, attribute
from lint.settings import ServiceSettings

_PLATFORM = (
    "go.mod",
    "Makefile",
    "cmd/gateway/main.go",
    "cmd/gen-docs/main.go",
    "pkg/gateway/server.go",
    "pkg/cache/cache.go",
    "internal/controller/workflowexecution/reconciler.go",
    "test/unit/gateway/server_test.go",
    "test/integration/gateway/suite_test.go",
    "test/integration/workflowexecution/suite_test.go",
    "test/integration/datastorage/suite_test.go",
    "test/integration/shared/helper.go",
    "test/e2e/gateway/suite_test.go",
    "test/infrastructure/gateway_e2e_hybrid.go",
    "test/infrastructure/workflowexecution.go",
    "test/infrastructure/datastorage_bootstrap.go",
    "test/infrastructure/shared_integration_utils.go",
    "test/infrastructure/holmesgpt_api.go",
    "test/integration/docker-compose.gateway.yml",
    "holmesgpt-api/pyproject.toml",
    "holmesgpt-api/src/app.py",
    "holmesgpt-api/tests/integration/conftest.py",
    "scripts/setup-gateway.sh",
    "docs/services/gateway/README.md",
    "docs/gateway-and-datastorage.md",
    "deploy/postgres/values.yaml",
    ".github/workflows/ci.yml",
)


def _names(found: Attribution) -> list[str]:
    return [one.name for one in found.services]


@pytest.fixture(scope="module")
def platform() -> Attribution:
    return attribute(_PLATFORM, repository="platform")


def test_the_services_of_a_platform_are_found(platform: Attribution) -> None:
    assert _names(platform) == ["datastorage", "gateway", "holmesgpt-api", "workflowexecution"]
    assert {one.name: one.language for one in platform.services}["holmesgpt-api"] == "python"


@pytest.mark.parametrize(
    ("path", "service"),
    [
        ("test/integration/gateway/suite_test.go", "gateway"),
        ("test/unit/gateway/server_test.go", "gateway"),
        ("test/e2e/gateway/suite_test.go", "gateway"),
        ("pkg/gateway/server.go", "gateway"),
        ("cmd/gateway/main.go", "gateway"),
        ("internal/controller/workflowexecution/reconciler.go", "workflowexecution"),
        ("test/infrastructure/gateway_e2e_hybrid.go", "gateway"),
        ("test/infrastructure/workflowexecution.go", "workflowexecution"),
        ("test/infrastructure/holmesgpt_api.go", "holmesgpt-api"),
        ("test/integration/docker-compose.gateway.yml", "gateway"),
        ("holmesgpt-api/tests/integration/conftest.py", "holmesgpt-api"),
        ("scripts/setup-gateway.sh", "gateway"),
        ("docs/services/gateway/README.md", "gateway"),
    ],
)
def test_a_path_tells_its_service(platform: Attribution, path: str, service: str) -> None:
    assert platform.files[path] == (service,)


@pytest.mark.parametrize(
    "path",
    [
        "test/infrastructure/datastorage_bootstrap.go",
        "test/infrastructure/shared_integration_utils.go",
        "test/integration/shared/helper.go",
        "docs/gateway-and-datastorage.md",
        "deploy/postgres/values.yaml",
        "pkg/cache/cache.go",
        ".github/workflows/ci.yml",
        "Makefile",
    ],
)
def test_shared_places_belong_to_nobody(platform: Attribution, path: str) -> None:
    assert path not in platform.files


def test_services_below_services_need_no_manifest() -> None:
    found = attribute(
        ["services/cart/main.py", "services/mail-service/go.mod", "services/README.md"],
        repository="shop",
    )
    assert _names(found) == ["cart", "mail-service"]
    assert found.services[1].names == {"mailservice", "mail"}


def test_tests_and_documents_are_no_services() -> None:
    found = attribute(
        [
            *("tests/unit/test_a.py", "tests/api/test_b.py", "tests/pyproject.toml"),
            *("docs/package.json", "examples/demo/Dockerfile", "tests/integration/conftest.py"),
        ],
        repository="single",
    )
    assert _names(found) == ["single"]


def test_a_repository_of_one_service_bears_its_name() -> None:
    found = attribute(
        ["pyproject.toml", "src/shop/app.py", "tests/test_app.py"], repository="shop-api"
    )
    assert _names(found) == ["shop-api"]
    assert found.files["tests/test_app.py"] == ("shop-api",)
    assert found.services[0].language == "python"


def test_two_signs_make_a_service_and_one_program_does_not() -> None:
    found = attribute(
        [
            *("cmd/courier/main.go", "test/e2e/courier/suite_test.go", "cmd/tool/main.go"),
            "test/integration/ledger/suite_test.go",
        ],
        repository="x",
    )
    assert _names(found) == ["courier", "ledger"]


def test_configuration_decides_where_it_speaks() -> None:
    found = attribute(
        _PLATFORM,
        [
            ServiceSettings(name="Gateway", paths=("pkg/gateway", "test/**/gateway/")),
            ServiceSettings(name="HolmesGPT-API", language="python", paths=("holmesgpt-api/**",)),
            ServiceSettings(name="HAPI-docs", paths=("holmesgpt-api/src",)),
        ],
        repository="platform",
    )
    assert _names(found) == ["Gateway", "HolmesGPT-API", "HAPI-docs"]
    assert found.files["test/unit/gateway/server_test.go"] == ("Gateway",)
    assert found.files["holmesgpt-api/tests/integration/conftest.py"] == ("HolmesGPT-API",)
    assert found.files["holmesgpt-api/src/app.py"] == ("HAPI-docs",)
    assert found.files["test/infrastructure/gateway_e2e_hybrid.go"] == ("Gateway",)
    assert "test/integration/datastorage/suite_test.go" not in found.files


def test_owners_are_the_last_resort() -> None:
    owners = parse(
        "# comment\n* @org/platform-team\n/deploy/ @org/ledger-team @ann\n"
        "/test/integration/courier @org/ledger-team\n"
    )
    found = attribute(
        [
            "test/integration/ledger/a_test.go",
            "test/integration/courier/a_test.go",
            "deploy/values.yaml",
            "Makefile",
        ],
        repository="x",
        owners=owners,
    )
    assert found.files["deploy/values.yaml"] == ("ledger",)
    assert found.files["test/integration/courier/a_test.go"] == ("courier",)
    assert "Makefile" not in found.files


def test_a_file_that_names_two_services_is_of_both_and_the_longer_name_wins() -> None:
    found = attribute(
        [
            "test/integration/gateway/a_test.go",
            "test/integration/gateway-api/a_test.go",
            "test/integration/ledger/a_test.go",
            "scripts/gateway_api_up.sh",
            "scripts/gateway_ledger.sh",
        ],
        repository="x",
    )
    assert found.files["scripts/gateway_api_up.sh"] == ("gateway-api",)
    assert set(found.files["scripts/gateway_ledger.sh"]) == {"gateway", "ledger"}
