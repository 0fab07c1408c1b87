"""Public addresses of the embedded cloud: 127.64.0.0 to 127.126.255.255, one for each allocated IP.

An allocated address is held by an abstract Unix socket of its name, which is unique on this machine and goes away
with the process, so that two servers never lend the same one.
"""

from __future__ import annotations

import random
import socket


class AddressPool:
    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._held: dict[str, socket.socket] = {}

    def hold(self, address: str) -> bool:
        """Marks an address as ours; False when another server holds it."""
        if address in self._held:
            return False
        mark = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            mark.bind(f"\0unitrainer-sandbox-{address}")
        except OSError:
            mark.close()
            return False
        self._held[address] = mark
        return True

    def allocate(self, port: int) -> str:
        """An address that nobody holds and on which `port` is free. Raises OSError when there is none."""
        for _ in range(200):
            rng = self._rng
            address = f"127.{rng.randint(64, 126)}.{rng.randint(0, 255)}.{rng.randint(1, 254)}"
            if self.hold(address):
                if _free(address, port):
                    return address
                self.release(address)
        raise OSError("no loopback address is free")

    def release(self, address: str) -> None:
        mark = self._held.pop(address, None)
        if mark is not None:
            mark.close()

    def close(self) -> None:
        for address in list(self._held):
            self.release(address)


def _free(address: str, port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError:
            return False
        return True
