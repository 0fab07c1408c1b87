"""The rented machine over SSH: connection, setup, transfer, job control."""

from unitrainer_tui.remote.connector import SshConnector
from unitrainer_tui.remote.ssh_host import SshHost

__all__ = ["SshConnector", "SshHost"]
