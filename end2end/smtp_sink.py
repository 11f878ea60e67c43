"""A mailbox for tests: takes every mail and writes it to a numbered .eml file.
Addresses that begin with "refused" do not exist.

Usage: smtp_sink.py PORT FOLDER
"""

import asyncio
import itertools
import os
import sys

from aiosmtpd.smtp import SMTP


class Folder:
    """Writes each message under its final name only once it is whole."""

    def __init__(self, path):
        self.path = path
        self.numbers = itertools.count(1)

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("refused"):
            return "550 No such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        name = os.path.join(self.path, f"{next(self.numbers):06}")
        with open(f"{name}.part", "wb") as file:
            file.write(envelope.content)
        os.rename(f"{name}.part", f"{name}.eml")
        return "250 OK"


async def main(port, folder):
    handler = Folder(folder)
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(handler, hostname="localhost"), "127.0.0.1", port
    )
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2]))
