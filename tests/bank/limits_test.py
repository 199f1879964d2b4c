"""limits_test.py - clients that are slow, many, large or hostile, and everybody else."""

import contextlib
import json
import random
import socket
import threading
import time
import unittest

from service import (PATIENCE, Service, ServiceCase, deposit, exchange, head, read_answer,
                     run_tests, wait_until)

BODY_LIMIT = 64 * 1024


def send_slowly(connection, data, seconds_a_byte=0.1):
    """Until it is all sent or the service has had enough."""
    with contextlib.suppress(OSError):
        for byte in data:
            connection.sendall(bytes([byte]))
            time.sleep(seconds_a_byte)


def post_head(service, account, *headers):
    return head(service, "POST", f"/account/{account}", "Content-Type: application/json", *headers)


class Slow(ServiceCase):
    options = ("--head-timeout", "3", "--body-timeout", "3", "--idle-timeout", "8",
               "--send-timeout", "3")

    def check_cut(self, connection):
        """The service answers 408 and closes, long before a client that trickles is done."""
        answer = read_answer(connection)
        self.check_problem(answer, 408, "request_timeout")
        self.assertEqual(connection.recv(1), b"")

    def test_a_head_that_trickles_in_is_408(self):
        with self.service.connect() as connection:
            sender = threading.Thread(target=send_slowly, args=(
                connection, head(self.service, "GET", "/health", "X: " + "x" * 1000)))
            sender.start()
            self.check_cut(connection)
            sender.join()
        self.check_alive()

    def test_a_body_that_trickles_in_is_408_and_does_nothing(self):
        body = json.dumps(deposit(1)).encode().ljust(1000)
        for framing in (f"Content-Length: {len(body)}", "Transfer-Encoding: chunked"):
            with self.subTest(framing=framing), self.service.connect() as connection:
                connection.sendall(post_head(self.service, "trickle", framing))
                data = body if "Length" in framing else b"1\r\n{\r\n" * 200
                sender = threading.Thread(target=send_slowly, args=(connection, data))
                sender.start()
                self.check_cut(connection)
                sender.join()
        self.assertEqual(self.client.get("/account/trickle").status, 404)

    def test_a_connection_that_says_nothing_is_closed(self):
        with self.service.connect() as connection:
            self.check_cut(connection)

    def test_an_idle_connection_is_closed_after_a_while(self):
        with self.service.connect() as connection:
            connection.sendall(head(self.service, "HEAD", "/health"))
            self.assertEqual(read_answer(connection, "HEAD").status, 200)
            time.sleep(4)  # longer than a first head may take
            connection.sendall(head(self.service, "HEAD", "/health"))
            self.assertEqual(read_answer(connection, "HEAD").status, 200)
            self.check_cut(connection)

    def test_a_body_broken_off_does_nothing(self):
        body = json.dumps(deposit(1)).encode()
        for framing, sent in ((f"Content-Length: {len(body) + 1}", body),
                              ("Transfer-Encoding: chunked", b"%x\r\n%s\r\n" % (len(body), body))):
            with self.subTest(framing=framing), self.service.connect() as connection:
                connection.sendall(post_head(self.service, "broken", framing) + sent)
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(1000):
                    pass
        self.assertEqual(self.client.get("/account/broken").status, 404)

    def test_slow_clients_block_nobody(self):
        def trickle():
            with self.service.connect() as connection:
                send_slowly(connection, head(self.service, "GET", "/" + "x" * 100))

        tricklers = [threading.Thread(target=trickle) for _ in range(100)]
        for trickler in tricklers:
            trickler.start()
        began = time.monotonic()
        for _ in range(50):
            self.assertEqual(self.client.post("brisk", deposit(1)).status, 204)
        took = time.monotonic() - began
        for trickler in tricklers:
            trickler.join()
        self.assertLess(took, 30)  # one after another they take 300 seconds to be cut


class SlowReader(ServiceCase):
    options = ("--send-timeout", "10")
    count = 300
    size = 60000  # bytes of each item: nearly the longest that a command can make

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        command = {"WriteCheck": {"check_number": "9" * cls.size, "amount": 0}}
        with cls.service.client() as client:
            for _ in range(cls.count):
                if client.post("big", command).status != 204:
                    raise AssertionError("the account could not be made")
            cls.threads = cls.service.threads()  # with one client

    def test_a_client_that_does_not_read_blocks_nobody_and_is_cut(self):
        before = self.service.rss()
        connections = [self.service.connect() for _ in range(20)]
        for number, connection in enumerate(connections):
            path = "/account/big/events" if number % 2 else "/account/big"
            connection.sendall(head(self.service, "GET", path))
        began = time.monotonic()
        for _ in range(5):
            self.assertEqual(self.client.post("quick", deposit(1)).status, 204)
            self.assertEqual(self.client.get("/account/quick").status, 200)
        self.assertEqual(self.client.post("big", deposit(1)).status, 204)
        self.assertLess(time.monotonic() - began, 9)  # none waited for another to be cut
        time.sleep(1)  # each has been sent what its socket takes
        # A few items each, not the account each: that is 18 MB, or twice.
        self.check_memory(before, 20 * 3 << 19)
        wait_until(lambda: self.service.threads() <= self.threads, "cut")
        for connection in connections:
            data = b"".join(iter(lambda: connection.recv(1 << 20), b""))
            self.assertLess(len(data), self.count * self.size)
            self.assertFalse(data.endswith(b"0\r\n\r\n"))
            connection.close()

    def test_a_client_that_reads_slowly_gets_it_all(self):
        with self.service.connect() as connection:
            request = head(self.service, "GET", "/account/big", "Connection: close")
            connection.sendall(request)
            data = b""
            while piece := connection.recv(200000):
                data += piece
                time.sleep(0.02)
        self.assertTrue(data.endswith(b"0\r\n\r\n"))
        self.assertGreater(len(data), 2 * self.count * self.size)


class Large(ServiceCase):
    def test_a_body_at_the_limit_is_read(self):
        for size in (BODY_LIMIT - 1, BODY_LIMIT):
            body = json.dumps(deposit(1)).encode().ljust(size)
            self.assertEqual(self.client.post("limit", body).status, 204)
            chunked = post_head(self.service, "limit", "Transfer-Encoding: chunked")
            for at in range(0, size, 1000):
                piece = body[at:at + 1000]
                chunked += b"%x;ext=1\r\n%s\r\n" % (len(piece), piece)
            self.assertEqual(exchange(self.service, chunked + b"0\r\n\r\n").status, 204)

    def test_a_body_over_the_limit_is_413(self):
        body = json.dumps(deposit(1)).encode().ljust(BODY_LIMIT + 1)
        for size in (BODY_LIMIT + 1, 1 << 20, 8 << 20):
            self.check_problem(self.client.post("over", body.ljust(size)), 413, "too_large")
            self.client.close()
        chunk = b"%x\r\n%s\r\n" % (len(body), body)
        request = post_head(self.service, "over", "Transfer-Encoding: chunked") + chunk
        self.check_problem(exchange(self.service, request + b"0\r\n\r\n"), 413, "too_large")
        self.assertEqual(self.client.get("/account/over").status, 404)

    def test_a_length_over_the_limit_is_413_before_the_body_comes(self):
        for headers in ((), ("Expect: 100-continue",)):
            for length in (BODY_LIMIT + 1, 1 << 40, (1 << 64) - 1):
                with self.subTest(length=length, headers=headers):
                    request = post_head(self.service, "over", f"Content-Length: {length}", *headers)
                    self.check_problem(exchange(self.service, request), 413)

    def test_an_endless_chunked_body_is_cut_and_not_kept(self):
        before = self.service.rss()
        sent = 0
        chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
        with self.service.connect() as connection:
            connection.sendall(post_head(self.service, "endless", "Transfer-Encoding: chunked"))
            with contextlib.suppress(ConnectionError):
                while sent < 1 << 30:
                    connection.sendall(chunk)
                    sent += len(chunk)
        self.assertLess(sent, 64 << 20)
        self.check_memory(before, 16 << 20)

    def test_a_body_nobody_wants_is_dropped_and_the_connection_stays(self):
        for method, path, status in (("POST", "/nowhere", 404), ("PUT", "/account/x", 405),
                                     ("GET", "/health", 200), ("POST", "/account/x", 415)):
            answer = self.client.request(method, path, b"x" * 60000)
            self.assertEqual(answer.status, status)
            self.assertNotEqual(answer.headers.get("Connection", ""), "close")

    def test_a_client_that_asks_first_is_told(self):
        body = json.dumps(deposit(1)).encode()
        with self.service.connect() as connection:
            connection.sendall(post_head(self.service, "ask", f"Content-Length: {len(body)}",
                                         "Expect: 100-continue"))
            self.assertEqual(connection.recv(1000), b"HTTP/1.1 100 Continue\r\n\r\n")
            connection.sendall(body)
            self.assertEqual(read_answer(connection).status, 204)
        refused = head(self.service, "POST", "/nowhere", "Content-Length: 5",
                       "Expect: 100-continue")
        self.check_problem(exchange(self.service, refused), 404)


class Many(ServiceCase):
    options = ("--head-timeout", str(PATIENCE))

    def test_a_thousand_connections_are_served(self):
        connections = [self.service.connect() for _ in range(1000)]
        for connection in connections:
            connection.sendall(head(self.service, "GET", "/health"))
        for connection in connections:
            self.assertEqual(read_answer(connection).status, 200)
        with self.service.client() as another:
            self.assertEqual(another.post("thousand", deposit(1)).status, 204)
        for connection in connections:
            connection.close()

    def test_hostile_bytes_change_nothing(self):
        chance = random.Random(2)
        body = json.dumps(deposit(1)).encode()
        good = post_head(self.service, "hostile", f"Content-Length: {len(body)}") + body
        for _ in range(300):
            data = bytearray(good)
            for _ in range(chance.randrange(1, 20)):
                at = chance.randrange(len(data))
                data[at:at + chance.randrange(3)] = chance.randbytes(chance.randrange(3))
            with self.service.connect() as connection, contextlib.suppress(ConnectionError):
                connection.sendall(bytes(data))
                connection.shutdown(socket.SHUT_WR)
                connection.recv(1000)
        self.check_alive()

    def test_clients_that_leave_at_any_moment_are_not_missed(self):
        body = json.dumps(deposit(1)).encode()
        request = post_head(self.service, "leaver", f"Content-Length: {len(body)}") + body
        for at in range(0, len(request) + 1, 3):
            with self.service.connect() as connection:
                connection.sendall(request[:at])
                linger = b"\1\0\0\0\0\0\0\0"  # reset instead of an orderly end
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.check_alive()


def is_served(service):
    answer = exchange(service, head(service, "GET", "/health"))
    return answer is not None and answer.status == 200


class Limited(unittest.TestCase):
    def test_beyond_the_limit_a_client_is_told_503(self):
        with Service("--connections", "10") as service:
            connections = [service.connect() for _ in range(10)]
            for connection in connections:
                connection.sendall(head(service, "GET", "/health"))
                self.assertEqual(read_answer(connection).status, 200)
            with service.client() as client:
                answer = client.get("/health")
                self.assertEqual((answer.status, answer.json["code"]), (503, "too_many_connections"))
                self.assertEqual(answer.headers["Retry-After"], "1")
            for connection in connections:
                connection.close()
            wait_until(lambda: is_served(service), "served again")

    def test_running_out_of_descriptors_does_not_spin_or_last(self):
        with Service(files=64) as service:
            connections = []
            for _ in range(200):
                with contextlib.suppress(OSError):
                    connections.append(service.connect(1))
            before = service.cpu()
            time.sleep(2)
            self.assertLess(service.cpu() - before, 0.3)
            for connection in connections:
                connection.close()
            wait_until(lambda: is_served(service), "served again")
            with service.client() as client:
                self.assertEqual(client.post("after", deposit(1)).status, 204)
            self.assertEqual(service.stop()[0], 0)

    def test_waiting_for_clients_takes_no_time(self):
        with Service() as service:
            before = service.threads()
            connections = [service.connect() for _ in range(50)]
            connections[0].sendall(b"GET /heal")
            wait_until(lambda: service.threads() >= before + 50, "a thread for each")
            time.sleep(1)
            before = service.cpu()
            time.sleep(3)
            self.assertLess(service.cpu() - before, 0.3)
            for connection in connections:
                connection.close()


if __name__ == "__main__":
    run_tests()
