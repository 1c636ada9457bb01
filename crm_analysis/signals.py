"""Signals that ask a run to end: obeyed once, and not in the middle of what must not be broken off."""

import contextlib
import signal
import threading

NAMES = ("SIGINT", "SIGTERM", "SIGHUP")
came = []  # numbers of those that came, the first first


class Stopped(BaseException):
    """A signal asked the run to end."""


def numbers():
    """Those that this system has."""
    return [getattr(signal, name) for name in NAMES if hasattr(signal, name)]


def listen():
    """Raise :class:`Stopped` in the main thread when one comes; what is ignored stays so (nohup, a shell's background)."""
    for number in numbers():
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _stop)


def heed_no_more():
    """Let none that comes from now on change anything. Not SIG_IGN, which what is started later would inherit."""
    for number in numbers():
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _heedless)


def end():
    """The program ends: until the last moment none makes a failure of what is done."""
    for number in numbers():
        signal.signal(number, signal.SIG_IGN)


def _stop(number, _frame):
    came.append(number)
    heed_no_more()  # once is enough; a second one would interrupt the tidying up
    raise Stopped(number)


def _heedless(number, _frame):
    """Nothing."""


@contextlib.contextmanager
def waiting():
    """Keep signals from interrupting; gives a function that obeys the first that came."""
    waited, before = [], {}

    def wait(*told):
        waited.append(told)

    if threading.current_thread() is threading.main_thread():
        for number in numbers():
            if callable(signal.getsignal(number)):
                before[number] = signal.signal(number, wait)

    def obey():
        if waited:
            before[waited[0][0]](*waited[0])

    try:
        yield obey
    finally:
        for number, handler in before.items():
            if signal.getsignal(number) is wait:  # or somebody has decided otherwise meanwhile
                signal.signal(number, handler)


@contextlib.contextmanager
def unbroken():
    """Signals wait until this is through: an import that is broken off cannot be begun again."""
    with waiting() as obey:
        yield
        obey()
