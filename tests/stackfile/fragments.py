"""Pieces of configurations that are right, for others to break."""

from __future__ import annotations

COMPONENT = """\
[stacks.shop.components.web]
image = "web:1"
ports.http = 8080
gate = { kind = "http", path = "/health" }
"""
ONE_SHOT = """\
[stacks.shop.components.job]
image = "job:1"
one_shot = true
"""
BOOTSTRAP = """\
[bootstrap.datastorage]
datastorage_image = "datastorage:1"
[stacks.shop]
bootstrap = "datastorage"
"""
PLATFORM = """\
[e2e.shop]
manifests = ["deploy"]
"""
