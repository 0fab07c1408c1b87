"""Finds or makes the interpreter that the job runs with. Runs as a detached task, prints what it does, and leaves
`result.json`: {"python", "how"} or {"failed", "full"}.

Safe to run again at any point: an environment counts only once its completion mark is there.
"""

from __future__ import annotations

import ctypes.util
import errno
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from typing import Any

from .facts import find_uv
from .places import run_folder, training, weights_folder, write_atomically

OLDEST = (3, 9)
"""Older interpreters are left to the system; uv then brings a newer one."""

_IMPORT = "import importlib, sys; [importlib.import_module(name) for name in sys.argv[1:]]"
_CUDA = "import sys, torch; sys.exit(not torch.cuda.is_available())"
_INSTALLED = (
    "import importlib.metadata as m, json, platform; "
    "found = {str(one.metadata['Name']): str(one.version) for one in m.distributions()}; "
    "print(json.dumps({'python': platform.python_version(), 'packages': dict(sorted(found.items())[:2000])}))"
)
_NO_ROOM = ("no space left on device", "os error 28", "errno 28", "disk quota exceeded")
_NO_INDEX = (
    "failed to fetch",
    "error sending request",
    "could not connect",
    "client error (connect)",
    "dns error",
    "timed out",
    "network unreachable",
    "failed to download",
)


class Failed(Exception):
    """A sentence; `full` when the disk is."""

    def __init__(self, sentence: str, full: bool = False) -> None:
        super().__init__(sentence)
        self.full = full


def main(folder: str) -> int:
    with open(os.path.join(folder, "plan.json"), encoding="utf-8") as file:
        plan = json.load(file)
    try:
        environment = Environment(plan, folder)
        python, how = environment.make()
        environment.fetch_assets(python)
    except (Failed, OSError) as problem:
        full = problem.full if isinstance(problem, Failed) else problem.errno in (errno.ENOSPC, errno.EDQUOT)
        say(str(problem))
        write_atomically(
            os.path.join(folder, "result.json"), json.dumps({"failed": str(problem), "full": full}).encode("utf-8")
        )
        return 1
    say(how)
    result = {"python": python, "how": how, "installed": installed(python)}
    write_atomically(os.path.join(folder, "result.json"), json.dumps(result).encode("utf-8"))
    return 0


def installed(python: str) -> dict[str, Any]:
    """{"python": its version, "packages": {name: version}}: what it takes to train the same again. Empty where the
    interpreter does not tell."""
    try:
        found = json.loads(_output([python, "-c", _INSTALLED]))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def say(line: str) -> None:
    print(line, flush=True)


class Environment:
    def __init__(self, plan: dict[str, Any], folder: str) -> None:
        self.plan = plan
        self.folder = folder
        key = json.dumps([plan[name] for name in ("framework", "requirements", "torch", "shell")])
        self.path = os.path.join(training(), "envs", hashlib.sha256(key.encode("utf-8")).hexdigest()[:16])
        self.python = os.path.join(self.path, "bin", "python")
        self.mark = os.path.join(self.path, ".unitrainer-complete")
        self.image = shutil.which("python3") or sys.executable

    def make(self) -> tuple[str, str]:
        """(the interpreter, how it came about)."""
        self.system_packages()
        plan = self.plan
        if not plan["shell"]:
            if not plan["requirements"] and not plan["imports"]:
                return self.image, "nothing to install: the image's python3 runs the job"
            if plan["imports"] and self.image_has_it():
                return self.image, "the image's python3 has all that is needed"
        os.makedirs(os.path.dirname(self.path), exist_ok=True)
        lock = os.open(self.path + ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX)
        how = f"found in {self.path}"
        if not os.path.exists(self.mark):
            how = self.build()
        if plan["shell"]:
            self.run_shell_lines()
        self.check_imports()
        write_atomically(self.mark, b"")
        return self.python, how

    def image_has_it(self) -> bool:
        if not _succeeds([self.image, "-c", _IMPORT, *self.plan["imports"]]):
            return False
        if self.plan["torch"] and shutil.which("nvidia-smi") and _succeeds(["nvidia-smi", "-L"]):
            # A PyTorch that does not see the GPU would train on the processor, at the GPU's price.
            return _succeeds([self.image, "-c", _CUDA])
        return True

    def build(self) -> str:
        """A fresh environment with the requirements in it: by uv, else by venv and pip."""
        if os.path.lexists(self.path):
            shutil.rmtree(self.path)  # a try that was cut off
        uv = find_uv() or self.install_uv()
        if uv:
            how = self.build_with_uv(uv)
            if how:
                return how
            say("uv does not reach its package index; going on with venv and pip")
            shutil.rmtree(self.path, ignore_errors=True)
        return self.build_with_pip()

    def install_uv(self) -> str | None:
        say("installing uv")
        tools = os.path.join(training(), "tools", "uv")
        by_pip = [self.image, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target", tools, "uv"]
        if _succeeds([self.image, "-m", "pip", "--version"]) and run(by_pip)[0] == 0:
            return find_uv()
        fetch = "https://astral.sh/uv/install.sh"
        script = os.path.join(self.folder, "install-uv.sh")
        for by in (
            ["curl", "-fsSL", "--max-time", "60", "-o", script, fetch],
            ["wget", "-q", "--timeout=60", "--tries=1", "-O", script, fetch],
        ):
            if shutil.which(by[0]) and run(by)[0] == 0:
                places = {"UV_INSTALL_DIR": os.path.join(tools, "bin"), "UV_NO_MODIFY_PATH": "1"}
                if run(["sh", script], places)[0] == 0:
                    return find_uv()
        return None

    def build_with_uv(self, uv: str) -> str | None:
        """None when uv cannot reach its index, so that pip may try, which knows other ways there."""
        plan = self.plan
        options = _output([uv, "pip", "install", "--help"])
        if plan["torch"] and "--torch-backend" not in options:
            uv = self.install_uv() or uv
            options = _output([uv, "pip", "install", "--help"])
        certificates = ["--system-certs"] if "--system-certs" in options else ["--native-tls"]
        make = [uv, "venv", "--quiet", *certificates, "--python"]
        make.append(self.image if _version(self.image) >= OLDEST else ">=3.10")
        if plan["shell"]:
            make += ["--seed", "--system-site-packages"]
        code, text = run([*make, self.path])
        if code != 0:
            _raise_unless_no_index(text, "uv cannot make an environment")
            return None
        if plan["requirements"]:
            install = [uv, "pip", "install", "--python", self.python, *certificates]
            if plan["torch"] and "--torch-backend" in options:
                install.append("--torch-backend=auto")
            code, text = run([*install, "--", *plan["requirements"]])
            if code != 0:
                _raise_unless_no_index(text, "uv cannot install what the framework needs")
                return None
        return f"installed with uv into {self.path}"

    def build_with_pip(self) -> str:
        site = ["--system-site-packages"] if self.plan["shell"] else []
        if not _succeeds([self.image, "-c", "import ensurepip, venv"]):
            self.apt(["python3-venv"])
        code, text = run([self.image, "-m", "venv", *site, self.path])
        if code != 0:
            _raise_if_full(text)
            raise Failed("python3 -m venv does not work here, and uv could not be had")
        if self.plan["requirements"]:
            code, text = run(
                [self.python, "-m", "pip", "install", "--disable-pip-version-check", *self._requirements()]
            )
            if code != 0:
                _raise_if_full(text)
                raise Failed("neither uv nor pip could install what the framework needs")
        return f"installed with pip into {self.path}"

    def _requirements(self) -> list[str]:
        """As a file: a requirement can then never be taken for an option."""
        path = os.path.join(self.folder, "requirements.txt")
        write_atomically(path, "".join(line + "\n" for line in self.plan["requirements"]).encode("utf-8"))
        return ["-r", path]

    def run_shell_lines(self) -> None:
        source = os.path.join(run_folder(self.plan["run"]), "source")
        script = os.path.join(self.folder, "setup.sh")
        write_atomically(script, "".join(line + "\n" for line in self.plan["shell"]).encode("utf-8"))
        path = os.path.dirname(self.python) + os.pathsep + os.environ.get("PATH", os.defpath)
        where = source if os.path.isdir(source) else training()
        code, text = run(["bash", "-e", script], {"PATH": path, "VIRTUAL_ENV": self.path}, where)
        if code != 0:
            _raise_if_full(text)
            raise Failed(f"a line of training.setup ended with exit code {code}")

    def check_imports(self) -> None:
        if not self.plan["imports"]:
            return
        code, text = run([self.python, "-c", _IMPORT, *self.plan["imports"]])
        if code != 0:
            _raise_if_full(text)
            raise Failed("what was installed cannot be imported")

    def fetch_assets(self, python: str) -> None:
        """The weights that training begins with, so that their lack is known before anybody waits for the upload."""
        names = self.plan["assets"]
        if not names or not self.plan["fetcher"]:
            return
        os.makedirs(weights_folder(), exist_ok=True)
        script = os.path.join(self.folder, self.plan["fetcher"])
        code, text = run([python, "-u", script, weights_folder(), *names])
        if code == 0:
            return
        _raise_if_full(text)
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        if code == 2 and lines and lines[-1].startswith("error: "):
            raise Failed(lines[-1][len("error: ") :].rstrip("."))
        raise Failed(f"the weights {', '.join(names)} could not be fetched")

    def system_packages(self) -> None:
        missing = [package for probe, package in self.plan["apt"] if not _is_there(probe)]
        if missing:
            self.apt(missing)

    def apt(self, packages: list[str]) -> None:
        say("installing system packages: " + " ".join(packages))
        root = [] if os.geteuid() == 0 else ["sudo", "-n"]
        # Right after boot the unattended upgrades of an image hold apt's lock for a while.
        apt = [*root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-o", "DPkg::Lock::Timeout=180", "-y", "-q"]
        run([*apt, "update"])
        code, text = run([*apt, "install", "--no-install-recommends", *packages])
        if code != 0:
            _raise_if_full(text)
            raise Failed(f"apt-get could not install {' '.join(packages)}")


def run(argv: list[str], environment: dict[str, str] | None = None, where: str | None = None) -> tuple[int, str]:
    """Runs a command, passing its output on as it comes. Its exit code and the end of its output."""
    try:
        child = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})},
            cwd=where,
        )
    except OSError as problem:
        say(f"{argv[0]}: {problem.strerror}")
        return 127, ""
    assert child.stdout is not None
    kept = b""
    while True:
        data = os.read(child.stdout.fileno(), 1 << 16)
        if not data:
            break
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        kept = (kept + data)[-(1 << 16) :]
    return child.wait(), kept.decode("utf-8", "replace")


def _raise_if_full(text: str) -> None:
    if any(sign in text.lower() for sign in _NO_ROOM):
        raise Failed("the disk of the machine is full", full=True)


def _raise_unless_no_index(text: str, sentence: str) -> None:
    _raise_if_full(text)
    if not any(sign in text.lower() for sign in _NO_INDEX):
        raise Failed(sentence)


def _succeeds(argv: list[str]) -> bool:
    try:
        nothing = subprocess.DEVNULL
        return (
            subprocess.run(argv, stdin=nothing, stdout=nothing, stderr=nothing, timeout=300, check=False).returncode
            == 0
        )
    except (OSError, subprocess.TimeoutExpired):
        return False


def _output(argv: list[str]) -> str:
    try:
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode("utf-8", "replace")


def _version(python: str) -> tuple[int, ...]:
    text = _output([python, "-c", "import sys; print(*sys.version_info[:2])"])
    return tuple(int(part) for part in text.split())


def _is_there(probe: str) -> bool:
    """A command by its name, or a shared library by its file's name (libGL.so.1) or short name (GL)."""
    if shutil.which(probe):
        return True
    if ".so" in probe:
        try:
            ctypes.CDLL(probe)
        except OSError:
            return False
        return True
    return ctypes.util.find_library(probe[3:] if probe.startswith("lib") else probe) is not None
