"""cases.py - every case of the suite: what runs, what it is compared with, what it shall reach.

A command is a program of bench/ and its options; the runner adds "--ops N". What it may hold:

	{dir}   a directory that is empty at the start of each run, on the disk of build/
	{kept}  one that stays between runs and rounds; see Case.prepare

A program of cases/, limits/ or tools/ is the one that was built from there; one whose name
ends in .py is run from bench/ itself.
"""

from case import Case

# A large file and a small one, of streams of 10 events: the number of streams in the large one.
GROWTH = ("tools/sqlite_make --events 10 --file {kept}/large.db --small {kept}/small.db",
          1000000, 30000)

CASES = [
    # ---- memory: commands on cached aggregates ----
    Case("memory.execute.1k", unit="commands/s",
         ours="cases/memory_execute --accounts 1000",
         limit="limits/memory_execute --accounts 1000",
         least=0.5, full=1000000, quick=200000,
         calls=(20000, 120000), instructions=(2000, 12000),
         counted="--check 0", allocates_nothing=True, committed=True),
    Case("memory.execute.100k", unit="commands/s",
         ours="cases/memory_execute --accounts 100000",
         limit="limits/memory_execute --accounts 100000",
         least=0.5, full=1000000, quick=200000, allocates_nothing=True),
    Case("memory.execute.2threads.1feed", unit="commands/s",
         ours="cases/memory_execute --threads 2",
         limit="cases/memory_execute",
         least=1.1, full=1000000, quick=200000),
    Case("memory.execute.2threads.2feeds", unit="commands/s",
         ours="cases/memory_execute --threads 2 --feeds 2",
         limit="cases/memory_execute --feeds 2",
         least=1.6, full=1000000, quick=200000),
    # No target: two processes share nothing, so this is what the machine has for two threads.
    Case("memory.execute.2processes", unit="commands/s",
         ours="together.py cases/memory_execute",
         limit="cases/memory_execute",
         full=1000000, quick=200000),

    # ---- memory: loading; an operation is an event ----
    Case("memory.rehydrate.10000", unit="events/s",
         ours="cases/memory_rehydrate", limit="limits/memory_rehydrate",
         least=0.6, full=20000000, quick=2000000, instructions=(10000, 30000)),

    # ---- records: the geometric mean of the demo's four events, and each of them ----
    *[Case(f"record.{verb}", unit="events/s",
           ours=f"cases/record_{verb}", limit=f"limits/record_{verb}",
           least=0.8, full=4000000, quick=200000)
      for verb in ("encode", "decode")],
    *[Case(f"record.{verb}.{event}", unit="events/s",
           ours=f"cases/record_{verb} --event {event}",
           limit=f"limits/record_{verb} --event {event}",
           full=4000000, quick=200000, instructions=(2000, 12000))
      for verb in ("encode", "decode")
      for event in ("account_opened", "customer_deposited_money", "customer_withdrew_cash",
                    "customer_wrote_check")],

    # ---- SQLite, synchronous=FULL: commands with their view and ledger entry ----
    Case("sqlite.execute.1thread", unit="commands/s",
         ours="cases/sqlite_execute --dir {dir}",
         limit="limits/sqlite_execute --dir {dir}",
         least=0.95, full=6000, quick=1500, calls=(300, 1300), most_fsyncs=1.05),
    Case("sqlite.execute.64threads", unit="commands/s",
         ours="cases/sqlite_execute --threads 64 --dir {dir}",
         limit="limits/sqlite_execute --threads 64 --dir {dir}",
         least=0.85, full=50000, quick=8000),
    Case("sqlite.execute.gain", unit="commands/s",  # of 64 threads over one
         ours="cases/sqlite_execute --threads 64 --dir {dir}",
         limit="cases/sqlite_execute --dir {dir}",
         least=4, full=10000, quick=2000),
    Case("sqlite.hot", unit="commands/s",
         ours="cases/sqlite_execute --threads 16 --accounts 1 --dir {dir}",
         limit="cases/sqlite_execute --accounts 1 --dir {dir}",
         least=0.8, full=8000, quick=1500),
    Case("sqlite.batch.100", unit="commands/s",
         ours="cases/sqlite_batch --batch 100 --dir {dir}",
         limit="limits/sqlite_batch --batch 100 --dir {dir}",
         least=0.85, full=50000, quick=8000, calls=(2000, 12000), most_fsyncs=0.02),
    Case("sqlite.batch.1000", unit="commands/s",
         ours="cases/sqlite_batch --batch 1000 --dir {dir}",
         limit="limits/sqlite_batch --batch 1000 --dir {dir}",
         least=0.85, full=50000, quick=10000),
    Case("sqlite.large", unit="commands/s",
         ours="cases/sqlite_batch --accounts 64 --events 10001 --from {kept}/bank.db --dir {dir}",
         limit="cases/sqlite_batch --batch 100 --dir {dir}",
         least=0.8, full=50000, quick=8000,
         prepare=("tools/sqlite_make --file {kept}/bank.db --events 10001 --view 1", 64, 64)),
    # Its layout, by bare statements, against one plain table.
    *[Case(f"sqlite.layout.{layout}", unit="events/s",
           ours=f"limits/sqlite_layout --layout {layout} --dir {{dir}}",
           limit="limits/sqlite_layout --layout base --dir {dir}",
           least=least, full=100000, quick=20000)
      for layout, least in (("events", 1.2), ("head", 0.9), ("view", 0.65), ("key", 0.4))],
    *[Case(f"sqlite.rehydrate.{length}", unit="loads/s",
           ours=f"cases/sqlite_load --length {length} --file {{kept}}/bank.db",
           limit=f"limits/sqlite_load --length {length} --file {{kept}}/bank.db",
           least=0.85, full=600000 // length, quick=120000 // length,
           prepare=(f"tools/sqlite_make --events {length} --file {{kept}}/bank.db",
                    300000 // length, 300000 // length))
      for length in (10, 100, 10000)],
    Case("sqlite.feed", unit="events/s",
         ours="cases/sqlite_feed --length 10 --file {kept}/bank.db",
         limit="limits/sqlite_feed --file {kept}/bank.db",
         least=0.7, full=1500000, quick=300000,
         prepare=("tools/sqlite_make --events 10 --file {kept}/bank.db", 30000, 30000),
         kept="sqlite.rehydrate.10"),
    # ---- HTTP: the bank, 64 connections, SQLite with synchronous=FULL ----
    Case("http.command", unit="commands/s",
         ours="cases/http_command.py --side ours --dir {dir}",
         limit="cases/http_command.py --side limit --dir {dir}",
         least=0.85, tail=5, full=50000, quick=10000),

    # ---- growth: 10 million events in 1 million streams, and what 100,000 events are to it ----
    *[Case(f"growth.{what}", unit=f"{unit}/s",
           ours=f"cases/sqlite_{what} --file {{kept}}/large.db",
           limit=f"limits/sqlite_{what} --file {{kept}}/large.db {more}",
           least=0.85, full=full, quick=quick, prepare=GROWTH, kept="growth")
      for what, unit, more, full, quick in (("append", "events", "--dir {dir}", 50000, 10000),
                                            ("load", "loads", "", 50000, 10000))],
    *[Case(f"growth.{what}.decay", unit=f"{unit}/s",
           ours=f"cases/sqlite_{what} --file {{kept}}/large.db",
           limit=f"cases/sqlite_{what} --file {{kept}}/small.db",
           full=full, quick=quick, prepare=GROWTH, kept="growth")
      for what, unit, full, quick in (("append", "events", 50000, 10000),
                                      ("load", "loads", 50000, 10000))],
    Case("growth.size", unit="bytes/event", value="bytes_per_event",
         ours="tools/sqlite_size --file {kept}/large.db",
         full=1, quick=1, prepare=GROWTH, kept="growth"),
    Case("growth.stream", unit="commands/s",
         ours="cases/growth_stream --events 1000000 --each 1000000",
         limit="cases/growth_stream --events 10 --each 100",
         least=0.85, full=400000, quick=100000),

    # ---- starting: from the start of a program to its end, and how large it is ----
    Case("start.memory", unit="us", value="p50_us",
         ours="tools/start --program cases/start_memory",
         limit="tools/start --program limits/start_empty",
         most=1.5, full=500, quick=100),
    Case("start.sqlite", unit="us", value="p50_us",
         ours="tools/start --program cases/start_sqlite --argument {dir}",
         limit="tools/start --program limits/start_sqlite --argument {dir}",
         most=1.25, full=500, quick=100, calls=(5, 25),
         settings={"SQLite": "WAL, synchronous=FULL"}),
    Case("size.memory.file", unit="KB", value="file_kb", ours="size.py",
         most=450, full=1, quick=1),
    Case("size.memory.resident", unit="MB", value="rss_mb", ours="size.py",
         most=2.5, full=1, quick=1),
]
