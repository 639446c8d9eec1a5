"""A machine of its own for the service manager: namespaces, a layer over this machine's files that is thrown away, and a real systemd as process 1.

Nothing outside is changed: mounts, processes, host name and network are the namespaces' own, files are written to memory. Needs root, util-linux,
overlayfs and systemd. What starts hardware or waits for a network is masked.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
PLACE: Final = "/opt/steelyard"
"""Where the project is on that machine: what is in a home folder is not to be seen by a hardened service."""
PYTHON: Final = f"{PLACE}/.venv/bin/python"
BOOT_S: Final = 60.0
_TOOLS: Final = ("unshare", "nsenter", "ip", "mount", "systemd-creds")
_SYSTEMD: Final = Path("/lib/systemd/systemd")
_MASKED: Final = """systemd-udevd systemd-udev-trigger systemd-hwdb-update systemd-resolved systemd-networkd systemd-timesyncd systemd-logind
systemd-remount-fs systemd-random-seed systemd-sysctl systemd-modules-load systemd-update-utmp console-getty systemd-binfmt systemd-firstboot"""
_BOOT: Final = """
set -e
W={folder}; R=$W/root
mount --make-rprivate /
mount -t tmpfs tmpfs $W
mkdir -p $W/up $W/work $R
mount -t overlay overlay -o lowerdir=/,upperdir=$W/up,workdir=$W/work $R
mount -t proc proc $R/proc
mount -t sysfs sysfs $R/sys
mount -t cgroup2 cgroup2 $R/sys/fs/cgroup
mount -t tmpfs tmpfs $R/run
mount -t tmpfs tmpfs $R/tmp
mount --rbind /dev $R/dev
ip link set lo up
cd $R
for unit in {masked}; do ln -sf /dev/null etc/systemd/system/$unit; done
rm -f etc/systemd/system/multi-user.target.wants/*
mkdir -p old; pivot_root . old
umount -l /old
mount --make-rshared /
export container=steelyard PATH=/usr/sbin:/usr/bin:/sbin:/bin
exec </dev/null >/dev/null 2>&1
exec {systemd} --system --unit=multi-user.target
"""


class NoMachine(RuntimeError):
    """It cannot be set up here; the message says what is missing."""


class Machine:
    """One machine, booted. `close` throws it away."""

    def __init__(self, folder: Path) -> None:
        """Boot. Raises NoMachine."""
        _check()
        self._base = _python_that_services_see()
        groups = next(line.split()[1] for line in Path("/proc/mounts").read_text().splitlines() if line.split()[2] == "cgroup2")
        self._group = Path(groups) / f"steelyard-{os.getpid()}"
        self._group.mkdir()
        self._pid = 0
        self._is_furnished = False
        masked = " ".join(f"{name}.service" for name in _MASKED.split()) + " getty.target"
        script = _BOOT.format(folder=folder, masked=masked, systemd=_SYSTEMD)

        def joins() -> None:
            (self._group / "cgroup.procs").write_text("0")

        self._outer = subprocess.Popen(
            ["unshare", "-m", "-p", "-f", "-C", "-u", "-i", "-n", "/bin/bash", "-c", script],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            preexec_fn=joins,  # noqa: PLW1509 (no thread of ours runs)
        )
        try:
            self._pid = self._first()
            self._booted()
        except (NoMachine, OSError, KeyboardInterrupt):
            self.close()
            raise

    def _first(self) -> int:
        """Its process 1, as it is numbered out here."""
        end_s = time.monotonic() + BOOT_S
        while time.monotonic() < end_s:
            if self._outer.poll() is not None:
                assert self._outer.stderr is not None
                raise NoMachine(f"the machine does not boot: {self._outer.stderr.read().strip()[-300:]}")
            children = Path(f"/proc/{self._outer.pid}/task/{self._outer.pid}/children").read_text().split()
            if children and Path(f"/proc/{children[0]}/cmdline").read_bytes().startswith(str(_SYSTEMD).encode()):
                return int(children[0])
            time.sleep(0.1)
        raise NoMachine(f"systemd does not begin within {BOOT_S:.0f} s")

    def _booted(self) -> None:
        end_s = time.monotonic() + BOOT_S
        said = ""
        while time.monotonic() < end_s:
            said = self.run("systemctl", "is-system-running", check=False).strip()
            if said in {"running", "degraded"}:
                return
            time.sleep(0.2)
        raise NoMachine(f"systemd is {said or 'silent'} after {BOOT_S:.0f} s")

    def run(self, *words: str, check: bool = True, user: str = "") -> str:
        """What a command says there, in the project's folder. Raises RuntimeError when it fails and should not."""
        inside = ["nsenter", "-t", str(self._pid), "-m", "-p", "-u", "-i", "-n", "-C", f"--wdns={PLACE if self._is_furnished else '/'}"]
        as_user = ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups"] if user else []
        done = subprocess.run([*inside, *as_user, *words], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
        if check and done.returncode:
            raise RuntimeError(f"{' '.join(words)[:120]}: {done.returncode}: {(done.stderr or done.stdout).strip()[-400:]}")
        return done.stdout if check else f"{done.stdout}{done.stderr}"

    def furnish(self) -> None:
        """This commit, with what is installed here, where a service can see it. Raises RuntimeError."""
        self.run("git", "-c", "safe.directory=*", "clone", "-q", "--no-hardlinks", str(ROOT), PLACE)
        self._is_furnished = True
        self.run(str(self._base), "-m", "venv", "--without-pip", ".venv")
        ours = Path(sys.prefix) / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"
        self.run("cp", "-a", f"{ours}/.", f"{PLACE}/.venv/{ours.relative_to(sys.prefix)}")

    def write(self, path: str, text: str) -> None:
        """A file there."""
        self.run("sh", "-c", 'mkdir -p "$(dirname "$1")" && printf %s "$2" > "$1"', "sh", path, text)

    def close(self) -> None:
        """It goes, with everything in it."""
        for process in [self._pid, self._outer.pid]:
            with suppress(ProcessLookupError):
                if process:
                    os.kill(process, signal.SIGKILL)
        self._outer.communicate()
        end_s = time.monotonic() + BOOT_S
        while self._group.is_dir() and time.monotonic() < end_s:
            with suppress(OSError):  # its last processes are still going
                _remove(self._group)
            time.sleep(0.1)


def _remove(group: Path) -> None:
    for path in group.iterdir():
        if path.is_dir():
            _remove(path)
    group.rmdir()


def _check() -> None:
    if os.geteuid() != 0:
        raise NoMachine("namespaces for a service manager need root: sudo make services")
    missing = [tool for tool in _TOOLS if shutil.which(tool) is None] + ([] if _SYSTEMD.exists() else [str(_SYSTEMD)])
    if missing:
        raise NoMachine(f"{', '.join(missing)}: missing here; on Debian: apt-get install systemd util-linux iproute2")


def _python_that_services_see() -> Path:
    """One of our version outside of the home folders, which hardened services do not see."""
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    for found in (Path(sys.base_prefix) / "bin" / f"python{version}", Path(f"/usr/bin/python{version}"), Path(f"/usr/local/bin/python{version}")):
        if found.exists() and not str(found.resolve()).startswith(("/home/", "/root/")):
            return found
    raise NoMachine(f"no python{version} outside of the home folders: a hardened service could not run it; install the system's own")
