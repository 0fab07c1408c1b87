"""Where a run's things stand on the host, and the links that lead to the current run's.

~/training/
  dataset, output            links to the current run's
  cache/datasets/<digest>/   what was uploaded, shared by content
  cache/weights/             trained weights that models begin with, shared by name
  envs/<hash>/               virtual environments, shared by plan
  runs/<id>/{job,output,source,setup,dataset}
"""

from __future__ import annotations

import os
import re
import shutil

# So often `point_dataset` tries against a `prepare` beside it, which comes once for each task.
POINT_TRIES = 50
_RUN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}\Z")


def training() -> str:
    return os.path.join(os.path.expanduser("~"), "training")


def run_folder(run: str) -> str:
    """Raises ValueError for an id that could lead anywhere else."""
    if not _RUN.match(run):
        raise ValueError(f"{run!r} is no run id")
    return os.path.join(training(), "runs", run)


def weights_folder() -> str:
    return os.path.join(training(), "cache", "weights")


def boot_id() -> str:
    """Changes with each start of the machine; empty where the kernel does not tell."""
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            return file.read().strip()
    except OSError:
        return ""


def prepare(run: str) -> None:
    """Makes the run's folders, empty, once; points `~/training/dataset` and `~/training/output` at them."""
    folder = run_folder(run)
    done = os.path.join(folder, "prepared")
    if not os.path.exists(done):
        for name in ("job", "output"):
            path = os.path.join(folder, name)
            if os.path.islink(path) or os.path.isfile(path):
                os.unlink(path)
            elif os.path.isdir(path):
                shutil.rmtree(path)
            os.makedirs(path, mode=0o700)
        write_atomically(done, b"")
    dataset = os.path.join(folder, "dataset")
    if not os.path.lexists(dataset):
        os.makedirs(dataset, exist_ok=True)
    for name in ("dataset", "output"):
        point(os.path.join(training(), name), os.path.join(folder, name))


def point(link: str, target: str) -> bool:
    """Makes `link` lead to `target`. A real file or folder of the user's is left as it is: then False."""
    if os.path.lexists(link) and not os.path.islink(link):
        return False
    fresh = f"{link}.{os.getpid()}.new"
    if os.path.lexists(fresh):
        os.unlink(fresh)
    os.symlink(target, fresh)
    os.replace(fresh, link)
    return True


def point_dataset(run: str, target: str) -> None:
    """Makes `target` the run's dataset, in place of the empty folder that `prepare` left."""
    link = os.path.join(run_folder(run), "dataset")
    os.makedirs(os.path.dirname(link), exist_ok=True)
    for _ in range(POINT_TRIES):
        if os.path.isdir(link) and not os.path.islink(link):
            os.rmdir(link)
        try:
            if point(link, target):
                break
        except IsADirectoryError:
            pass  # setup, which runs beside the upload, has just prepared the run's folders and made it again
    else:
        raise OSError(f"{link} cannot be made to lead to the dataset")
    point(os.path.join(training(), "dataset"), link)


def write_atomically(path: str, data: bytes, mode: int = 0o600) -> None:
    """The file is there whole or not at all."""
    fresh = f"{path}.{os.getpid()}.new"
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
    os.replace(fresh, path)


def read_if_there(path: str, limit: int = 1 << 20) -> bytes | None:
    try:
        with open(path, "rb") as file:
            return file.read(limit)
    except (FileNotFoundError, NotADirectoryError):
        return None
