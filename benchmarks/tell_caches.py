"""For gdb: tells oneDNN the caches of a processor that a virtual machine hides.

On AMD processors the oneDNN of TensorFlow 2.18 reads sizes of caches from CPUID's leaf 0x8000001D. A virtual machine that
answers zeros there makes it three caches of one byte each, and as the rows of a bfloat16 product that it computes together
must fit the first of them, it computes one row at a time: a third of the speed (docs/performance.md). This finds those
sizes in the process's memory and writes a Zen 5 core's there, before the first product:

    WITH="gdb -q -batch -x benchmarks/tell_caches.py --args bash" PRECISIONS=bf16 benchmarks/in-turns.sh step

It shows what such a processor does where its caches are seen. It is no part of the program, which does not change itself.
"""
import struct

import gdb

LEVELS = 10  # xbyak's maxNumberCacheLevels
HIDDEN = struct.pack(f"<{2 * LEVELS + 1}I", *([1, 1, 1] + [0] * (LEVELS - 3)) * 2, 3)  # sizes, cores that share, levels
ZEN5 = struct.pack("<3I", 48 << 10, 1 << 20, 4 << 20)
GIVE_UP_AFTER = 40


class FirstRuns(gdb.Breakpoint):
    """Stops at calls of TensorFlow until the sizes are there: oneDNN asks for them when it is first used."""

    def stop(self):
        inferior = gdb.selected_inferior()
        for start, end in writable(inferior.pid):
            try:
                at = bytes(inferior.read_memory(start, end - start)).find(HIDDEN)
            except gdb.MemoryError:
                continue
            if at >= 0:
                inferior.write_memory(start + at, ZEN5)
                self.enabled = False
        if self.hit_count > GIVE_UP_AFTER:
            self.enabled = False
        return False


def writable(pid):
    """Writable memory of TensorFlow's library, and what follows it: its uninitialized data."""
    with open(f"/proc/{pid}/maps") as lines:
        maps = [line.split() for line in lines]
    of_library = [i for i, area in enumerate(maps) if len(area) > 5 and "libtensorflow_cc" in area[5]]
    for area in maps[min(of_library) : max(of_library) + 3]:
        if "w" in area[1]:
            yield tuple(int(end, 16) for end in area[0].split("-"))


for command in (
    "set pagination off",
    "set print thread-events off",
    "set breakpoint pending on",
    "handle SIGSEGV SIGILL SIGFPE SIGBUS nostop noprint pass",  # Java's own
):
    gdb.execute(command)
FirstRuns("TF_SessionRun")
gdb.execute("run")
