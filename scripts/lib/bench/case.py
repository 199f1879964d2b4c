"""case.py - what a case is. bench/cases.py lists them."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Case:
    name: str
    unit: str
    ours: str  # a command, see bench/cases.py
    full: int  # operations of a run
    quick: int  # and with --quick
    limit: str = None  # the command it is compared with; None: with nothing
    # What of the printed line is compared: the rate (ops a second), or a member of the line.
    value: str = "rate"
    scale: float = 1.0  # the value is multiplied by this, to be in the unit
    # The target: of the ratio ours / limit, or of our value itself where there is no limit.
    least: float = None
    most: float = None
    settings: dict = None  # what programs that print none are run with
    tail: float = None  # p99 is to be at most so many times p50
    # Two numbers of operations, to tell what an operation costs: system calls by strace,
    # instructions by callgrind.
    calls: tuple = None
    instructions: tuple = None
    counted: str = ""  # options for these runs: such as not to check results, which costs too
    # What scripts/bench --check holds the case to (check.py).
    allocates_nothing: bool = False  # the line has "framework_allocations", which are 0
    most_fsyncs: float = None        # of an operation, counted by calls
    committed: bool = False          # its instructions are in bench/instructions.json
    # Fills {kept} once: a command, and its operations in full and with --quick. Cases that
    # give the same name to what is kept share it.
    prepare: tuple = None
    kept: str = None

    @property
    def target(self):
        if self.least is not None:
            return f"≥ {self.least:g}"
        return f"≤ {self.most:g}" if self.most is not None else "-"

    def reaches(self, figure):
        """Whether a ratio (or a value, without a limit) is within the target."""
        if self.least is not None:
            return figure >= self.least
        return self.most is None or figure <= self.most
