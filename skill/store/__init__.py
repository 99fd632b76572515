"""Where sessions are kept between turns and restarts."""

from skill.store.errors import (
    ConflictError,
    StoreCorruptError,
    StoreError,
    StoreFullError,
    StoreLockedError,
    StoreReadOnlyError,
    StoreVersionError,
)
from skill.store.retention import retention
from skill.store.sqlite import SessionStore, Stored

__all__ = [
    "ConflictError",
    "SessionStore",
    "StoreCorruptError",
    "StoreError",
    "StoreFullError",
    "StoreLockedError",
    "StoreReadOnlyError",
    "StoreVersionError",
    "Stored",
    "retention",
]
