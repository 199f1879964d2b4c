"""cases.py - every case of the suite: what runs, what it is compared with, what it shall reach.

A command is a program of bench/ and its options; the runner adds "--ops N". What it may hold:

	{dir}   a directory that is empty at the start of each run, on the disk of build/
	{kept}  one that stays between runs and rounds; see Case.prepare

A program of cases/, limits/ or tools/ is the one that was built from there; one whose name
ends in .py is run from bench/ itself.
"""

from case import Case

CASES = [
    # ---- memory: commands on cached aggregates ----
    Case("memory.execute.1k", unit="commands/s",
         ours="cases/memory_execute --accounts 1000",
         limit="limits/memory_execute --accounts 1000",
         least=0.5, full=1000000, quick=200000,
         calls=(20000, 120000), instructions=(2000, 12000)),
    Case("memory.execute.100k", unit="commands/s",
         ours="cases/memory_execute --accounts 100000",
         limit="limits/memory_execute --accounts 100000",
         least=0.5, full=1000000, quick=200000),
    Case("memory.execute.2threads.1feed", unit="commands/s",
         ours="cases/memory_execute --threads 2",
         limit="cases/memory_execute",
         least=1.1, full=1000000, quick=200000),
    Case("memory.execute.2threads.2feeds", unit="commands/s",
         ours="cases/memory_execute --threads 2 --feeds 2",
         limit="cases/memory_execute --feeds 2",
         least=1.6, full=1000000, quick=200000),
]
