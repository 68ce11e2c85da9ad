"""The collector works where nothing of the platform is installed."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

HIDDEN = """
import sys, importlib.abc
class Absent(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name.partition(".")[0] in {"django", "ninja", "psycopg", "procrastinate", "typst", "pandas"}:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Absent())
from avenant.config.cli import main
sys.argv = ["avenant", "collect", *sys.argv[1:]]
main()
"""


def walk(python: str, home: Path, *before: str) -> None:
    steps = [
        ("synthesise", str(home / "made"), "--employees", "500", "--establishments", "50", "--visits", "1000"),
        ("run", str(home / "made"), "--year", "2025", "--out", str(home / "result.json")),
        ("protect", str(home / "result.json"), "--out", str(home / "declaration.json")),
        ("audit", str(home / "declaration.json"), "--result", str(home / "result.json")),
    ]
    for step in steps:
        done = subprocess.run([python, *before, *step], capture_output=True, text=True, cwd=home, check=False)
        assert done.returncode == 0, done.stderr + done.stdout


def test_the_collector_never_imports_the_platform(tmp_path: Path) -> None:
    walk(sys.executable, tmp_path, "-c", HIDDEN)


@pytest.mark.slow
def test_the_base_distribution_alone_runs_the_collector(tmp_path: Path) -> None:
    uv = shutil.which("uv")
    if uv is None:
        pytest.skip("uv is not installed")
    commands = [
        [uv, "build", "--wheel", "--quiet", "--out-dir", str(tmp_path / "dist"), str(ROOT)],
        [uv, "venv", "--quiet", "--python", sys.executable, str(tmp_path / "alone")],
    ]
    for command in commands:
        subprocess.run(command, check=True, capture_output=True)
    wheel = next((tmp_path / "dist").glob("*.whl"))
    python = str(tmp_path / "alone" / "bin" / "python")
    subprocess.run([uv, "pip", "install", "--quiet", "--python", python, str(wheel)], check=True, capture_output=True)
    absent = subprocess.run([python, "-c", "import django"], capture_output=True, check=False)
    assert absent.returncode
    walk(python, tmp_path, "-m", "avenant.config.cli", "collect")
