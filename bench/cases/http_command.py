"""http_command.py - commands over HTTP: starts a server, lets wrk load it, prints the line.

	http_command.py --side ours|limit --dir DIR --ops N [--accounts N] [--connections N]

wrk runs for a time, not for a number of requests: N stands for N / 10,000 seconds. It runs in
the directory of the programs that were built.
"""

import argparse
import json
import pathlib
import re
import signal
import sqlite3
import subprocess

SERVERS = {
    "ours": "../examples/bank/bank --listen 127.0.0.1:0 --store sqlite:{file}",
    "limit": "limits/http_command --file {file} --accounts {accounts}",
}
OPS_A_SECOND = 10000
WARM_UP_S = 1


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--side", choices=SERVERS, required=True)
    parser.add_argument("--dir", required=True, type=pathlib.Path)
    parser.add_argument("--ops", required=True, type=int)
    parser.add_argument("--accounts", default=5000, type=int)
    parser.add_argument("--connections", default=64, type=int)
    return parser.parse_args()


def make_file(options):
    file = options.dir / "bank.db"
    subprocess.run(["tools/sqlite_make", "--file", file, "--view", "1", "--ops",
                    str(options.accounts)], check=True, stdout=subprocess.DEVNULL)
    return file


def load(url, options, seconds):
    """One run of wrk: the line that its script prints."""
    script = pathlib.Path(__file__).with_suffix(".lua")
    done = subprocess.run(["wrk", "-t", "1", "-c", str(options.connections), "-d", f"{seconds}s",
                           "-s", script, url, "--", str(options.accounts)],
                          check=True, capture_output=True, text=True)
    result = json.loads(done.stdout.splitlines()[-1])
    if result.pop("failed"):
        raise SystemExit(f"requests failed: {done.stdout}")
    return result


def load_server(command, options):
    """The measured run, and how many requests there were before it."""
    with subprocess.Popen(command.split(), stdout=subprocess.PIPE, text=True) as server:
        try:
            url = re.search(r"http://127\.0\.0\.1:\d+", server.stdout.readline())[0]
            before = load(url, options, WARM_UP_S)["ops"]
            result = load(url, options, max(1, round(options.ops / OPS_A_SECOND)))
        finally:
            server.send_signal(signal.SIGINT)
        if server.wait() != 0:
            raise SystemExit(f"{command}: status {server.returncode}")
    return result, before


def check(file, options, answered):
    """Each answer is an event; what was under way when wrk ended, may be one too."""
    with sqlite3.connect(file) as db:
        events, = db.execute("SELECT count(*) FROM events").fetchone()
        entries, = db.execute("SELECT count(*) FROM entries").fetchone()
        versions, = db.execute("SELECT sum(version) FROM views").fetchone()
    more = events - 2 * options.accounts - answered
    if not 0 <= more <= 2 * options.connections:
        raise SystemExit(f"{answered} answers, and {more} more events than those")
    if versions != events or entries != events - options.accounts:
        raise SystemExit(f"{events} events, {entries} entries, views up to {versions}")


def base_rate(directory):
    done = subprocess.run(["limits/sqlite_layout", "--layout", "base", "--streams", "1000", "--dir",
                           directory, "--ops", "20000"], check=True, capture_output=True)
    line = json.loads(done.stdout)
    return round(line["ops"] / line["seconds"])


def main():
    options = arguments()
    file = make_file(options)
    command = SERVERS[options.side].format(file=file, accounts=options.accounts)
    result, before = load_server(command, options)
    check(file, options, before + result["ops"])
    result["allocations"] = 0  # libmicrohttpd's are not counted
    if options.side == "limit":
        result["base_rate"] = base_rate(options.dir)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
