"""kill_test.py - kill -9 of the service under 32 clients, again and again.

usage: kill_test.py [TIMES]

Every command that was answered 204 is there exactly once; one that was not is there once
at most; one that came with an Idempotency-Key, and was sent again after the restart until
it was answered, is there exactly once. The program named by AUDIT checks the rest of the
store: dense streams and feed, views that equal their events.
"""

import collections
import http.client
import os
import random
import subprocess
import sys
import tempfile
import threading
import time

from service import Client, Service, wait_until

CLIENTS = 32
ACCOUNTS = 8


class Teller(threading.Thread):
    """Writes checks, each with a number of its own, until the service is gone."""

    def __init__(self, service, round_number, number):
        super().__init__()
        self.service = service
        self.name = f"{round_number}-{number}"
        self.account = f"account-{number % ACCOUNTS}"
        self.has_keys = number % 2 == 0
        self.answered = []
        self.pending = None  # sent, not answered
        self.refused = None

    def run(self):
        with Client(self.service) as client:
            for count in range(10**9):
                self.pending = f"{self.name}-{count}"
                if not self.send(client):
                    break

    def send(self, client):
        """Whether the pending check was answered."""
        command = {"WriteCheck": {"check_number": self.pending, "amount": -1}}
        try:
            answer = client.post(self.account, command, self.pending if self.has_keys else None)
        except (OSError, http.client.HTTPException):
            return False
        if answer.status != 204:
            self.refused = (answer.status, answer.body)
            return False
        self.answered.append(self.pending)
        self.pending = None
        return True


def run_round(folder, round_number):
    """Serve, kill, and return the tellers."""
    with Service(store="sqlite:bank.db", folder=folder) as service:
        tellers = [Teller(service, round_number, number) for number in range(CLIENTS)]
        for teller in tellers:
            teller.start()
        wait_until(lambda: sum(len(teller.answered) for teller in tellers) >= CLIENTS, "busy")
        time.sleep(random.uniform(0, 0.6))
        service.kill()
        for teller in tellers:
            teller.join()
    return tellers


def retry(service, tellers):
    """Send again what has a key and was not answered."""
    for teller in tellers:
        if teller.has_keys and teller.pending:
            teller.service = service
            with Client(service) as client:
                if not teller.send(client):
                    raise AssertionError(f"{teller.pending}: {teller.refused}")


def check_tellers(tellers, written):
    for teller in tellers:
        if teller.refused:
            raise AssertionError(f"{teller.name} was answered {teller.refused}")
        for number in teller.answered:
            if written[number] != 1:
                raise AssertionError(f"{number} was answered and is there {written[number]} times")
        if teller.pending and written[teller.pending] > 1:
            raise AssertionError(f"{teller.pending} is there {written[teller.pending]} times")


def checks_of(service):
    """How often each check was written, by the events."""
    written = collections.Counter()
    with Client(service) as client:
        for number in range(ACCOUNTS):
            answer = client.get(f"/account/account-{number}/events")
            if answer.status == 200:
                written.update(event["payload"]["check_number"] for event in answer.json)
    return written


def audit(folder):
    result = subprocess.run([os.environ["AUDIT"], "sqlite:bank.db"], cwd=folder, text=True,
                            stdout=subprocess.PIPE, check=False)
    if result.returncode != 0:
        raise AssertionError(f"the audit says: {result.stdout}")
    return result.stdout.strip()


def main(times):
    everyone = []
    with tempfile.TemporaryDirectory() as folder:
        for round_number in range(times):
            tellers = run_round(folder, round_number)
            everyone += tellers
            with Service(store="sqlite:bank.db", folder=folder) as service:
                retry(service, tellers)
                check_tellers(everyone, checks_of(service))
                # Half of the restarts end by a kill as well.
                if round_number % 2 and service.stop()[0] != 0:
                    raise AssertionError(f"the service did not stop: {service.errors()}")
            print(f"kill {round_number + 1}: {sum(len(t.answered) for t in tellers)} answered, "
                  f"{sum(t.pending is not None for t in tellers)} not; {audit(folder)}", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
