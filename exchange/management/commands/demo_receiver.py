"""`manage.py demo_receiver`: a partner's webhook server for demonstrations, on this machine only."""

import json
import signal
import sys
import threading
from argparse import ArgumentParser
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from standardwebhooks import Webhook, WebhookVerificationError

HOST = "127.0.0.1"
LARGEST_BODY = 1_000_000


class Receiver(ThreadingHTTPServer):
    """Takes signed events, keeps each as a line of JSON, and acknowledges it."""

    daemon_threads = True

    def __init__(self, *, port: int, secret: str, log: Path) -> None:
        super().__init__((HOST, port), EventHandler)
        self.webhook = Webhook(secret)
        self.log = log
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        """The address to subscribe."""
        return f"http://{HOST}:{self.server_port}/"

    def keep(self, line: dict[str, object]) -> None:
        """Append one line to the log."""
        with self.lock, self.log.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(line, ensure_ascii=False) + "\n")


class EventHandler(BaseHTTPRequestHandler):
    """One post: 200 with an acknowledgement, 401 for a wrong signature, 413 for too much."""

    server: Receiver
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # or each answer waits 40 ms for the client's acknowledgement
    timeout = 10

    def do_POST(self) -> None:
        """Check the signature and keep the event."""
        length = int(self.headers.get("content-length") or 0)
        if length > LARGEST_BODY:
            self.close_connection = True
            self._answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, {"acknowledged": False})
            return
        try:
            event = self.server.webhook.verify(self.rfile.read(length), dict(self.headers))
        except (WebhookVerificationError, ValueError):
            self._answer(HTTPStatus.UNAUTHORIZED, {"acknowledged": False})
            return
        self.server.keep({"webhook_id": self.headers["webhook-id"], "event": event})
        self._answer(HTTPStatus.OK, {"acknowledged": True})

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing on standard error."""

    def _answer(self, code: HTTPStatus, body: dict[str, bool]) -> None:
        content = json.dumps(body).encode()
        self.send_response(code)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


class Command(BaseCommand):
    """Receive events until stopped."""

    help = "演示用的部门接收程序：只监听本机，核验签名，逐条记录并签收"
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take port, secret and log."""
        parser.add_argument("--port", type=int, default=0, help="端口；0 为任取一个空闲端口")
        parser.add_argument("--secret", required=True, help="签名密钥（whsec_…）")
        parser.add_argument("--log", type=Path, required=True, help="记录文件，每行一个事件")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Serve until Ctrl-C or a termination signal."""
        with Receiver(port=options["port"], secret=options["secret"], log=options["log"]) as receiver:
            signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
            self.stdout.write(receiver.url)
            self.stdout.flush()
            try:
                receiver.serve_forever()
            except KeyboardInterrupt:
                self.stdout.write("已停止")
