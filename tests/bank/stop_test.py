"""stop_test.py - how the service starts, what it refuses to start with, and how it stops."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest

from service import (PATIENCE, PROGRAM, Service, deposit, head, read_answer, run_tests,
                     wait_until)


def run(*options, folder=None):
    return subprocess.run([PROGRAM, *options], capture_output=True, text=True, timeout=PATIENCE,
                          cwd=folder, check=False)


class Starting(unittest.TestCase):
    def test_help_is_printed(self):
        result = run("--help")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        for option in ("--listen HOST:PORT", "--store URL", "--help"):
            self.assertIn(option, result.stdout)

    def test_wrong_options_are_2(self):
        for options in (("--nonsense",), ("extra",), ("--listen",), ("--listen", "x"),
                        ("--listen", "127.0.0.1"), ("--listen", ":80"), ("--listen", "h:"),
                        ("--listen", "h:65536"), ("--listen", "::1:80"), ("--listen", "[::1]"),
                        ("--listen", "[:1"), ("--listen", "h:-1"), ("--listen", "h:1x"),
                        ("--connections", "0"), ("--body-timeout", "soon"), ("-x",)):
            with self.subTest(options=options):
                result = run(*options)
                self.assertEqual((result.returncode, result.stdout), (2, ""))
                self.assertTrue(result.stderr)

    def test_what_cannot_start_says_why_in_one_line(self):
        with socket.create_server(("127.0.0.1", 0)) as taken, \
                tempfile.TemporaryDirectory() as folder:
            address = f"127.0.0.1:{taken.getsockname()[1]}"
            with open(os.path.join(folder, "text.db"), "w", encoding="ascii") as file:
                file.write("this is not a database" * 1000)
            for options in (("--store", "memory:", "--listen", address),
                            ("--store", "memory:", "--listen", "203.0.113.1:80"),
                            ("--store", "memory:", "--listen", "no.such.host.invalid:80"),
                            ("--store", "nonsense:x"), ("--store", "bank.db"), ("--store", ""),
                            ("--store", "sqlite:none/bank.db"), ("--store", "sqlite:text.db"),
                            ("--store", "sqlite:."), ("--store", "sqlite:bank.db?colour=red")):
                with self.subTest(options=options):
                    result = run("--listen", "127.0.0.1:0", *options, folder=folder)
                    self.assertEqual((result.returncode, result.stdout), (1, ""))
                    self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
                    self.assertTrue(result.stderr.startswith("bank: "), result.stderr)

    def test_it_listens_on_ipv6(self):
        try:
            with socket.create_server(("::1", 0), family=socket.AF_INET6):
                pass
        except OSError:
            self.skipTest("this machine has no IPv6")
        with Service("--listen", "[::1]:0") as service:
            with service.connect() as connection:
                connection.sendall(f"GET /health HTTP/1.1\r\nHost: [::1]:{service.port}\r\n\r\n"
                                   .encode())
                self.assertEqual(read_answer(connection).status, 200)

    def test_it_warns_where_others_can_reach_it(self):
        with Service("--listen", "0.0.0.0:0") as service:
            self.assertIn("warning", service.errors())
            service.host = "127.0.0.1"
            with service.connect() as connection:
                connection.sendall(b"GET /health HTTP/1.1\r\nHost: bank.example\r\n\r\n")
                self.assertEqual(read_answer(connection).status, 200)
        with Service() as service:
            self.assertEqual(service.errors(), "")

    def test_it_logs_events_where_asked_to(self):
        with Service("--log-events") as service:
            with service.client() as client:
                client.post("ACCT-1", deposit(2.5))
            line = service.process.stdout.readline().decode()
            self.assertEqual(
                line, 'ACCT-1 #1 CustomerDepositedMoney {"amount":2.5,"balance":2.5}\n')

    def test_what_was_stored_is_there_again(self):
        with tempfile.TemporaryDirectory() as folder:
            for number in (1, 2, 3):
                with Service(store="sqlite:bank.db", folder=folder) as service:
                    with service.client() as client:
                        self.assertEqual(client.post("kept", deposit(1)).status, 204)
                        self.assertEqual(client.get("/account/kept").json["balance"], number)
                    self.assertEqual(service.stop()[0], 0)


class Stopping(unittest.TestCase):
    def test_both_signals_end_it_with_0(self):
        for by in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(by=by), Service() as service, service.client() as client:
                self.assertEqual(client.get("/health").status, 200)
                idle = service.connect()  # neither an idle nor a silent connection delays it
                status, took = service.stop(by)
                idle.close()
                self.assertEqual((status, service.errors()), (0, ""))
                self.assertLess(took, 6)  # what it waits for takes 8

    def test_a_request_in_flight_is_answered(self):
        body = json.dumps(deposit(1)).encode()
        with Service() as service, service.connect() as connection:
            connection.sendall(head(service, "POST", "/account/x", "Content-Type: application/json",
                                    f"Content-Length: {len(body)}", "Expect: 100-continue"))
            self.assertEqual(connection.recv(1000), b"HTTP/1.1 100 Continue\r\n\r\n")
            connection.sendall(body[:5])
            service.process.send_signal(signal.SIGTERM)
            time.sleep(0.5)
            connection.sendall(body[5:])
            answer = read_answer(connection)
            self.assertEqual(answer.status, 204)
            self.assertEqual(answer.headers["Connection"].lower(), "close")
            self.assertEqual(service.process.wait(PATIENCE), 0)

    def test_an_account_being_sent_is_sent_to_its_end(self):
        with Service() as service:
            with service.client() as client:
                for _ in range(400):
                    client.post("big", {"WriteCheck": {"check_number": "9" * 30000, "amount": 0}})
            with service.connect() as connection:
                connection.sendall(head(service, "GET", "/account/big"))
                data = connection.recv(1000)
                service.process.send_signal(signal.SIGTERM)
                time.sleep(0.5)
                while piece := connection.recv(1 << 20):
                    data += piece
            self.assertTrue(data.endswith(b"0\r\n\r\n"))
            self.assertGreater(len(data), 2 * 400 * 30000)
            self.assertEqual(service.process.wait(PATIENCE), 0)

    def test_a_request_that_never_ends_does_not_hold_it_for_10_seconds(self):
        with Service("--body-timeout", "60", "--head-timeout", "60") as service, \
                service.connect() as body, service.connect() as beginning:
            body.sendall(head(service, "POST", "/account/x", "Content-Type: application/json",
                              "Content-Length: 100"))
            beginning.sendall(b"GET /heal")
            time.sleep(0.3)
            status, took = service.stop()
            self.assertEqual(status, 0)
            self.assertLess(took, 10)

    def test_under_load_every_answered_command_is_there(self):
        with tempfile.TemporaryDirectory() as folder:
            counts = [0] * 16

            def work(number):
                with contextlib.suppress(OSError), service.client() as client:
                    while client.post(f"w{number}", deposit(1)).status == 204:
                        counts[number] += 1

            with Service(store="sqlite:bank.db", folder=folder) as service:
                workers = [threading.Thread(target=work, args=(n,)) for n in range(len(counts))]
                for worker in workers:
                    worker.start()
                wait_until(lambda: all(counts), "a command of each")
                status, took = service.stop()
                self.assertEqual(status, 0)
                self.assertLess(took, 10)
                for worker in workers:
                    worker.join()
            with Service(store="sqlite:bank.db", folder=folder) as service:
                with service.client() as client:
                    for number, count in enumerate(counts):
                        account = client.get(f"/account/w{number}").json
                        self.assertEqual(account["balance"], len(account["ledger"]))
                        self.assertEqual(len(account["ledger"]), count)


if __name__ == "__main__":
    run_tests()
