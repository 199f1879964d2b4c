"""service.py - what the tests of the bank's HTTP service share.

A test program is a module of unittest cases; run_tests() runs it as CTest does, with the
service's program as the first argument, and prints a summary that scripts/test can add up.
"""

import contextlib
import http.client
import json
import os
import pathlib
import re
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

PROGRAM = os.environ.get("BANK", "bank")
PROBLEM = "application/problem+json"
PATIENCE = 60  # seconds: for what is only late where a machine is slow or busy


def wait_until(condition, what):
    """Until a condition holds, however long a busy machine takes."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"in {PATIENCE} seconds: not {what}")
        time.sleep(0.02)


class Service:
    """One running bank."""

    def __init__(self, *options, store="memory:", files=None, folder=None):
        def limit_files():
            if files:
                resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))

        self.store = store
        self.log = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [PROGRAM, "--listen", "127.0.0.1:0", "--store", store, *options],
            stdout=subprocess.PIPE, stderr=self.log, cwd=folder, preexec_fn=limit_files)
        line = self.process.stdout.readline().decode()
        ready = re.search(r"http://(\S+):(\d+),", line)
        if not ready:
            raise AssertionError(f"the service said {line!r} and {self.errors()!r}")
        self.host = ready[1].strip("[]")
        self.port = int(ready[2])

    def errors(self):
        self.log.seek(0)
        return self.log.read().decode()

    def stop(self, by=signal.SIGTERM, within=PATIENCE):
        """Its exit status, and how long it took to get there."""
        began = time.monotonic()
        self.process.send_signal(by)
        status = self.process.wait(within)
        self.process.stdout.close()
        return status, time.monotonic() - began

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.log.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.kill()
        else:
            self.log.close()

    def connect(self, timeout=PATIENCE):
        connection = socket.create_connection((self.host, self.port), timeout)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def client(self, timeout=PATIENCE):
        return Client(self, timeout)

    def rss(self):
        """Bytes of memory in use."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) * 1024

    def threads(self):
        """How many threads it has: one for each connection, and its own."""
        return len(os.listdir(f"/proc/{self.process.pid}/task"))

    def cpu(self):
        """Seconds of processor time used."""
        stat = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2]
        fields = stat.split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()
        self.type = response.getheader("Content-Type")

    @property
    def json(self):
        return json.loads(self.body)


class Client:
    """One connection, kept alive."""

    def __init__(self, service, timeout=PATIENCE):
        self.connection = http.client.HTTPConnection(service.host, service.port, timeout=timeout)

    def request(self, method, path, body=None, headers=None):
        self.connection.request(method, path, body, headers or {})
        return Answer(self.connection.getresponse())

    def get(self, path, **headers):
        return self.request("GET", path, headers=headers)

    def post(self, account, command, key=None, **headers):
        headers.setdefault("Content-Type", "application/json")
        if key is not None:
            headers["Idempotency-Key"] = key
        body = command if isinstance(command, (bytes, str)) else json.dumps(command)
        return self.request("POST", f"/account/{account}", body, headers)

    def close(self):
        self.connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def deposit(amount):
    return {"DepositMoney": {"amount": amount}}


def read_answer(connection, method="GET"):
    """One answer from a raw socket."""
    response = http.client.HTTPResponse(connection, method=method)
    response.begin()
    return Answer(response)


def exchange(service, request, timeout=PATIENCE):
    """Send raw bytes, and read one answer; None where the service only closed."""
    with service.connect(timeout) as connection:
        with contextlib.suppress(ConnectionError):
            connection.sendall(request)
        try:
            return read_answer(connection)
        except (ConnectionError, http.client.BadStatusLine):
            return None


def head(service, method, path, *headers):
    """A request's head as raw bytes, with the right Host."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {service.host}:{service.port}", *headers]
    return "".join(line + "\r\n" for line in lines).encode("latin-1") + b"\r\n"


class ServiceCase(unittest.TestCase):
    """Cases that share one service on a memory store."""

    options = ()

    @classmethod
    def setUpClass(cls):
        cls.service = Service(*cls.options)

    @classmethod
    def tearDownClass(cls):
        status, _ = cls.service.stop()
        errors = cls.service.errors()
        cls.service.log.close()
        if status != 0:
            raise AssertionError(f"the service ended with {status}: {errors}")

    def setUp(self):
        self.client = self.service.client()
        self.addCleanup(self.client.close)

    def check_problem(self, answer, status, code=None):
        self.assertIsNotNone(answer, "the service closed the connection without an answer")
        self.assertEqual(answer.status, status, answer.body)
        self.assertEqual(answer.type, PROBLEM)
        self.assertEqual(answer.json["status"], status)
        self.assertTrue(answer.json["title"])
        self.assertTrue(answer.json["detail"])
        if code:
            self.assertEqual(answer.json["code"], code)

    def check_memory(self, before, growth):
        """The service uses at most growth bytes more than before; sanitizers use any amount."""
        if not os.environ.get("BANK_SANITIZED"):
            self.assertLess(self.service.rss() - before, growth)

    def check_alive(self):
        with self.service.client() as other:
            self.assertEqual(other.get("/health").json, {"status": "ok"})


def run_tests():
    result = unittest.main(argv=[sys.argv[0], *sys.argv[1:]], exit=False, verbosity=2,
                           warnings="ignore").result
    failed = len(result.failures) + len(result.errors)
    print(f"[  PASSED  ] {result.testsRun - failed - len(result.skipped)} test(s).")
    if failed:
        print(f"[  FAILED  ] {failed} test(s).")
    sys.exit(1 if failed else 0)
