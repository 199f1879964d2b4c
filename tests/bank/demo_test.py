"""demo_test.py - scripts/demo, which is how a newcomer meets the bank.

The environment's DEMO names the script; it builds in the project's build/demo.
"""

import os
import re
import signal
import socket
import subprocess
import tempfile
import unittest
import urllib.request

from service import PATIENCE, run_tests

DEMO = os.environ["DEMO"]


class Demo(unittest.TestCase):
    def test_wrong_usage_is_2(self):
        for options in (("--nonsense",), ("--session-only", "x"), ("x",)):
            with self.subTest(options=options):
                result = subprocess.run([DEMO, *options], capture_output=True, check=False)
                self.assertEqual((result.returncode, result.stdout), (2, b""))

    def test_serve_is_the_service(self):
        with tempfile.TemporaryDirectory() as folder:
            with subprocess.Popen([DEMO, "--serve", "--listen", "127.0.0.1:0"], cwd=folder,
                                  stdout=subprocess.PIPE) as process:
                line = process.stdout.readline().decode()
                url = re.search(r"http://\S+:\d+", line)[0]
                with urllib.request.urlopen(url + "/health") as answer:
                    self.assertEqual(answer.status, 200)
                program = os.readlink(f"/proc/{process.pid}/exe")
                self.assertEqual(os.path.basename(program), "bank")
                process.send_signal(signal.SIGTERM)
                self.assertEqual(process.wait(PATIENCE), 0)
            self.assertIn("bank.db", os.listdir(folder))

    def test_serve_passes_options_on(self):
        result = subprocess.run([DEMO, "--serve", "--nonsense"], capture_output=True, check=False)
        self.assertEqual((result.returncode, result.stdout), (2, b""))

    def test_the_session_shows_each_request_and_its_answer(self):
        try:
            with socket.create_server(("127.0.0.1", 3030)):
                pass
        except OSError:
            self.skipTest("port 3030 is in use")
        with tempfile.TemporaryDirectory() as folder:
            result = subprocess.run([DEMO, "--session-only"], capture_output=True, text=True,
                                    cwd=folder, check=False)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertEqual(result.stdout.count("\n$ curl "), 7)
        self.assertEqual(result.stdout.count("\n  204\n"), 4)
        self.assertEqual(result.stdout.count("\n  200\n"), 2)
        self.assertIn("funds not available", result.stdout)
        self.assertIn('"balance":643.72', result.stdout)
        with self.assertRaises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", 3030))

    def test_a_session_beside_another_service_says_why_it_cannot(self):
        try:
            taken = socket.create_server(("127.0.0.1", 3030))
        except OSError:
            self.skipTest("port 3030 is in use")
        with taken, tempfile.TemporaryDirectory() as folder:
            result = subprocess.run([DEMO, "--session-only"], capture_output=True, text=True,
                                    cwd=folder, check=False)
        self.assertEqual(result.returncode, 1)
        self.assertIn("bank: 127.0.0.1:3030: ", result.stderr)


if __name__ == "__main__":
    run_tests()
