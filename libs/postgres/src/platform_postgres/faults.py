"""Which errors are the database being away, which may pass by themselves, which are ours."""

import asyncpg

_AWAY = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    # "Another operation is in progress": the connection broke in the middle of an answer.
    asyncpg.InternalClientError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.OutOfMemoryError,
    asyncpg.DiskFullError,
    asyncpg.ReadOnlySQLTransactionError,
)

_PASSING = (
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.LockNotAvailableError,
    asyncpg.QueryCanceledError,
)


def is_away(error: BaseException) -> bool:
    """True when the database, not the work, is the reason: wait and try the same again.

    asyncpg raises `InterfaceError` for a lost connection, but also for a value that it cannot
    encode (as `DataError`, a subclass of it): that one is the work's own fault.
    """
    return isinstance(error, _AWAY) and not isinstance(error, asyncpg.DataError)


def is_transient(error: BaseException) -> bool:
    """True when the same work may succeed if it is tried again."""
    return is_away(error) or isinstance(error, _PASSING)
