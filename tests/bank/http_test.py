"""http_test.py - what each request is answered."""

import json
import os
import sqlite3
import tempfile
import threading
import unittest
import urllib.parse

from service import PROBLEM, Service, ServiceCase, deposit, exchange, head, read_answer, run_tests


class Commands(ServiceCase):
    def test_a_command_is_answered_204_without_a_body(self):
        answer = self.client.post("A1", deposit(1000.0))
        self.assertEqual((answer.status, answer.body), (204, b""))
        self.assertIsNone(answer.type)

    def test_the_session_of_the_demo(self):
        for command in ({"OpenAccount": {"account_id": "ACCT-1"}}, deposit(1000.0),
                        {"WithdrawMoney": {"amount": 100.5, "atm_id": "ATM34f1ba3c"}},
                        {"WriteCheck": {"check_number": "1170", "amount": 256.28}}):
            self.assertEqual(self.client.post("ACCT-1", command).status, 204)
        answer = self.client.get("/account/ACCT-1")
        self.assertEqual((answer.status, answer.type), (200, "application/json"))
        self.assertEqual(list(answer.json), ["account_id", "balance", "written_checks", "ledger"])
        self.assertEqual(answer.json, {
            "account_id": "ACCT-1", "balance": 1000.0 - 100.5 - 256.28,
            "written_checks": ["1170"],
            "ledger": [{"description": "deposit", "amount": 1000.0},
                       {"description": "atm withdrawal", "amount": 100.5},
                       {"description": "1170", "amount": 256.28}]})

    def test_a_rejection_is_400_with_code_and_message(self):
        answer = self.client.post("poor", {"WriteCheck": {"check_number": "1", "amount": 0.01}})
        self.check_problem(answer, 400, "insufficient_funds")
        self.assertEqual(answer.json["message"], "funds not available")
        self.assertEqual(self.client.get("/account/poor").status, 404)

    def test_opening_twice_is_refused(self):
        opening = {"OpenAccount": {"account_id": "twice"}}
        self.assertEqual(self.client.post("twice", opening).status, 204)
        self.check_problem(self.client.post("twice", opening), 400, "already_open")

    def test_amounts_of_any_sign_are_taken(self):
        self.assertEqual(self.client.post("sign", deposit(-5.25)).status, 204)
        self.assertEqual(self.client.get("/account/sign").json["balance"], -5.25)

    def test_a_balance_that_is_no_number_any_more_is_refused(self):
        self.assertEqual(self.client.post("huge", deposit(1.5e308)).status, 204)
        self.check_problem(self.client.post("huge", deposit(1.5e308)), 400)
        self.assertEqual(self.client.get("/account/huge").json["balance"], 1.5e308)

    def test_an_unreadable_command_is_400_with_path_and_reason(self):
        for body, path in ((b"", ""), (b"{", ""), (b"[]", ""), (b"null", ""), (b"{}", ""),
                           (b'{"Rob":{}}', None), (b'{"DepositMoney":{}}', "amount"),
                           (b'{"DepositMoney":{"amount":"1"}}', "amount"),
                           (b'{"DepositMoney":{"amount":1,"amount":2}}', "amount"),
                           (b'{"DepositMoney":{"amount":1,"tip":2}}', "tip"),
                           (b'{"DepositMoney":{"amount":1e999}}', None),
                           (b'{"DepositMoney":{"amount":1}}x', ""),
                           (b'{"DepositMoney":{"amount":1}}\0', ""),
                           (b'\0{"DepositMoney":{"amount":1}}', ""),
                           (b'{"DepositMoney":1,"DepositMoney":2}', None),
                           (b'{"OpenAccount":{"account_id":"\xff"}}', None),
                           (b'{"OpenAccount":{"account_id":"\\u0000"}}', "account_id"),
                           (b'{"OpenAccount":{"account_id":null}}', "account_id"),
                           (b"[" * 5000, ""), (b'{"a":' * 5000, "")):
            with self.subTest(body=body[:60]):
                answer = self.client.post("unread", body)
                self.check_problem(answer, 400)
                self.assertIn(answer.json["code"], ("unreadable_command", "unknown_command"))
                self.assertTrue(answer.json["reason"])
                if path is not None:
                    self.assertTrue(answer.json["path"].endswith(path), answer.json)
        self.assertEqual(self.client.get("/account/unread").status, 404)

    def test_events_carry_what_is_known_of_the_request(self):
        with self.service.client() as client:
            client.request("POST", "/account/m%C3%A9ta?x=1", json.dumps(deposit(1)),
                           {"Content-Type": "application/json", "User-Agent": "teller/2"})
        metadata = self.client.get("/account/m%C3%A9ta/events").json[0]["metadata"]
        self.assertEqual(set(metadata), {"time", "uri", "User-Agent"})
        self.assertEqual(metadata["uri"], "/account/m%C3%A9ta?x=1")
        self.assertEqual(metadata["User-Agent"], "teller/2")
        self.assertRegex(metadata["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$")

    def test_metadata_from_headers_is_cut_and_cleaned(self):
        for agent in ("x" * 9000, "é" * 2000, "\xff\xfe\x80", "a\x01b\x7fc", ""):
            with self.subTest(agent=agent[:10]):
                body = json.dumps(deposit(1))
                request = head(self.service, "POST", "/account/agent",
                               "Content-Type: application/json", f"Content-Length: {len(body)}",
                               "User-Agent: @").replace(b"@", agent.encode("latin-1"))
                self.assertEqual(exchange(self.service, request + body.encode()).status, 204)
        events = self.client.get("/account/agent/events").json
        for event in events:
            self.assertLess(len(event["metadata"]["User-Agent"].encode()), 1024)
        self.assertEqual(events[3]["metadata"]["User-Agent"], "a?b?c")

    def test_concurrent_commands_on_one_account_are_all_there(self):
        def work():
            with self.service.client() as client:
                for _ in range(50):
                    self.assertEqual(client.post("shared", deposit(1)).status, 204)

        threads = [threading.Thread(target=work) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        account = self.client.get("/account/shared").json
        self.assertEqual((account["balance"], len(account["ledger"])), (800.0, 800))


class Idempotency(ServiceCase):
    def test_a_key_makes_a_retry_harmless(self):
        for _ in range(3):
            self.assertEqual(self.client.post("k1", deposit(5), key="once").status, 204)
        self.assertEqual(self.client.get("/account/k1").json["balance"], 5.0)

    def test_a_key_for_another_command_is_422(self):
        self.assertEqual(self.client.post("k2", deposit(5), key="once").status, 204)
        self.check_problem(self.client.post("k2", deposit(6), key="once"), 422,
                           "idempotency_key_reused")
        self.assertEqual(self.client.get("/account/k2").json["balance"], 5.0)

    def test_a_key_belongs_to_one_account(self):
        for account in ("k3", "k4"):
            self.assertEqual(self.client.post(account, deposit(5), key="same").status, 204)
            self.assertEqual(self.client.get(f"/account/{account}").json["balance"], 5.0)

    def test_a_rejected_command_may_be_tried_again(self):
        check = {"WriteCheck": {"check_number": "9", "amount": 10}}
        self.assertEqual(self.client.post("k5", check, key="c").status, 400)
        self.assertEqual(self.client.post("k5", deposit(10)).status, 204)
        self.assertEqual(self.client.post("k5", check, key="c").status, 204)

    def test_keys_that_cannot_be_kept_are_400(self):
        for key in ("", "k" * 256, b"\xff", b"a\x01"):
            with self.subTest(key=key):
                self.check_problem(self.client.post("k6", deposit(1), key=key), 400,
                                   "invalid_idempotency_key")
        self.assertEqual(self.client.post("k6", deposit(1), key="k" * 255).status, 204)

    def test_one_key_from_many_clients_at_once_counts_once(self):
        def work():
            with self.service.client() as client:
                self.assertEqual(client.post("k7", deposit(1), key="race").status, 204)

        threads = [threading.Thread(target=work) for _ in range(32)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(self.client.get("/account/k7").json["balance"], 1.0)


class Locked(unittest.TestCase):
    def test_a_store_out_of_reach_is_503_and_then_works_again(self):
        with tempfile.TemporaryDirectory() as folder:
            store = "sqlite:bank.db?lock_timeout_ms=100"
            with Service(store=store, folder=folder) as service, service.client() as client:
                self.assertEqual(client.post("x", deposit(1)).status, 204)
                other = sqlite3.connect(os.path.join(folder, "bank.db"), isolation_level=None)
                other.execute("BEGIN IMMEDIATE")
                answer = client.post("x", deposit(1), key="k")
                self.assertEqual((answer.status, answer.type), (503, PROBLEM))
                self.assertEqual(answer.headers["Retry-After"], "1")
                self.assertEqual(answer.json["code"], "unavailable")
                self.assertEqual(client.get("/account/x").json["balance"], 1.0)
                other.execute("ROLLBACK")
                other.close()
                self.assertEqual(client.post("x", deposit(1), key="k").status, 204)
                self.assertEqual(client.get("/account/x").json["balance"], 2.0)


class Reading(ServiceCase):
    def test_an_unknown_account_is_404(self):
        self.check_problem(self.client.get("/account/nobody"), 404)
        self.check_problem(self.client.get("/account/nobody/events"), 404)

    def test_an_account_that_was_not_opened_has_no_id(self):
        self.client.post("unopened", deposit(1))
        self.assertIsNone(self.client.get("/account/unopened").json["account_id"])

    def test_events_are_an_array_of_envelopes(self):
        self.client.post("env", {"OpenAccount": {"account_id": "env"}})
        self.client.post("env", deposit(2.5))
        answer = self.client.get("/account/env/events")
        self.assertEqual((answer.status, answer.type), (200, "application/json"))
        opened, deposited = answer.json
        self.assertEqual(list(deposited), [
            "event_id", "aggregate_type", "aggregate_id", "sequence", "event_type",
            "event_version", "recorded_at", "correlation_id", "causation_id", "metadata",
            "payload"])
        self.assertEqual((opened["sequence"], opened["event_type"], opened["payload"]),
                         (1, "AccountOpened", {"account_id": "env"}))
        self.assertEqual((deposited["sequence"], deposited["event_type"],
                          deposited["event_version"], deposited["payload"]),
                         (2, "CustomerDepositedMoney", "1.0", {"amount": 2.5, "balance": 2.5}))
        self.assertEqual((deposited["aggregate_type"], deposited["aggregate_id"]),
                         ("account", "env"))

    def test_a_long_account_is_streamed_whole(self):
        count = 1500  # several pages of each list
        for number in range(count):
            command = deposit(number) if number % 3 else {
                "WriteCheck": {"check_number": f"№{number}\"\\", "amount": 0}}
            self.assertEqual(self.client.post("long", command).status, 204)
        answer = self.client.get("/account/long")
        self.assertEqual(answer.headers["Transfer-Encoding"], "chunked")
        checks = [f"№{number}\"\\" for number in range(0, count, 3)]
        self.assertEqual(answer.json["written_checks"], checks)
        self.assertEqual(len(answer.json["ledger"]), count)
        events = self.client.get("/account/long/events").json
        self.assertEqual([event["sequence"] for event in events], list(range(1, count + 1)))

    def test_a_read_shows_one_moment_while_the_account_changes(self):
        stop = threading.Event()

        def write():
            with self.service.client() as client:
                while not stop.is_set():
                    client.post("moving", {"WriteCheck": {"check_number": "c", "amount": -1}})

        self.client.post("moving", deposit(0))
        writers = [threading.Thread(target=write) for _ in range(2)]
        for writer in writers:
            writer.start()
        try:
            for _ in range(30):
                account = self.client.get("/account/moving").json
                self.assertEqual(account["balance"], len(account["ledger"]) - 1)
                self.assertEqual(len(account["written_checks"]), len(account["ledger"]) - 1)
        finally:
            stop.set()
            for writer in writers:
                writer.join()

    def test_head_is_answered_like_get_without_the_body(self):
        self.client.post("headed", deposit(1))
        for path, status in (("/health", 200), ("/account/headed", 200),
                             ("/account/headed/events", 200), ("/account/none", 404)):
            with self.subTest(path=path):
                answer = self.client.request("HEAD", path)
                self.assertEqual((answer.status, answer.body), (status, b""))

    def test_an_answer_to_head_ends_with_its_headers(self):
        self.client.post("headed", deposit(1))
        for version in (b"HTTP/1.1", b"HTTP/1.0"):
            for path in ("/account/headed", "/account/headed/events"):
                with self.subTest(version=version, path=path):
                    request = head(self.service, "HEAD", path).replace(b"HTTP/1.1", version)
                    with self.service.connect() as connection:
                        connection.sendall(request)
                        data = b"".join(iter(lambda: connection.recv(4096), b""))
                    self.assertTrue(data.startswith(b"HTTP/1.1 200 "), data)
                    self.assertEqual(data.find(b"\r\n\r\n"), len(data) - 4, data)
                    for header in (b"transfer-encoding", b"content-length"):
                        self.assertNotIn(header, data.lower())

    def test_a_client_goes_on_behind_an_answer_to_head(self):
        self.client.post("headed", deposit(1))
        for path in ("/account/headed", "/account/headed/events", "/health", "/account/none"):
            for _ in range(2):
                with self.subTest(path=path):
                    self.client.request("HEAD", path)
                    self.assertEqual(self.client.get("/account/headed").json["balance"], 1.0)

    def test_a_get_with_a_body_is_answered_and_the_connection_stays(self):
        for _ in range(2):
            answer = self.client.request("GET", "/health", b"x" * 1000)
            self.assertEqual(answer.status, 200)

    def test_an_http_1_0_client_gets_an_account(self):
        self.client.post("old", deposit(1))
        request = head(self.service, "GET", "/account/old").replace(b"HTTP/1.1", b"HTTP/1.0")
        self.assertEqual(exchange(self.service, request).json["balance"], 1.0)


class Routing(ServiceCase):
    def test_what_is_not_there_is_404(self):
        for path in ("/", "/account", "/accounts/x", "/account/x/", "/account/x/y",
                     "/account/x/events/", "/account/x/events/1", "//account/x", "/Health",
                     "/health/", "/account/../health", "*"):
            for method in ("GET", "POST", "DELETE"):
                with self.subTest(path=path, method=method):
                    self.check_problem(self.client.request(method, path), 404, "not_found")

    def test_a_method_that_a_resource_does_not_have_is_405(self):
        for path, methods, allow in (("/account/x", ("PUT", "DELETE", "PATCH", "OPTIONS", "BREW"),
                                      "GET, HEAD, POST"),
                                     ("/account/x/events", ("POST", "PUT"), "GET, HEAD"),
                                     ("/health", ("POST", "DELETE"), "GET, HEAD")):
            for method in methods:
                with self.subTest(path=path, method=method):
                    answer = self.client.request(method, path)
                    self.check_problem(answer, 405, "method_not_allowed")
                    self.assertEqual(answer.headers["Allow"], allow)

    def test_ids_are_percent_decoded(self):
        for number, (path, account) in enumerate((
                ("plain", "plain"), ("a%20b", "a b"), ("a+b", "a+b"), ("a%2Fb", "a/b"),
                ("%2e%2e", ".."), ("..", ".."), ("a%3Fb", "a?b"), ("a%25b", "a%b"),
                ("a%2525b", "a%25b"), ("%c3%A9", "é"), ("%F0%9F%8F%A6", "🏦"),
                ("%22%5C", '"\\'), ("a;b", "a;b"), ("a:b@c", "a:b@c"), ("events", "events"))):
            with self.subTest(path=path):
                self.assertEqual(self.client.post(path, deposit(number)).status, 204)
                event = self.client.get(f"/account/{path}/events").json[-1]
                self.assertEqual(event["aggregate_id"], account)
                quoted = urllib.parse.quote(account, safe="")
                answer = self.client.get(f"/account/{quoted}")
                self.assertEqual(answer.json["ledger"][-1]["amount"], number)

    def test_ids_that_cannot_be_are_400(self):
        for path in ("", "%", "%4", "%zz", "%4g", "a%", "%00", "a%00b", "%0A", "%1f", "%7F",
                     "%C2%80", "%C2%9f", "%ff", "%C0%AF", "%E0%80%80", "%ED%A0%80", "%C3",
                     "%F4%90%80%80", "x" * 256, "%C3%A9" * 128, "x" * 9000):
            for method in ("GET", "POST"):
                with self.subTest(path=path[:20], method=method):
                    answer = self.client.request(method, f"/account/{path}")
                    self.check_problem(answer, 400, "invalid_account_id")

    def test_raw_bytes_in_a_path_are_taken_as_what_they_are(self):
        for raw, status in ((b"caf\xc3\xa9", 404), (b"\xff", 400), (b"a\x01b", 400),
                            (b"x y", 404)):
            with self.subTest(raw=raw):
                request = head(self.service, "GET", "/account/@").replace(b"@", raw)
                self.assertEqual(exchange(self.service, request).status, status)

    def test_the_longest_id_is_255_bytes(self):
        for account in ("x" * 255, "%C3%A9" * 127):
            self.assertEqual(self.client.post(account, deposit(1)).status, 204)
            self.assertEqual(self.client.get(f"/account/{account}").status, 200)

    def test_a_query_is_passed_over(self):
        self.assertEqual(self.client.get("/health?deep=%zz&%00").status, 200)


class Heads(ServiceCase):
    def test_a_command_must_be_application_json(self):
        for content_type, status in (("application/json", 204), ("Application/JSON", 204),
                                     ("application/json; charset=utf-8", 204),
                                     ("application/json;charset=UTF-8", 204),
                                     ('application/json; Charset="Utf-8"', 204),
                                     ("application/json ;x=y", 204), ("application/json;", 204),
                                     ("application/json; ; x=y ;", 204),
                                     ('application/json; x="a;b\\"; charset=c"', 204),
                                     ("application/json; mycharset=utf-16", 204),
                                     ("application/json; charset=utf-16", 415),
                                     ('application/json; charset="utf-16"', 415),
                                     ("application/json; CHARSET=iso-8859-1", 415),
                                     ("application/json; x=y; charset=utf-16", 415),
                                     ("application/json; charset=utf-8; charset=utf-16", 415),
                                     ("application/json; charset=utf-8x", 415),
                                     ("application/json; charset=utf-8 x", 415),
                                     ("application/json; charset=", 415),
                                     ('application/json; charset="utf-8', 415),
                                     ('application/json; x="\\', 415),
                                     ("application/json; charset", 415),
                                     ("application/json; =utf-8", 415),
                                     ("application/json x", 415), ("text/plain", 415),
                                     ("application/jsonp", 415), ("application/xml", 415),
                                     ("application/x-www-form-urlencoded", 415), ("", 415),
                                     ("multipart/form-data; boundary=x", 415)):
            with self.subTest(content_type=content_type):
                answer = self.client.post("typed", deposit(1), **{"Content-Type": content_type})
                self.assertEqual(answer.status, status)
                if status == 415:
                    self.check_problem(answer, 415, "unsupported_media_type")
        body = json.dumps(deposit(1)).encode()
        request = head(self.service, "POST", "/account/typed", f"Content-Length: {len(body)}")
        self.check_problem(exchange(self.service, request + body), 415)
        answer = self.client.post("typed", deposit(1), **{"Content-Encoding": "gzip"})
        self.check_problem(answer, 415)

    def test_only_this_machines_names_are_answered_to(self):
        port = self.service.port
        for host, status in ((f"127.0.0.1:{port}", 200), (f"localhost:{port}", 200),
                             (f"LOCALHOST:{port}", 200), (f"[::1]:{port}", 200),
                             ("localhost", 400), ("127.0.0.1", 400), ("127.0.0.1:1", 400),
                             (f"evil.example:{port}", 400), (f"localhost.evil:{port}", 400),
                             (f"127.0.0.1:{port}x", 400), (f"127.0.0.1:{port},x", 400),
                             (f"127.0.0.1: {port}", 400), (f"127.0.0.1:+{port}", 400),
                             (f"127.0.0.1:{port + 65536}", 400), ("", 400)):
            with self.subTest(host=host):
                request = f"GET /health HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()
                answer = exchange(self.service, request)
                self.assertEqual(answer.status, status)
                if status == 400:
                    self.check_problem(answer, 400, "unknown_host")
        self.check_problem(exchange(self.service, b"GET /health HTTP/1.1\r\n\r\n"), 400)

    def test_a_target_in_absolute_form_is_taken(self):
        port = self.service.port
        self.client.post("absolute", deposit(1))
        for target, status in ((f"http://localhost:{port}/health", 200),
                               (f"HTTP://127.0.0.1:{port}/health?x=1", 200),
                               (f"http://localhost:{port}/account/absolute", 200),
                               (f"http://localhost:{port}/account/none", 404),
                               (f"http://localhost:{port}", 404),
                               (f"http://localhost:{port}/", 404),
                               ("http://localhost/health", 400), ("http:///health", 400),
                               (f"http://evil.example:{port}/health", 400),
                               (f"http://localhost:{port}@evil.example/health", 400),
                               (f"http://evil.example/http://localhost:{port}/health", 400),
                               (f"https://localhost:{port}/health", 404)):
            for host in (f"localhost:{port}", "evil.example"):
                with self.subTest(target=target, host=host):
                    request = f"GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()
                    answer = exchange(self.service, request)
                    if host == "evil.example" and target.startswith("https"):
                        status = 400  # no authority is read from it, so the Host counts
                    self.assertEqual(answer.status, status, answer.body)
        request = f"GET http://localhost:{port}/health HTTP/1.1\r\n\r\n".encode()
        self.check_problem(exchange(self.service, request), 400, "unknown_host")

    def test_framing_that_can_be_read_in_two_ways_is_400(self):
        body = json.dumps(deposit(1)).encode()
        chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
        length = f"Content-Length: {len(body)}"
        for headers, sent in (((length, "Transfer-Encoding: chunked"), chunked),
                              (("Transfer-Encoding: gzip, chunked",), chunked),
                              (("Transfer-Encoding: identity",), body),
                              ((length, length), body),
                              ((length, f"Content-Length: {len(body) + 1}"), body),
                              ((length, "Host: 127.0.0.1"), body)):
            with self.subTest(headers=headers):
                request = head(self.service, "POST", "/account/framed",
                               "Content-Type: application/json", *headers)
                answer = exchange(self.service, request + sent)
                self.check_problem(answer, 400, "malformed_request")
                self.assertEqual(answer.headers["Connection"].lower(), "close")
        self.assertEqual(self.client.get("/account/framed").status, 404)

    def test_a_header_whose_name_is_not_one_is_400(self):
        body = json.dumps(deposit(1)).encode()
        chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
        next_one = head(self.service, "GET", "/health")
        for header in ("Transfer-Encoding : chunked", "Transfer-Encoding\t: chunked",
                       "Transfer-Encoding \t : chunked", "Content-Length : 5", "X : y",
                       " X: y", "X y: z", "X\x0b: y", "X(y): z", "Tr\xe4nsfer: chunked"):
            for headers in ((header,), (f"Content-Length: {len(chunked)}", header)):
                with self.subTest(headers=headers), self.service.connect() as connection:
                    connection.sendall(head(self.service, "POST", "/account/blank", *headers,
                                            "Content-Type: application/json") + chunked + next_one)
                    connection.shutdown(1)
                    answer = read_answer(connection)
                    self.check_problem(answer, 400, "malformed_request")
                    self.assertEqual(answer.headers["Connection"].lower(), "close")
                    self.assertEqual(connection.recv(1), b"")
        self.assertEqual(self.client.get("/account/blank").status, 404)

    def test_a_refusal_is_not_lost_on_what_follows(self):
        request = head(self.service, "POST", "/account/blank", "Transfer-Encoding : chunked")
        with self.service.connect() as connection:
            connection.sendall(request + b"400000\r\n" + b"x" * 0x400000)
            self.check_problem(read_answer(connection), 400, "malformed_request")

    def test_malformed_requests_are_answered_or_closed(self):
        for request in (b"GET\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc", b"\r\n\r\n\r\n",
                        b"GET /health HTTP/9.9\r\n\r\n", b"GET /health\r\n\r\n", b"\0" * 100,
                        b"GET /health HTTP/1.1\r\nno colon\r\n\r\n",
                        head(self.service, "POST", "/account/x", "Content-Length: ten"),
                        head(self.service, "POST", "/account/x", "Content-Length: -1"),
                        head(self.service, "POST", "/account/x", "Content-Length: " + "9" * 40),
                        head(self.service, "POST", "/account/x", "Transfer-Encoding: chunked",
                             "Content-Type: application/json") + b"zz\r\n{}\r\n"):
            with self.subTest(request=request[:60]):
                with self.service.connect() as connection:
                    connection.sendall(request)
                    connection.shutdown(1)
                    first = connection.recv(100)
                self.assertTrue(first == b"" or first.startswith(b"HTTP/1.1 4") or
                                first.startswith(b"HTTP/1.1 5"), first)
        self.check_alive()

    def test_a_malformed_header_or_chunk_is_a_problem_400(self):
        for request in (b"GET /health HTTP/1.1\r\nno colon\r\n\r\n",
                        head(self.service, "POST", "/account/x", "Content-Length: ten"),
                        head(self.service, "POST", "/account/x", "Transfer-Encoding: chunked",
                             "Content-Type: application/json") + b"zz\r\n{}\r\n"):
            with self.subTest(request=request[:60]):
                self.check_problem(exchange(self.service, request), 400, "malformed_request")

    def test_headers_that_are_too_large_are_431(self):
        for headers in (("X: " + "x" * 40000,), tuple(f"X{n}: {n}" for n in range(4000)),
                        ("X: " + "x" * 1000000,)):
            with self.subTest(size=sum(map(len, headers))):
                answer = exchange(self.service, head(self.service, "GET", "/health", *headers))
                self.check_problem(answer, 431, "headers_too_large")

    def test_a_target_that_is_too_long_is_414(self):
        answer = exchange(self.service, head(self.service, "GET", "/account/" + "x" * 40000))
        self.assertEqual(answer.status, 414)

    def test_pipelined_requests_are_answered_in_order(self):
        body = json.dumps(deposit(1)).encode()
        post = head(self.service, "POST", "/account/pipe", "Content-Type: application/json",
                    f"Content-Length: {len(body)}") + body
        last = head(self.service, "GET", "/health", "Connection: close")
        with self.service.connect() as connection:
            connection.sendall(post + last.replace(b"close", b"keep-alive") + post + last)
            data = b"".join(iter(lambda: connection.recv(4096), b""))
        statuses = [part[:3] for part in data.split(b"HTTP/1.1 ")[1:]]
        self.assertEqual(statuses, [b"204", b"200", b"204", b"200"])


if __name__ == "__main__":
    unittest.TestCase.maxDiff = None
    run_tests()
