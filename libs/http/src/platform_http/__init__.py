"""The HTTP side of every service."""

from pathlib import Path

from platform_http.app import MAX_BODY_BYTES, create_app
from platform_http.dependencies import Caller, Paged, Reads, Writes
from platform_http.health import Health
from platform_http.paging import Page, PageRequest
from platform_http.problems import FieldError, Problem, RequestError
from platform_http.settings import HttpSettings, ListenSettings
from platform_http.transactions import Bell, Reader, Writer

MIGRATIONS = Path(__file__).with_name("migrations")
"""The table of idempotent requests, in the schema of every service that serves POSTs."""

__all__ = [
    "MAX_BODY_BYTES",
    "MIGRATIONS",
    "Bell",
    "Caller",
    "FieldError",
    "Health",
    "HttpSettings",
    "ListenSettings",
    "Page",
    "PageRequest",
    "Paged",
    "Problem",
    "Reader",
    "Reads",
    "RequestError",
    "Writer",
    "Writes",
    "create_app",
]
