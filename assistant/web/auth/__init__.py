"""Authentication and access control in front of every route."""

from assistant.web.auth.access_control import AccessControl

__all__ = ["AccessControl"]
