import asyncio
import signal
import subprocess
import sys

import pytest
from waiting import ask_until, async_wait_until, end, wait_until


def test_it_returns_what_became_true():
    answers = iter([None, 0, "", "here"])
    assert wait_until(lambda: next(answers), "an answer", pause=0) == "here"


def test_in_a_coroutine_the_loop_goes_on_meanwhile():
    async def use():
        answers = []
        asyncio.get_running_loop().call_later(0.01, answers.append, "here")
        return await async_wait_until(lambda: answers, "an answer")

    assert asyncio.run(use()) == ["here"]


def test_a_wait_in_vain_says_for_what():
    with pytest.raises(TimeoutError, match="waited 0.01 s for an answer"):
        wait_until(lambda: False, "an answer", deadline=0.01, pause=0)
    with pytest.raises(TimeoutError, match="waited 0.01 s for an answer"):
        asyncio.run(async_wait_until(lambda: False, "an answer", deadline=0.01, pause=0))


def test_it_asks_until_the_answer_is_right_or_the_time_is_over():
    answers = iter(range(10))
    assert ask_until(lambda: next(answers), lambda answer: answer > 3) == 4
    assert ask_until(lambda: "never", lambda answer: answer == "here", deadline=0.01) == "never"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no request to end that can be ignored")
@pytest.mark.parametrize("ignores, status", [(False, -signal.SIGTERM), (True, -signal.SIGKILL)])
def test_a_process_is_ended_also_if_it_does_not_listen(ignores, status):
    ignore = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);" if ignores else ""
    script = f"import time; {ignore} print('ready', flush=True); time.sleep(600)"
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "ready\n"
        assert end(process, patience=0.5 if ignores else 60) == status
