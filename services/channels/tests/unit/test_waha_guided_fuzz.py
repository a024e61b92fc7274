"""The parsers under a fuzzer that is guided by coverage, for a bounded while, from the fixtures."""

import shutil
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from ..waha_contents import CONTENTS, webhook

pytest.importorskip("atheris", reason="built for some systems alone")

TESTS = Path(__file__).parents[1]
SECONDS = 12


def fuzz(target: Path, corpus: Path, *options: str) -> subprocess.CompletedProcess[str]:
    corpus.mkdir()
    for path in (TESTS / "fixtures").glob("*/*.json"):
        shutil.copy(path, corpus / f"{path.parent.name}.{path.name}")
    for number, (payload, data, _) in enumerate(CONTENTS.values()):
        document = msgspec.json.encode(webhook(payload, data))
        (corpus / f"content.{number}.json").write_bytes(document)
    return subprocess.run(
        # What it takes for its own memory is the most that this process had when it was started.
        [sys.executable, target, "-seed=7", "-max_len=8192", "-rss_limit_mb=0", *options, corpus],
        cwd=corpus.parent,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_nothing_but_the_parsers_own_error_is_raised(tmp_path: Path) -> None:
    ended = fuzz(TESTS / "fuzz_target.py", tmp_path / "corpus", f"-max_total_time={SECONDS}")
    assert ended.returncode == 0, ended.stderr[-3000:]
    assert "Done" in ended.stderr


def test_the_fuzzer_sees_a_reader_that_raises(tmp_path: Path) -> None:
    sound = (TESTS / "fuzz_target.py").read_text()
    planted = sound.replace("head = read_head(body)", "head = read_head(body)\n        1 // 0")
    target = tmp_path / "target.py"
    target.write_text(planted)
    ended = fuzz(target, tmp_path / "corpus", "-runs=200")
    assert ended.returncode != 0
    assert "ZeroDivisionError" in ended.stderr + ended.stdout


def test_the_fuzzer_sees_a_reader_of_posts_that_raises(tmp_path: Path) -> None:
    sound = (TESTS / "fuzz_target.py").read_text()
    planted = sound.replace("head = read_head_of_post(body)", "1 // 0")
    target = tmp_path / "target.py"
    target.write_text(planted)
    ended = fuzz(target, tmp_path / "corpus", "-runs=200")
    assert ended.returncode != 0
    assert "ZeroDivisionError" in ended.stderr + ended.stdout
