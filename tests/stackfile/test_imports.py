"""What is costly to import stays out of the way while all is well."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.stackfile.configured import write

LOAD = """
import sys
from pathlib import Path
from orchestration.stackfile import find_config, load, port_findings
project = load(find_config(Path(sys.argv[1])))
project.stack("shop", {})
port_findings(project)
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""


def test_a_good_file_needs_neither_positions_nor_suggestions_nor_env_files(tmp_path: Path) -> None:
    write(
        tmp_path,
        "[stacks.shop.components.web]\nimage = 'web:1'\nports.http = 8080\n"
        "gate = { kind = 'http', path = '/' }\n",
    )
    loaded = subprocess.run(
        [sys.executable, "-c", LOAD, tmp_path], check=True, capture_output=True, text=True
    ).stdout.split()
    assert "pydantic" in loaded
    unwanted = {"tree_sitter", "tree_sitter_toml", "dotenv", "difflib", "docker", "rich", "scramp"}
    assert unwanted & set(loaded) == set()
