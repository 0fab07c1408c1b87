"""Fixtures of the process tests."""

from tests.process.program import program as program
from tests.process.rival_cloud import rival as rival
from tests.sshd import sshd as sshd
