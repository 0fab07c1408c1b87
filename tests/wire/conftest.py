"""Fixtures of the wire tests."""

from tests.sshd import sshd as sshd
