"""The first process of one rented host, as init is on a machine: everything that runs there descends from it.

Started by `processes.py` as a script of its own (`python -I -S init.py`), standard library only. It outlives the SSH
connections and the sandbox server, starts the commands that the server asks for, adopts and reaps what they leave
behind, and where the kernel allows it lives in a process and mount namespace: it is PID 1 there, so that killing it
ends every process of the host, and `/proc` shows the host's own processes and a boot id of its own. Elsewhere it is a
child subreaper, and `processes.py` ends its descendants one by one.

A request comes over a Unix socket as one JSON line with three file descriptors (stdin, stdout, stderr):
`{"argv": [...], "cwd": "...", "env": {...}}`. The answers are JSON lines: `{"pid": n}` or `{"error": "..."}`, then
`{"exit": code}` or `{"signal": n}` with `"left": n`, the number of adopted processes then alive. A line
`{"signal": n}` from the server signals the command's process group.
"""

from __future__ import annotations

import array
import contextlib
import ctypes
import json
import os
import selectors
import signal
import socket
import sys
from typing import Any

CLONE_NEWNS = 0x00020000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_BIND = 2, 4, 8, 4096
MS_REC, MS_PRIVATE = 16384, 1 << 18
PR_SET_CHILD_SUBREAPER = 36

libc = ctypes.CDLL(None, use_errno=True)


def call(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def mount(source: str, target: str, kind: str, flags: int, data: str = "") -> None:
    call(libc.mount(source.encode(), target.encode(), kind.encode(), flags, data.encode()), f"mount {target}")


def enter_namespaces() -> bool:
    """A new process and mount namespace for the children of this process; False where that is not allowed."""
    uid, gid = os.getuid(), os.getgid()
    flags = CLONE_NEWPID | CLONE_NEWNS | (0 if uid == 0 else CLONE_NEWUSER)
    if libc.unshare(flags) != 0:
        return False
    if uid != 0:
        for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
            with open(f"/proc/self/{name}", "w") as file:
                file.write(text)
    return True


def furnish(home: str, boot_id_file: str, disk_mb: float) -> None:
    """The namespace's own /proc and boot id and, for a small disk, a file system of that size as the home."""
    mount("none", "/", "", MS_REC | MS_PRIVATE)
    mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC)
    with contextlib.suppress(OSError):  # a nicety: the host is one without it
        mount(boot_id_file, "/proc/sys/kernel/random/boot_id", "", MS_BIND)
    if disk_mb:
        mount("tmpfs", home, "tmpfs", MS_NOSUID | MS_NODEV, f"size={int(disk_mb * 1048576)},mode=0700")
        os.makedirs(f"{home}/tmp", exist_ok=True)


def adopted(own: int, started: set[int]) -> int:
    """How many living children of this process were not started by a request: what commands left behind."""
    count = 0
    for name in os.listdir("/proc"):
        if not name.isdigit() or int(name) in started:
            continue
        try:
            with open(f"/proc/{name}/stat", "rb") as file:
                state, parent = file.read().rsplit(b")", 1)[1].split()[:2]
        except (OSError, IndexError, ValueError):
            continue
        count += int(parent) == own and state != b"Z"
    return count


class Init:
    def __init__(self, listener: socket.socket) -> None:
        self.listener = listener
        self.selector = selectors.DefaultSelector()
        self.commands: dict[int, socket.socket] = {}
        self.connections: dict[socket.socket, int] = {}
        self.buffers: dict[socket.socket, bytes] = {}
        self.descriptors: dict[socket.socket, list[int]] = {}

    def run(self) -> None:
        ended, wake = os.pipe()
        for end in (ended, wake):
            os.set_blocking(end, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        for ignored in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
            signal.signal(ignored, signal.SIG_IGN)
        self.selector.register(ended, selectors.EVENT_READ)
        self.selector.register(self.listener, selectors.EVENT_READ)
        while True:
            for key, _ in self.selector.select():
                if key.fileobj == ended:
                    with contextlib.suppress(BlockingIOError):
                        os.read(ended, 4096)
                elif key.fileobj is self.listener:
                    self.accept()
                else:
                    assert isinstance(key.fileobj, socket.socket)
                    self.receive(key.fileobj)
            self.reap()

    def accept(self) -> None:
        with contextlib.suppress(BlockingIOError):
            connection, _ = self.listener.accept()
            connection.setblocking(False)
            self.selector.register(connection, selectors.EVENT_READ)
            self.buffers[connection] = b""
            self.connections[connection] = 0

    def receive(self, connection: socket.socket) -> None:
        try:
            data, ancillary, _, _ = connection.recvmsg(65536, socket.CMSG_SPACE(3 * 4))
        except BlockingIOError:
            return
        except OSError:
            data, ancillary = b"", []
        descriptors = array.array("i")
        for level, kind, content in ancillary:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                descriptors.frombytes(content[: len(content) - len(content) % descriptors.itemsize])
        if descriptors:
            self.pending(connection, list(descriptors))
        if not data:
            self.forget(connection)
            return
        self.buffers[connection] += data
        while b"\n" in self.buffers[connection]:
            line, self.buffers[connection] = self.buffers[connection].split(b"\n", 1)
            self.obey(connection, json.loads(line))

    def pending(self, connection: socket.socket, descriptors: list[int]) -> None:
        for descriptor in descriptors:
            os.set_inheritable(descriptor, False)  # else a daemon would keep the command's output open
        self.descriptors.setdefault(connection, []).extend(descriptors)

    def obey(self, connection: socket.socket, request: dict[str, Any]) -> None:
        if "argv" in request:
            descriptors = self.descriptors.pop(connection, [])
            try:
                pid = self.start(request, descriptors)
            except OSError as error:
                self.tell(connection, {"error": str(error)})
                return
            finally:
                for descriptor in descriptors:
                    os.close(descriptor)
            self.commands[pid] = connection
            self.connections[connection] = pid
            self.tell(connection, {"pid": pid})
        elif "signal" in request and self.connections.get(connection):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.connections[connection], request["signal"])
        elif "hello" in request:
            self.tell(connection, {"pid": os.getpid()})

    def start(self, request: dict[str, Any], descriptors: list[int]) -> int:
        if len(descriptors) != 3:
            raise OSError("a command comes with three file descriptors")
        pid = os.fork()
        if pid:
            return pid
        try:
            os.setsid()
            signal.set_wakeup_fd(-1)
            for number in range(1, signal.NSIG):
                with contextlib.suppress(OSError, ValueError):
                    signal.signal(number, signal.SIG_DFL)
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # a full disk is an error of write, not a death
            for target, descriptor in enumerate(descriptors):
                os.dup2(descriptor, target)
            os.chdir(request["cwd"])
            os.execve(request["argv"][0], request["argv"], request["env"])
        except BaseException as error:
            with contextlib.suppress(OSError):
                os.write(2, f"{request['argv'][0]}: {error}\n".encode())
        finally:
            os._exit(127)

    def reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            connection = self.commands.pop(pid, None)
            if connection is None:
                continue
            left = adopted(os.getpid(), set(self.commands))
            if os.WIFSIGNALED(status):
                self.tell(connection, {"signal": os.WTERMSIG(status), "left": left})
            else:
                self.tell(connection, {"exit": os.WEXITSTATUS(status), "left": left})
            self.forget(connection)

    def tell(self, connection: socket.socket, answer: dict[str, Any]) -> None:
        with contextlib.suppress(OSError):  # the server that asked is gone
            connection.send(json.dumps(answer).encode() + b"\n")

    def forget(self, connection: socket.socket) -> None:
        pid = self.connections.pop(connection, None)
        if pid is None:
            return
        # A command whose server is gone lives on, as one whose SSH connection is lost does.
        self.buffers.pop(connection, None)
        for descriptor in self.descriptors.pop(connection, []):
            os.close(descriptor)
        self.selector.unregister(connection)
        connection.close()


def main() -> None:
    """Arguments: the listening socket's descriptor, the home, the file with the boot id, the disk's size in MB or 0,
    whether to try namespaces. The first line on stdout says which way it became."""
    listener = socket.socket(fileno=int(sys.argv[1]))
    home, boot_id_file, disk_mb, namespaces = sys.argv[2], sys.argv[3], float(sys.argv[4]), sys.argv[5] == "yes"
    contained = False
    if namespaces:
        contained = enter_namespaces()
    if contained:
        if os.fork():
            os._exit(0)
        furnish(home, boot_id_file, disk_mb)
    else:
        if os.fork():
            os._exit(0)
        call(libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), "prctl")
        if disk_mb:  # the nearest thing without a file system of its own: no file grows beyond it
            import resource

            resource.setrlimit(resource.RLIMIT_FSIZE, (int(disk_mb * 1048576),) * 2)
    listener.setblocking(False)
    os.chdir("/")
    # The server reads this line, then both ends are closed: the init belongs to nobody.
    os.write(1, b"contained\n" if contained else b"subreaper\n")
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    Init(listener).run()


if __name__ == "__main__":
    main()
