"""Limits for a process that is about to run what a student wrote. They cannot be taken back in it.

No Python library that is kept up does this, and `bwrap` needs what containers forbid, so the system is asked directly.

- Everywhere but Windows: seconds of CPU, bytes of memory (macOS does not hold that), of a file, open files.
- Linux: *Landlock* (since 5.13) lets it read only what Python needs, and write only in one folder; *seccomp* lets it
  start no process or program, open no socket, signal nobody, and change nobody's permissions; it has no capabilities,
  even as root.

What is left on Linux: it sees names, sizes and times of files, it can keep one core busy and its folder full until its
time is up, and a hole in the kernel is a hole here. `not_contained` says what more is left on this machine.
"""

import ctypes
import errno
import os
import platform
import sys
from dataclasses import dataclass
from pathlib import Path

# System calls that are refused: name → (number on x86_64, on aarch64), -1 where there is none.
_REFUSED = {
    "fork": (57, -1), "vfork": (58, -1), "execve": (59, 221), "execveat": (322, 281),
    "socket": (41, 198), "socketpair": (53, 199), "connect": (42, 203), "io_uring_setup": (425, 425),
    "kill": (62, 129), "tkill": (200, 130), "tgkill": (234, 131), "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240), "pidfd_open": (434, 434), "pidfd_send_signal": (424, 424),
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "chmod": (90, -1), "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452),
    "chown": (92, -1), "fchown": (93, 55), "lchown": (94, -1), "fchownat": (260, 54),
    "utime": (132, -1), "utimes": (235, -1), "futimesat": (261, -1), "utimensat": (280, 88),
    "setxattr": (188, 5), "lsetxattr": (189, 6), "fsetxattr": (190, 7), "setxattrat": (463, 463),
    "removexattr": (197, 14), "lremovexattr": (198, 15), "fremovexattr": (199, 16), "removexattrat": (466, 466),
    "unshare": (272, 97), "setns": (308, 268), "mount": (165, 40), "bpf": (321, 280), "perf_event_open": (298, 241),
    "setrlimit": (160, 164), "setpriority": (141, 140), "shmget": (29, 194), "shmat": (30, 196),
}  # fmt: skip
_CLONE, _CLONE3, _PRLIMIT, _CAPSET = (56, 220), (435, 435), (302, 261), (126, 91)
_MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}  # place above, the kernel's name of it
_LANDLOCK = 444, 445, 446  # create a ruleset, add a rule, restrict: the same numbers everywhere
_READ, _LIST, _WRITE_FILE = 1 << 2, 1 << 3, 1 << 1
_EXECUTE = 1
_THREAD = 0x00010000  # clone's flag
_DIES_WITH_ITS_PARENT, _NO_NEW_PRIVILEGES, _SECCOMP, _FILTER = 1, 38, 22, 2


@dataclass(frozen=True)
class Limits:
    """What a student's function may take.

    Attributes:
        cpu: seconds of the processor.
        wall: seconds from start to end, sleep included.
        memory: bytes, beyond what Python, NumPy and PyTorch take.
        file: bytes of one file.
    """

    cpu: int = 10
    wall: float = 60
    memory: int = 1_500_000_000
    file: int = 16_000_000


def confine(limits: Limits, folder: Path, hidden: list[Path]) -> None:
    """Limit this process, as far as this system can.

    Args:
        folder: where it may write.
        hidden: files and folders that it may not read though Python lies around them.

    Raises:
        OSError: the system says that it can do what it then does not.
    """
    _limit_resources(limits)
    if not_contained():
        return
    libc, readable = ctypes.CDLL(None, use_errno=True), _readable(hidden)
    _check(libc.prctl(_DIES_WITH_ITS_PARENT, 9, 0, 0, 0), "death with its parent")
    _check(libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0), "no new privileges")
    _restrict_files(libc, folder, readable)
    _drop_capabilities(libc)
    _restrict_calls(libc)


def not_contained() -> str:
    """What a student's code could do on this machine beyond its limits; "" where it is contained."""
    if sys.platform == "linux" and platform.machine() in _MACHINES:
        version = ctypes.CDLL(None, use_errno=True).syscall(_LANDLOCK[0], None, ctypes.c_size_t(0), 1)
        if version >= 3:  # 1 and 2 let files be truncated
            return ""
        why = "Linux has no Landlock (6.2 or newer has, where it is not switched off)"
    else:
        why = "only Linux, on x86_64 and aarch64, can contain it"
    more = "; and take all memory" if sys.platform == "darwin" else ""
    return f"read and delete your files, use the network and start programs{more}: {why}"


def _check(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def _limit_resources(limits: Limits) -> None:
    import resource

    wanted = {
        "RLIMIT_CPU": (limits.cpu, limits.cpu + 1),  # a signal that ends it; a second later, one that nobody can catch
        "RLIMIT_AS": _used_memory() + limits.memory,
        "RLIMIT_FSIZE": limits.file,
        "RLIMIT_NOFILE": 128,
        "RLIMIT_CORE": 0,
    }
    if not_contained():
        wanted["RLIMIT_NPROC"] = 0  # no more processes of this user; root is not held by it
    for name, value in wanted.items():
        if not hasattr(resource, name):
            continue
        kind, (soft, hard) = getattr(resource, name), value if isinstance(value, tuple) else (value, value)
        _, most = resource.getrlimit(kind)  # which may be less already
        if most != resource.RLIM_INFINITY:
            soft, hard = min(soft, most), min(hard, most)
        try:
            resource.setrlimit(kind, (soft, hard))
        except (ValueError, OSError):
            if sys.platform == "linux":
                raise  # macOS refuses some; `not_contained` has said so


def _used_memory() -> int:
    import psutil

    return psutil.Process().memory_info().vms


# Files: Landlock.


def _readable(hidden: list[Path]) -> list[Path]:
    """What Python and its libraries need: their folders, without what is hidden."""
    import embedviz

    system = ["/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/localtime", "/proc", "/sys/devices/system"]
    system += ["/dev/zero", "/dev/random", "/dev/urandom"]
    python = [*sys.path, sys.prefix, sys.base_prefix, *embedviz.__path__]
    hidden = [path.resolve() for path in hidden]
    roots = [Path(path).resolve() for path in python if path] + [Path(path) for path in system]
    # A folder of sys.path may be a whole checkout, with a class's files in it: of that, only the package.
    checkout = Path(embedviz.__path__[0]).resolve().parent
    if checkout.name not in ("site-packages", "dist-packages"):
        roots = [root for root in roots if root != checkout]
    return [path for root in roots if root.exists() for path in without(root, hidden)]


def without(root: Path, hidden: list[Path]) -> list[Path]:
    """A folder, or what is in it, so that nothing hidden is under any of these."""
    if root in hidden or any(path in root.parents for path in hidden):
        return []
    if not any(root in path.parents for path in hidden):
        return [root]
    return [path for child in root.iterdir() for path in without(child, hidden)]


def _restrict_files(libc, folder: Path, readable: list[Path]) -> None:
    version = _check(libc.syscall(_LANDLOCK[0], None, ctypes.c_size_t(0), 1), "Landlock")
    files = (1 << (16 if version >= 5 else 15)) - 1  # all rights that it knows: ioctl came with 5
    rules = (ctypes.c_uint64 * 3)(files, 3 if version >= 4 else 0, 3 if version >= 6 else 0)  # files, TCP, signals
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    ruleset = _check(libc.syscall(_LANDLOCK[0], rules, ctypes.c_size_t(size), 0), "Landlock's ruleset")
    listed = [Path(path) for path in sys.path if path and Path(path).is_dir()]
    allowed = [(path, _READ | _LIST | _EXECUTE) for path in readable] + [(path, _LIST) for path in listed]
    for path, rights in [*allowed, (folder, files), (Path("/dev/null"), _READ | _WRITE_FILE)]:
        _allow(libc, ruleset, path, rights, files)
    _check(libc.syscall(_LANDLOCK[2], ruleset, 0), "Landlock")
    os.close(ruleset)


def _allow(libc, ruleset: int, path: Path, rights: int, files: int) -> None:
    class Beneath(ctypes.Structure):
        _pack_, _fields_ = 1, [("rights", ctypes.c_uint64), ("parent", ctypes.c_int32)]

    try:
        parent = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:  # gone, or not ours: then it stays forbidden
        return
    if not path.is_dir():
        rights &= _EXECUTE | _READ | _WRITE_FILE
    _check(libc.syscall(_LANDLOCK[1], ruleset, 1, ctypes.byref(Beneath(rights & files, parent)), 0), str(path))
    os.close(parent)


# What may be asked of the system: capabilities and seccomp.


def _drop_capabilities(libc) -> None:
    """Root's rights, if it has them: without, it is held by what holds others."""
    header, nothing = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
    _check(libc.syscall(_CAPSET[_MACHINES[platform.machine()][0]], header, nothing), "capabilities")


def _restrict_calls(libc) -> None:
    class Instruction(ctypes.Structure):
        _fields_ = [("code", ctypes.c_uint16), ("yes", ctypes.c_uint8), ("no", ctypes.c_uint8), ("k", ctypes.c_uint32)]

    class Program(ctypes.Structure):
        _fields_ = [("length", ctypes.c_uint16), ("first", ctypes.POINTER(Instruction))]

    lines = [Instruction(*line) for line in _program(*_MACHINES[platform.machine()])]
    program = Program(len(lines), (Instruction * len(lines))(*lines))
    _check(libc.prctl(_SECCOMP, _FILTER, ctypes.byref(program), 0, 0), "seccomp")


def _program(place: int, machine: int) -> list[tuple[int, int, int, int]]:
    """The filter, in the kernel's small language: (operation, lines to skip if so, if not, constant)."""
    load, equal, above, has, end = 0x20, 0x15, 0x35, 0x45, 0x06
    allow, refuse, missing, kill = 0x7FFF0000, 0x50000 | errno.EPERM, 0x50000 | errno.ENOSYS, 0x80000000
    number, architecture, first, third = 0, 4, 16, 32  # where they stand
    lines = [(load, 0, 0, architecture), (equal, 1, 0, machine), (end, 0, 0, kill), (load, 0, 0, number)]
    if place == 0:
        lines += [(above, 0, 1, 0x40000000), (end, 0, 0, kill)]  # x86_64's calls by other numbers
    for numbers in _REFUSED.values():
        if numbers[place] >= 0:
            lines += [(equal, 0, 1, numbers[place]), (end, 0, 0, refuse)]
    # Threads may be made, by the older call, whose flags can be seen here.
    lines += [(equal, 0, 1, _CLONE3[place]), (end, 0, 0, missing)]
    lines += [(equal, 0, 4, _CLONE[place]), (load, 0, 0, first), (has, 1, 0, _THREAD), (end, 0, 0, refuse)]
    lines += [(end, 0, 0, allow)]
    # Limits may be read, not set.
    lines += [(equal, 0, 5, _PRLIMIT[place]), (load, 0, 0, third), (equal, 0, 2, 0), (load, 0, 0, third + 4)]
    lines += [(equal, 1, 0, 0), (end, 0, 0, refuse)]
    return [*lines, (end, 0, 0, allow)]
