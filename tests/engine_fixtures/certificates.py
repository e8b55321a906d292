"""An authority for one test session, and what it signs for servers on loopback."""

from pathlib import Path
from typing import NamedTuple

import trustme
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from tools.stack.ports import LOOPBACK


class Certificates(NamedTuple):
    """PEM files. authority: whom clients must trust; stranger: who has signed nothing here. key: PKCS #8."""

    authority: Path
    stranger: Path
    chain: Path
    key: Path

    @property
    def keystore(self) -> str:
        """Key and chain in one, as Kafka takes them."""
        return self.key.read_text("ascii") + self.chain.read_text("ascii")


def made(folder: Path) -> Certificates:
    folder.mkdir(parents=True, exist_ok=True)
    files = Certificates(*(folder / name for name in ("ca.crt", "stranger.crt", "server.crt", "server.key")))
    authority = trustme.CA()
    server = authority.issue_cert(LOOPBACK)
    authority.cert_pem.write_to_path(str(files.authority))
    trustme.CA().cert_pem.write_to_path(str(files.stranger))
    files.chain.write_bytes(b"".join(blob.bytes() for blob in server.cert_chain_pems))
    key = load_pem_private_key(server.private_key_pem.bytes(), None)
    files.key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return files
