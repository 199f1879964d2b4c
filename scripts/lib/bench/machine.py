"""machine.py - what the numbers were measured on."""

import os
import platform
import subprocess


def describe(directory, cache):
    """The machine, the disk under a directory, and the compiler that a build's cache names."""
    compiler, flags = _compiler(cache)
    return {
        "cpu": _after_colon("/proc/cpuinfo", "model name"),
        "cores": os.cpu_count(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "kernel": f"{platform.system()} {platform.release()}",
        "filesystem": _filesystem(directory),
        "libc": " ".join(platform.libc_ver()),
        "compiler": compiler,
        "flags": flags,
        "sqlite": _output("pkg-config", "--modversion", "sqlite3"),
        "yyjson": _output("pkg-config", "--modversion", "yyjson"),
    }


def _compiler(cache):
    values = {}
    with open(cache, encoding="utf-8") as file:
        for line in file:
            name, _, value = line.strip().partition("=")
            values[name.partition(":")[0]] = value
    program = values["CMAKE_C_COMPILER"]
    flags = f"{values.get('CMAKE_C_FLAGS', '')} {values.get('CMAKE_C_FLAGS_RELEASE', '')}"
    return f"{os.path.basename(program)} {_output(program, '-dumpfullversion', '-dumpversion')}", \
        flags.strip()


def _after_colon(file, name):
    with open(file, encoding="utf-8") as lines:
        for line in lines:
            if line.startswith(name):
                return line.partition(":")[2].strip()
    return platform.machine()


def _filesystem(directory):
    """Type and options of the mount that a directory is on."""
    directory = os.path.realpath(directory)
    best = ("", "unknown", "")
    with open("/proc/mounts", encoding="utf-8") as mounts:
        for line in mounts:
            _, point, kind, options, *_ = line.split()
            inside = directory == point or directory.startswith(point.rstrip("/") + "/")
            if inside and len(point) >= len(best[0]):
                best = (point, kind, options)
    return f"{best[1]} ({best[2]})"


def _output(*words):
    done = subprocess.run(words, text=True, capture_output=True, check=False)
    return done.stdout.strip() or "unknown"
