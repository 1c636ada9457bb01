"""What several tests need: a local Spark session, a report on the demo, and the everyday choice of tests."""

import os

import hypothesis
import pytest

# A shared machine may be slow; a property is not wrong for taking long.
hypothesis.settings.register_profile("suite", deadline=None, max_examples=12, derandomize=True)
hypothesis.settings.load_profile("suite")


def pytest_addoption(parser):
    parser.addoption("--one-case", action="store_true", help="of each parametrised test only the first case")


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the groups
def pytest_collection_modifyitems(config, items):
    """What needs a server of its own runs in one worker, so that one server is started, not one per worker."""
    if config.getoption("--one-case"):
        first = {}
        for item in items:
            first.setdefault((item.path, item.parent.nodeid, getattr(item, "originalname", item.name)), item)
        config.hook.pytest_deselected(items=[item for item in items if item not in first.values()])
        items[:] = first.values()
    for item in items:
        for server in ("spark", "postgres"):
            if item.get_closest_marker(server) or server in getattr(item, "fixturenames", ()):
                item.add_marker(pytest.mark.xdist_group(server))


@pytest.fixture(scope="session")
def spark():
    """A Spark session on two local cores; skipped, with the reason, where Java or pyspark is absent."""
    sql = pytest.importorskip("pyspark.sql", reason="the extra `spark` is not installed")
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    try:
        session = (
            sql.SparkSession.builder.master("local[2]")
            .config("spark.ui.enabled", "false")
            .config("spark.sql.shuffle.partitions", "2")
            .config("spark.driver.bindAddress", "127.0.0.1")
            # small tables, short lives: compiling plans and hot code would cost more than it saves
            .config("spark.sql.codegen.wholeStage", "false")
            .config("spark.driver.extraJavaOptions", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
            .getOrCreate()
        )
    except Exception as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"Spark does not start here: {error}")
    yield session
    session.stop()


@pytest.fixture(scope="session")
def demo_report(tmp_path_factory):
    """The folder of a report on the demo company, made by the command a newcomer runs."""
    from tests.reports.test_run import command

    out = tmp_path_factory.mktemp("reports") / "demo"
    done = command("report", "--out", out)
    assert done.returncode == 0, done.stderr
    return out
