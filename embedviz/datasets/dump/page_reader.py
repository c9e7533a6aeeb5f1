"""What runs in the process that `page_process` starts: it is sent pages, and sends back what is in them.

Messages are JSON, each after its length as 8 bytes.
"""

import json
import os
import struct
import sys

import psutil

OUT_OF_MEMORY = 86  # exit status of a process that ran out of what it may have


def send(stream, message) -> None:
    """Write a message."""
    content = json.dumps(message).encode()
    stream.write(struct.pack(">Q", len(content)) + content)
    stream.flush()


def receive(stream):
    """The next message; EOFError if there is none."""
    head = stream.read(8)
    if len(head) < 8:
        raise EOFError
    content = stream.read(struct.unpack(">Q", head)[0])
    try:
        return json.loads(content)
    except ValueError:
        raise EOFError from None  # it broke off


def _bound_memory(megabytes: int) -> None:
    """Let the system refuse this process more memory; addresses that it has reserved and not used are its own."""
    try:
        import resource

        most = psutil.Process().memory_info().vms + megabytes * 1_000_000
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (ImportError, ValueError, OSError):  # Windows; macOS
        pass


def _bound_time(seconds: int) -> None:
    """Let the system end this process once it has taken so much more processor time."""
    try:
        import resource

        used = resource.getrusage(resource.RUSAGE_SELF)
        hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
        resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + 1 + seconds, hard))
    except (ImportError, ValueError, OSError):
        pass


def _serve() -> None:
    from embedviz.datasets.dump.infobox import read_wikitext

    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints is no answer
    box_names, namespaces, seconds, megabytes = receive(requests)
    read_wikitext("{{a|b=[[c]]}}", "c", box_names, namespaces)  # all that has to be imported, is
    _bound_memory(megabytes)
    send(answers, psutil.Process().memory_info().rss)
    while True:
        try:
            text, title = receive(requests)
        except EOFError:
            return
        _bound_time(seconds)
        try:
            answer = read_wikitext(text, title, box_names, namespaces)
            send(answers, answer)
        except MemoryError:
            os._exit(OUT_OF_MEMORY)
        except Exception as error:  # whatever a library raises of what anybody may write
            send(answers, {"failed": f"{type(error).__name__}: {str(error)[:200]}"})


if __name__ == "__main__":
    _serve()
