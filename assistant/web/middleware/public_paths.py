"""Which addresses anyone may ask for. All others need a login or a key."""

from __future__ import annotations

LOGIN = "/login"
LOGOUT = "/logout"
OIDC_START = "/login/oidc"
OIDC_BACK = "/login/oidc/back"
MANIFEST = "/manifest.json"

WIDGET_FRAME = "/widget"
WIDGET = ("/widget.js", WIDGET_FRAME)
"""What may be done behind the widget's page takes a token."""

HEALTH = "/api/v1/health"
"""It tells everyone the same: so nobody is recognised for it, and it answers at once however many come."""

PUBLIC_PATHS = (LOGIN, OIDC_START, OIDC_BACK, MANIFEST, HEALTH, "/api/v1/ready", *WIDGET)
"""Exactly these. Whoever adds one opens it to the world; ``test_routes.py`` lists them too."""

PUBLIC_FOLDERS = ("/site/",)
"""Our own static files."""

FOR_PROGRAMS = ("/api", "/v1", "/mcp", "/metrics")
"""Here and below, keys may come, and each route asks for what it needs; elsewhere come people."""


def is_public(path: str) -> bool:
    return path in PUBLIC_PATHS or path.startswith(PUBLIC_FOLDERS)


def is_for_programs(path: str) -> bool:
    return any(path == one or path.startswith(f"{one}/") for one in FOR_PROGRAMS)
