#!/usr/bin/env python3
"""Runs a command in a sandbox through the C library: run.py [LIBRARY] -- COMMAND...

The library is found by the system's loader, or named: run.py build/libnsengine.so.0 -- id
"""
import ctypes as c
import sys


class Error(c.Structure):
    _fields_ = [("size", c.c_size_t), ("stage", c.c_int), ("code", c.c_int), ("step", c.c_int),
                ("call", c.c_char * 40), ("message", c.c_char * 512), ("hint", c.c_char * 256)]


class Result(c.Structure):
    _fields_ = [("size", c.c_size_t), ("code", c.c_int), ("signal", c.c_int), ("lost", c.c_int),
                ("wall_ns", c.c_int64), ("user_ns", c.c_int64), ("system_ns", c.c_int64), ("memory", c.c_int64)]


def main():
    split = sys.argv.index("--") if "--" in sys.argv else 0
    if not 1 <= split <= 2 or split + 1 == len(sys.argv):
        sys.exit("usage: run.py [LIBRARY] -- COMMAND...")
    lib = c.CDLL(sys.argv[1] if split > 1 else "libnsengine.so.0")
    lib.nse_plan_new.restype = c.c_void_p
    lib.nse_plan_free.argtypes = [c.c_void_p]
    error, result = Error(size=c.sizeof(Error)), Result(size=c.sizeof(Result))
    plan = c.c_void_p(lib.nse_plan_new())
    lib.nse_plan_ro(plan, b"/", b"/")
    lib.nse_plan_proc(plan, b"/proc")
    lib.nse_plan_dev(plan, b"/dev")
    lib.nse_plan_tmpfs(plan, b"/tmp", c.c_uint64(64 << 20), 0o1777)
    words = [word.encode() for word in sys.argv[split + 1:]]
    argv = (c.c_char_p * (len(words) + 1))(*words, None)
    sys.stdout.flush()
    if (lib.nse_plan_freeze(plan, c.byref(error)) < 0
            or lib.nse_plan_run(plan, argv, None, c.byref(result), c.byref(error)) < 0):
        sys.exit(error.message.decode())
    lib.nse_plan_free(plan)
    print(f"status {result.code}, signal {result.signal}, {result.memory >> 10} kB, {result.wall_ns / 1e6:.1f} ms")


main()
