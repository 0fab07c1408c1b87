"""Fixtures of the process tests."""

from tests.process.program import program as program
from tests.sshd import sshd as sshd
