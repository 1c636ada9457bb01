"""Handing out notebooks and hearing of them: what is given again, what ends the run."""

import queue
import time
from pathlib import Path

import pytest

from crm_analysis.reports import crew, run

JOBS = [{"stem": stem} for stem in ("a", "b", "c")]


@pytest.fixture
def made(monkeypatch):
    """A crew of one nursery with two slots; jobs that are sent are answered by ``answers(job)``."""
    nursery, cold = object(), [object(), object()]
    events, sent = queue.Queue(), []
    told = crew.Crew(Path("draft"), object(), [nursery, nursery], events, [], {})
    answers = {}

    def send(process, job):
        sent.append((process, job["stem"]))
        for event in answers["of"](process, job):
            events.put((process, event and {"stem": job["stem"], "number": job["number"], "seconds": 1, **event}))

    monkeypatch.setattr(crew, "send", send)
    monkeypatch.setattr(crew, "in_the_cold", lambda crew: crew._replace(running=cold))

    def executed(of, jobs=JOBS, before=()):
        answers["of"] = of
        for event in before:
            events.put((nursery, event))
        heard = run._heard(told, time.monotonic() + 20, 0)
        return [(e["event"], e["stem"]) for e in run._executed(told, [dict(j) for j in jobs], heard)]

    return executed, sent, nursery, cold


def done(process, job):
    return [
        {"event": "started", "pid": 1},
        {"event": "cell", "done": 1, "of": 1},
        {"event": "done"},
        {"event": "ended"},
    ]


def test_every_notebook_is_run_once(made):
    executed, sent, *_ = made
    events = executed(done, before=[{"event": "ready", "forks": True}])
    assert sorted(stem for event, stem in events if event == "done") == ["a", "b", "c"]
    assert [stem for _, stem in sent] == ["a", "b", "c"]


def test_a_kernel_that_does_not_start_is_tried_once_more(made):
    executed, sent, *_ = made
    failed = []

    def first_time_not(process, job):
        if job["stem"] == "b" and not failed:
            failed.append(job)
            return [{"event": "failed", "kind": "start"}, {"event": "ended"}]
        return done(process, job)

    events = executed(first_time_not)
    assert sorted(stem for event, stem in events if event == "done") == ["a", "b", "c"]
    assert [stem for _, stem in sent].count("b") == 2

    events = executed(
        lambda process, job: [{"event": "failed", "kind": "start", "cause": "no port"}, {"event": "ended"}], JOBS[:1]
    )
    assert events == [("failed", "a")]


def test_a_nursery_that_must_not_fork_is_replaced_and_nothing_is_lost_or_run_twice(made):
    executed, sent, nursery, cold = made
    events = executed(
        lambda process, job: done(process, job) if process in cold else [], before=[{"event": "ready", "forks": False}]
    )
    assert sorted(stem for event, stem in events if event == "done") == ["a", "b", "c"]
    assert {stem for process, stem in sent if process in cold} == {"a", "b", "c"}


@pytest.mark.parametrize(
    ("answer", "says"),
    [([{"event": "ended"}], "a: the process that ran it was killed"), ([None], "a worker process was killed")],
)
def test_a_process_that_ends_without_a_word_ends_the_run(made, answer, says):
    executed, *_ = made
    with pytest.raises(run.NotebookFailed, match=says) as error:
        executed(lambda process, job: answer, JOBS[:1])
    assert error.value.kind == "kernel"
