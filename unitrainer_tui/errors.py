"""Everything that can go wrong and be told to the user, in one tree.

UnitrainerError                 a human sentence, a hint, the exit code of the command that meets it
├── UsageProblem          (2)   bad arguments
│   ├── ProfileProblem    (2)   a profile that does not hold, with file and key
│   ├── DatasetProblem    (2)   a dataset that does not hold, with the faults found
│   └── SecretProblem     (2)   no API key, or one that others can read
├── NoSuchRun             (4)
├── RunFailed             (1)   the run cannot go on; everything is given back
│   └── NothingLaunched   (1|2) the same before anything was launched
├── ResourcesRemain       (3)   something is still held or could not be proven gone
├── CloudError            (1)   the cloud's answer
│   ├── CloudRefused            an answer that proves that the call had no effect (4xx but 408)
│   │   ├── CloudUnauthorized   401, 403
│   │   ├── CloudNotFound       404
│   │   └── CloudThrottled      429, with `retry_after` seconds
│   ├── CloudUnclear            timeout, reset, 5xx, garbage: the call may have had its effect
│   └── CloudUnreachable        no connection was made: the call had no effect
└── HostError             (1)   the rented machine over SSH
    ├── HostUnreachable         no connection, or it was lost; worth another try
    ├── HostLoginRefused        sshd answers and refuses the login; worth another try while keys are being written
    ├── HostKeyChanged          another machine answers: no data, no secret is sent
    ├── HostCommandFailed       a command ended with an exit code; `last_lines`
    ├── HostFileChanged         a file there is another one than was listed; list again
    └── HostDiskFull
"""

from __future__ import annotations

from collections.abc import Sequence


class UnitrainerError(Exception):
    """The base: `str()` is one sentence that says what is wrong and where; `hint` says what to do."""

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def sentence(self) -> str:
        """The message and, where there is one, the hint, as one line."""
        return f"{self.message} {self.hint}".strip() if self.hint else self.message


class UsageProblem(UnitrainerError):
    exit_code = 2


class ProfileProblem(UsageProblem):
    """A profile that does not hold. `problems` are (key, what is wrong) pairs."""

    def __init__(self, message: str, hint: str = "", problems: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(message, hint)
        self.problems = tuple(problems)


class DatasetProblem(UsageProblem):
    """A dataset that does not hold. `faults` are sentences, each with file and line where known."""

    def __init__(self, message: str, hint: str = "", faults: Sequence[str] = ()) -> None:
        super().__init__(message, hint)
        self.faults = tuple(faults)


class SecretProblem(UsageProblem):
    pass


class NoSuchRun(UnitrainerError):
    exit_code = 4


class RunFailed(UnitrainerError):
    exit_code = 1


class NothingLaunched(RunFailed):
    """The run ended in its check. `exit_code` is 2 where the user's input is at fault, else 1."""

    def __init__(self, message: str, hint: str = "", exit_code: int = 1) -> None:
        super().__init__(message, hint)
        self.exit_code = exit_code


class ResourcesRemain(UnitrainerError):
    exit_code = 3


class CloudError(UnitrainerError):
    """`status` is the HTTP status where there was one; `raw` the cloud's own words, for the log only."""

    def __init__(self, message: str, hint: str = "", *, status: int | None = None, raw: str = "") -> None:
        super().__init__(message, hint)
        self.status = status
        self.raw = raw


class CloudRefused(CloudError):
    pass


class CloudUnauthorized(CloudRefused):
    pass


class CloudNotFound(CloudRefused):
    pass


class CloudThrottled(CloudRefused):
    """429. `retry_after` is the number of seconds that the cloud asks for, None where it does not say."""

    def __init__(self, message: str, hint: str = "", *, raw: str = "", retry_after: float | None = None) -> None:
        super().__init__(message, hint, status=429, raw=raw)
        self.retry_after = retry_after


class CloudUnclear(CloudError):
    pass


class CloudUnreachable(CloudError):
    pass


class HostError(UnitrainerError):
    pass


class HostUnreachable(HostError):
    pass


class HostLoginRefused(HostError):
    pass


class HostKeyChanged(HostError):
    pass


class HostCommandFailed(HostError):
    """`last_lines` are the last lines that the command printed, already safe to show."""

    def __init__(
        self, message: str, hint: str = "", *, code: int | None = None, last_lines: Sequence[str] = ()
    ) -> None:
        super().__init__(message, hint)
        self.code = code
        self.last_lines = tuple(last_lines)


class HostFileChanged(HostError):
    pass


class HostDiskFull(HostError):
    pass
