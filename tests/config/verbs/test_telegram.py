"""`telegram`: what it refuses before it begins, and a run in a process of its own between a made-up Telegram and no daemon."""

import argparse
import asyncio
import subprocess
from pathlib import Path

import pytest

from config.refusals import SaidNo
from config.settings import BadSettings
from config.verbs import telegram
from tests.config.words_runs import BOT, environment
from tests.connectors.operator.telegram.fake_api import CHAT, OPERATOR, TOKEN, FakeApi, Fault


def settings(folder: Path, **given: object) -> Path:
    known: dict[str, object] = {"chats": [CHAT], "operators": [OPERATOR], "token_file": "token"}
    lines = [f"{name} = {value!r}" for name, value in (known | given).items()]
    path = folder / "live.toml"
    path.write_text("\n".join(["[live]", f"state = {str(folder / 'state')!r}", "[telegram]", *lines, ""]))
    token = folder / "token"
    token.write_text(TOKEN)
    token.chmod(0o600)
    return path


def chosen(path: Path) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    telegram.add_words(parser.add_subparsers(dest="verb"))
    return parser.parse_args(["telegram", "--config", str(path), "--log-level", "debug"])


@pytest.mark.parametrize("name", ["chats", "operators"])
def test_nobody_to_talk_to_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadSettings, match=rf"telegram\.{name} names nobody"):
        telegram.run(chosen(settings(tmp_path, **{name: []})))


def test_a_token_that_others_may_read_is_refused_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    path = settings(tmp_path)
    (tmp_path / "token").chmod(0o644)
    with pytest.raises(SaidNo, match=r"token \(mode 0644\)"):
        telegram.run(chosen(path))


async def started(path: Path) -> asyncio.subprocess.Process:
    line = [*BOT, "telegram", "--config", str(path), "--log-level", "debug"]
    return await asyncio.create_subprocess_exec(*line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment({"PYTHONUNBUFFERED": "1"}))


def seen_of(pid: int) -> str:
    """What others on the machine may see of a process."""
    return "".join([Path(f"/proc/{pid}/{name}").read_text() for name in ("cmdline", "environ")])


async def ended(process: asyncio.subprocess.Process) -> tuple[int, str]:
    out, _ = await asyncio.wait_for(process.communicate(), 120)
    assert process.returncode is not None
    return process.returncode, out.decode()


def test_it_serves_until_a_signal_and_its_token_is_in_no_line(tmp_path: Path) -> None:
    async def story() -> tuple[int, str, list[str]]:
        async with FakeApi() as api:
            process = await started(settings(tmp_path, api=api.base))
            await api.until(lambda: api.told("getUpdates"), 120)
            api.say("/status")
            await api.until(lambda: any("no daemon answers" in text for text in api.texts()), 10)
            api.say("/pause", user=666)
            api.always["getUpdates"] = Fault(502, f"/bot{TOKEN}/")
            await asyncio.sleep(1.5)
            seen = seen_of(process.pid)
            process.terminate()
            code, out = await ended(process)
            return code, out + seen, api.texts()

    code, out, texts = asyncio.run(story())
    assert code == 0, out
    assert "telegram: stopped" in out
    assert 'what="stranger refused"' in out
    assert 'what="Telegram does not answer"' in out
    assert TOKEN.partition(":")[2] not in out
    assert "Traceback" not in out
    assert any("the daemon cannot be reached" in text for text in texts)


def test_a_token_that_telegram_does_not_know_ends_it_with_one_line(tmp_path: Path) -> None:
    async def story() -> tuple[int, str]:
        async with FakeApi() as api:
            api.always["*"] = Fault(401, "Unauthorized")
            return await ended(await started(settings(tmp_path, api=api.base)))

    code, out = asyncio.run(story())
    assert code == 3, out
    assert out.splitlines()[-1].startswith("run_bot.py: Telegram does not know this token")
    assert TOKEN.partition(":")[2] not in out
    assert "Traceback" not in out
