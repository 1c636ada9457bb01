"""Kernels forked from a process that has imported everything: a fresh interpreter state in a tenth of the time.

A kernel is forked before any thread runs and waits for the address of its connection file; jupyter_client believes to
have launched it. It dies with the process that forked it, however that one ends.
"""

import json
import os
import queue
import signal
import sys
import time
from importlib.metadata import EntryPoint

from jupyter_client.asynchronous import AsyncKernelClient
from jupyter_client.provisioning import KernelProvisionerFactory, LocalProvisioner

from crm_analysis.reports import processes

NAME = "crm-analysis-forked"


def threads():
    """How many threads this process has: more than one, and a fork could deadlock. Many, where nobody can tell."""
    try:
        return len(os.listdir("/proc/self/task"))
    except OSError:
        return 99


def fork(close=()):
    """Fork a kernel, and let the next kernel that jupyter_client launches in this process be that one.

    ``close``: descriptors that are not for the kernel. Only for a process with a single thread.
    """
    listen, tell = os.pipe()
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            for descriptor in (tell, *close):
                os.close(descriptor)
            _be_kernel(listen, parent)
            code = 0
        finally:
            os._exit(code)
    os.close(listen)
    Forked.child, Forked.tell = Child(pid), tell
    KernelProvisionerFactory.provisioners[NAME] = EntryPoint(
        NAME, f"{__name__}:Forked", KernelProvisionerFactory.GROUP_NAME
    )
    os.environ[KernelProvisionerFactory.default_provisioner_name_env] = NAME


def _be_kernel(listen, parent):
    os.setsid()
    processes.die_with(parent)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    with open(listen, encoding="utf-8") as orders:
        orders = json.loads(orders.read())
    os.environ["JPY_PARENT_PID"] = str(parent)
    os.chdir(orders["folder"])
    sys.argv = ["ipykernel_launcher.py", "-f", orders["connection"]]
    if "numpy" in sys.modules:  # all forks would draw the same; Python's own generator sees to it itself
        sys.modules["numpy"].random.seed()
    sys.modules.setdefault("debugpy", None)  # nobody debugs a report, and importing it is most of a kernel's start
    from ipykernel.kernelapp import IPKernelApp

    app = IPKernelApp.instance()
    app.initialize([*sys.argv[1:], "--HistoryManager.enabled=False"])
    app.start()


class Client(AsyncKernelClient):
    """A client that is ready as soon as its kernel has answered by both channels.

    jupyter_client's own waits each time until the kernel has said nothing for 0.2 s.
    """

    async def wait_for_ready(self, timeout=None):
        """Ask the kernel who it is, again each second; RuntimeError when it has died, or after ``timeout`` seconds."""
        until = time.monotonic() + (float("inf") if timeout is None else timeout)
        while True:
            asked = self.kernel_info()
            try:
                reply = await self.shell_channel.get_msg(timeout=1)
                while not _idle_after(await self.iopub_channel.get_msg(timeout=0.2), asked):
                    pass
                self._handle_kernel_info_reply(reply)
                return
            except queue.Empty:  # it has not begun to listen, or it spoke before this end listened
                if not await self.is_alive():
                    raise RuntimeError("the kernel died before it said anything") from None
                if time.monotonic() > until:
                    raise RuntimeError(f"the kernel said nothing for {timeout} seconds") from None


def _idle_after(message, asked):
    """Whether a kernel says that it is done with what was asked."""
    return message["content"].get("execution_state") == "idle" and message["parent_header"].get("msg_id") == asked


class Forked(LocalProvisioner):
    """Hands jupyter_client the kernel that was forked."""

    child = None
    tell = None

    async def launch_kernel(self, cmd, **kwargs):
        """Send the waiting kernel its connection file instead of starting ``cmd``."""
        orders = {"connection": self.parent.connection_file, "folder": os.path.abspath(kwargs.get("cwd") or ".")}
        with open(Forked.tell, "w", encoding="utf-8") as tell:
            tell.write(json.dumps(orders))
        self.process = Forked.child
        self.pid = self.pgid = self.process.pid
        return self.connection_info


class Child:
    """A forked process under the few names of ``subprocess.Popen`` that jupyter_client uses."""

    stdin = stdout = stderr = None

    def __init__(self, pid):
        self.pid = pid
        self.returncode = None

    def poll(self):
        """The exit code, or None while it runs."""
        return self._collected(os.WNOHANG)

    def wait(self):
        """The exit code, once it has ended."""
        return self._collected(0)

    def _collected(self, flags):
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, flags)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def send_signal(self, number):
        """Send a signal, unless it has ended: the number may belong to another process by now."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self):
        """End it."""
        self.send_signal(signal.SIGKILL)

    terminate = kill
