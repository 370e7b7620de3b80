"""The list of erasures: whatever is done to the file is noticed, and nothing that was written is lost."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from infra.erasures import Erasure, ErasureList, ErasuresDamaged
from infra.erasures.relisting import steps
from infra.keys import Secrets

SECRET = Secrets(b"1" * 32)
NAMES = ("wu", "li", "sun")


def erasure(subject: str) -> Erasure:
    return Erasure(subject, f"erasure:{subject}", f"0198-{subject}", "2026-09-07T04:00:00+00:00")


def listing(folder: Path, secret: Secrets = SECRET, institution: str = "sibo") -> ErasureList:
    """The list as a process that begins now finds it."""
    return ErasureList(folder / "sibo.erasures", folder / "sibo.erasures.head", secret, institution)


@pytest.fixture
def three(tmp_path: Path) -> Path:
    """A list of three."""
    assert listing(tmp_path).add(map(erasure, NAMES)) == 3
    return tmp_path


def test_a_list_keeps_its_order_and_each_person_once(three: Path):
    again = listing(three)
    assert again.add([erasure("li"), erasure("tang"), erasure("tang")]) == 1
    assert again.add([erasure("wu")]) == 0
    assert [one.subject for one in listing(three).read()] == [*NAMES, "tang"]
    assert listing(three).read()[0] == erasure("wu")
    assert {os.stat(three / name).st_mode & 0o777 for name in os.listdir(three)} == {0o600}


def test_nothing_listed_is_no_damage(tmp_path: Path):
    assert listing(tmp_path).read() == []
    assert os.listdir(tmp_path) == []


def test_two_processes_add_to_one_list(tmp_path: Path):
    one, other = listing(tmp_path), listing(tmp_path)
    for number in range(20):
        (one, other)[number % 2].add([erasure(f"p{number}")])
    assert len(listing(tmp_path).read()) == 20


def lines(file: Path) -> list[bytes]:
    return file.read_bytes().splitlines(keepends=True)


@pytest.mark.parametrize(
    "damage",
    [
        lambda said: [],
        lambda said: said[:2],
        lambda said: said[1:],
        lambda said: [said[0], said[2]],
        lambda said: [said[1], said[0], said[2]],
        lambda said: [*said, said[2]],
        lambda said: [said[0].replace(b"wu", b"xu"), *said[1:]],
        lambda said: [*said[:2], said[2].replace(b"2026", b"2025")],
        lambda said: [*said, b'{"n":4}\n'],
        lambda said: [*said, b"\xff\n"],
        lambda said: [*said[:2], said[2][:-20]],
    ],
    ids=["emptied", "tail cut", "head cut", "middle cut", "swapped", "repeated", "edited", "moved in time", "forged"]
    + ["rubbish", "last line cut short"],
)
def test_a_damaged_list_is_refused(three: Path, damage):
    file = three / "sibo.erasures"
    file.write_bytes(b"".join(damage(lines(file))))
    with pytest.raises(ErasuresDamaged):
        listing(three).read()
    with pytest.raises(ErasuresDamaged):
        listing(three).add([erasure("tang")])


def test_a_list_that_is_gone_or_anothers_is_refused(three: Path, tmp_path_factory: pytest.TempPathFactory):
    file = three / "sibo.erasures"
    kept = file.read_bytes()
    with pytest.raises(ErasuresDamaged):
        listing(three, Secrets(b"2" * 32)).read()
    with pytest.raises(ErasuresDamaged, match="or is another's or an earlier version's"):
        listing(three, institution="other").read()
    other = tmp_path_factory.mktemp("other")
    listing(other).add(map(erasure, ("a", "b", "c", "d")))
    file.write_bytes((other / "sibo.erasures").read_bytes())
    with pytest.raises(ErasuresDamaged):
        listing(three).read()
    file.unlink()
    with pytest.raises(ErasuresDamaged):
        listing(three).read()
    file.write_bytes(kept)
    file.chmod(0o600)
    (three / "sibo.erasures.head").write_text("{}")
    with pytest.raises(ErasuresDamaged):
        listing(three).read()
    file.chmod(0o644)
    with pytest.raises(PermissionError):
        listing(three).read()


def test_what_a_crash_leaves_behind_is_no_damage(three: Path):
    """Cut off while a line was written, or between the line and the head: the erasure was not acknowledged yet."""
    file, head = three / "sibo.erasures", three / "sibo.erasures.head"
    before, kept = file.read_bytes(), head.read_bytes()
    listing(three).add([erasure("tang")])
    whole = file.read_bytes()
    head.write_bytes(kept)
    assert len(listing(three).read()) == 4
    file.write_bytes(whole[:-7])
    assert len(listing(three).read()) == 3
    assert file.read_bytes() == before
    for said in (b"", None):
        head.write_bytes(said) if said is not None else head.unlink()
        with pytest.raises(ErasuresDamaged, match="has lost its head"):
            listing(three).read()
        with pytest.raises(ErasuresDamaged):
            listing(three).add([erasure("tang")])


@pytest.mark.parametrize("said", [b"", None], ids=["empty", "gone"])
def test_the_first_line_may_be_without_a_head_and_gets_one(tmp_path: Path, said: bytes | None):
    """Cut off between the first line and the first head."""
    file, head = tmp_path / "sibo.erasures", tmp_path / "sibo.erasures.head"
    listing(tmp_path).add([erasure("wu")])
    kept = head.read_bytes()
    head.unlink()
    if said is not None:
        head.write_bytes(said)
    assert listing(tmp_path).read() == [erasure("wu")]
    assert head.read_bytes() == kept
    file.write_bytes(b"")
    with pytest.raises(ErasuresDamaged):
        listing(tmp_path).read()


def test_a_first_batch_has_a_head_before_its_second_line(tmp_path: Path):
    """Where the head cannot be written, one line stands and no more; so a longer list always had a head."""
    file, heads = tmp_path / "sibo.erasures", tmp_path / "unmounted"
    with pytest.raises(FileNotFoundError):
        ErasureList(file, heads / "head", SECRET, "sibo").add(map(erasure, NAMES))
    assert len(lines(file)) == 1
    heads.mkdir()
    assert ErasureList(file, heads / "head", SECRET, "sibo").add(map(erasure, NAMES)) == 2


def test_who_waits_for_a_list_adds_to_the_one_that_took_its_place(three: Path):
    waiting = listing(three)
    with ThreadPoolExecutor(1) as aside:
        with listing(three).locked():
            added = aside.submit(waiting.add, [erasure("tang")])
            time.sleep(0.1)
            assert not added.done()
            for step in steps(listing(three), map(erasure, NAMES)):
                step()
        assert added.result(timeout=5) == 1
    assert [one.subject for one in listing(three).read()] == [*NAMES, "tang"]
    assert len(lines(three / "sibo.erasures.damaged-1")) == 3


def test_ten_thousand_are_read_in_no_time(tmp_path: Path):
    listing(tmp_path).add(erasure(f"p{n}") for n in range(10_000))
    assert len(listing(tmp_path).read()) == 10_000
