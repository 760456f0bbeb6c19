"""An SMTP sink that does STARTTLS, for smtp-sink does not: `python -m tests.bench.tls_sink PORT CERTIFICATE`."""

import asyncio
import ssl
import sys
from typing import cast

import uvloop

OFFER = b"250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n"


class Line(asyncio.Protocol):
    """One connection. It answers what it reads and keeps nothing of a body."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self.context = context
        self.held = b""
        self.inside = False
        self.safe = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        if not self.safe:
            transport.write(b"220 sink ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        self.held += data
        answers = []
        while True:
            if self.inside:
                end = self.held.find(b"\r\n.\r\n")
                if end < 0:
                    self.held = self.held[-4:]
                    break
                self.held, self.inside = self.held[end + 5 :], False
                answers.append(b"250 2.0.0 Ok: queued as SINK\r\n")
            line, ended, rest = self.held.partition(b"\r\n")
            if not ended:
                break
            self.held = rest
            answers.append(self.answer(line[:4].upper()))
        self.transport.write(b"".join(answers))

    def answer(self, verb: bytes) -> bytes:
        if verb == b"EHLO":
            return OFFER + (b"250 SIZE 0\r\n" if self.safe else b"250-SIZE 0\r\n250 STARTTLS\r\n")
        if verb == b"STAR":
            asyncio.get_running_loop().create_task(self.upgrade())
            return b"220 2.0.0 Ready\r\n"
        if verb == b"DATA":
            self.inside = True
            return b"354 go on\r\n"
        if verb == b"QUIT":
            asyncio.get_running_loop().call_soon(self.transport.close)
            return b"221 2.0.0 Bye\r\n"
        return b"250 2.0.0 Ok\r\n"

    async def upgrade(self) -> None:
        loop = asyncio.get_running_loop()
        self.safe = True
        upgraded = await loop.start_tls(self.transport, self, self.context, server_side=True)
        assert upgraded is not None
        self.transport = upgraded


async def serve(port: int, certificate: str) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    server = await asyncio.get_running_loop().create_server(lambda: Line(context), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1]), sys.argv[2]))
