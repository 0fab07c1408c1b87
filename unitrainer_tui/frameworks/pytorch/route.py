"""The network interface by which another machine is reached. Standard library only.

gloo and NCCL guess one from the machine's own name, which on rented machines often leads nowhere.
"""

from __future__ import annotations

import ipaddress
import socket
import struct

_SIOCGIFADDR = 0x8915  # linux/sockios.h


def interface_to(host: str) -> str | None:
    """Its name (eth0, lo), None where it cannot be told. Nothing is sent: connecting UDP only picks a route."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect((host, 9))
            own = str(probe.getsockname()[0])
            if ipaddress.ip_address(own).is_loopback:
                return "lo"
            for _, name in socket.if_nameindex():
                if _address(probe, name) == own:
                    return name
    except OSError:
        return None
    return None


def _address(probe: socket.socket, name: str) -> str | None:
    import fcntl  # not everywhere, and needed for several machines only

    request = struct.pack("256s", name.encode()[:15])
    try:
        answer = fcntl.ioctl(probe.fileno(), _SIOCGIFADDR, request)
    except OSError:  # an interface without an IPv4 address
        return None
    return socket.inet_ntoa(answer[20:24])
