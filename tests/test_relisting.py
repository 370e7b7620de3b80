"""A damaged list of erasures made anew: who can be read stays on it, and nobody is lost unsaid."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from infra.erasures import ErasuresDamaged
from infra.erasures.relisting import ErasuresLost, make_anew, steps
from tests.test_erasures import NAMES, erasure, lines, listing

FIVE = (*NAMES, "tang", "zhao")
Damage = Callable[[list[bytes]], list[bytes]]


def names(folder: Path) -> list[str]:
    return [one.subject for one in listing(folder).read()]


def damage(folder: Path, how: Damage) -> None:
    file = folder / "sibo.erasures"
    file.write_bytes(b"".join(how(lines(file))))


@pytest.fixture
def five(tmp_path: Path) -> Path:
    """A list of five."""
    listing(tmp_path).add(map(erasure, FIVE))
    return tmp_path


@pytest.mark.parametrize(
    "how, left",
    [
        (lambda said: [said[0], said[1].replace(b"li", b"lo"), *said[2:]], "wu sun tang zhao"),
        (lambda said: [said[0], b"rubbish\n", *said[2:]], "wu tang zhao"),
        (lambda said: [said[0], b"\xff" * 9 + said[1][9:], *said[2:]], "wu sun tang zhao"),
        (lambda said: [said[0], said[1][:-9] + b"0" + said[1][-8:], *said[2:]], "wu tang zhao"),
        (lambda said: [said[0], *said[2:]], "wu tang zhao"),
        (lambda said: said[1:], "sun tang zhao"),
        (lambda said: said[:2], "wu li"),
        (lambda said: [*said[:3], b"\xff\n", said[4]], "wu li sun"),
        (lambda said: [said[0].replace(b"wu", b"xu"), *said[1:]], "li sun tang zhao"),
        (lambda said: [*said[:3], said[3][:50] + b"\r" + said[3][51:], said[4]], "wu li sun zhao"),
        (lambda said: [], ""),
        (lambda said: [*said, said[2]], "wu li sun tang zhao"),
        (lambda said: [*said, b"forged\n"], "wu li sun tang zhao"),
        (lambda said: [*said[:4], said[4][:-1]], "wu li sun tang zhao"),
    ],
)
def test_it_is_read_on_past_what_is_damaged_and_the_loss_is_told(five: Path, how: Damage, left: str):
    damage(five, how)
    lost = 5 - len(left.split())
    with pytest.raises(ErasuresDamaged):
        names(five)
    before = {one.name: one.read_bytes() for one in five.iterdir()}
    for wrong in {None, 0, 1, 2, 3, 4, 5, 6} - {lost} - ({None} if not lost else set()):
        with pytest.raises(ErasuresLost, match=f"--lose {lost}$") as no:
            make_anew(listing(five), wrong)
        assert no.value.found.lost == lost
        assert {one.name: one.read_bytes() for one in five.iterdir()} == before
    assert make_anew(listing(five), lost or None).lost == lost
    assert names(five) == left.split()
    assert (five / "sibo.erasures.damaged-1").read_bytes() == before["sibo.erasures"]
    assert listing(five).add(map(erasure, FIVE)) == lost


def test_a_list_that_is_whole_stays_as_it_is(five: Path, tmp_path_factory: pytest.TempPathFactory):
    before = {one.name: one.read_bytes() for one in five.iterdir()}
    assert len(make_anew(listing(five)).erasures) == 5
    with pytest.raises(ErasuresLost):
        make_anew(listing(five), 1)
    assert {one.name: one.read_bytes() for one in five.iterdir()} == before
    assert make_anew(listing(tmp_path_factory.mktemp("never"))).erasures == ()


@pytest.mark.parametrize("head", [None, b"", b"{}", b"rubbish" * 100])
def test_without_a_head_nobody_knows_how_many_there_were(five: Path, head: bytes | None):
    file = five / "sibo.erasures.head"
    file.unlink() if head is None else file.write_bytes(head)
    with pytest.raises(ErasuresLost, match="tells not how many"):
        make_anew(listing(five))
    assert make_anew(listing(five), 0).lost == 0
    assert names(five) == list(FIVE)


def test_a_list_that_is_gone_is_told_by_those_set_aside(five: Path):
    damage(five, lambda said: [*said[:4], b"rubbish\n"])
    make_anew(listing(five), 1)
    (five / "sibo.erasures").unlink()
    with pytest.raises(ErasuresLost):
        make_anew(listing(five))
    assert not (five / "sibo.erasures").exists()
    assert make_anew(listing(five), 4).lost == 4
    assert names(five) == list(FIVE[:4])
    (five / "sibo.erasures").unlink()
    for aside in five.glob("*.damaged-*"):
        aside.unlink()
    assert make_anew(listing(five), 4).erasures == ()
    assert listing(five).add(map(erasure, FIVE)) == 5
    assert names(five) == list(FIVE)


def test_a_copy_of_an_older_list_is_no_list_that_the_head_counts(five: Path):
    damage(five, lambda said: [said[0].replace(b"wu", b"xu"), *said[1:]])
    make_anew(listing(five), 1)
    shutil.copyfile(five / "sibo.erasures.damaged-1", five / "sibo.erasures")
    with pytest.raises(ErasuresLost, match="tells not how many"):
        make_anew(listing(five))
    make_anew(listing(five), 1)
    assert names(five) == list(FIVE[1:])


def test_anothers_list_is_not_taken_over(five: Path):
    with pytest.raises(ErasuresLost) as no:
        make_anew(listing(five, institution="other"))
    assert no.value.found.lost == 5


@pytest.mark.parametrize("left", [4, 0])
def test_a_crash_after_any_step_leaves_a_list_that_opens_or_can_be_made_anew(five: Path, tmp_path: Path, left: int):
    damage(five, lambda said: [*said[:left], b"rubbish\n"])
    kept = [erasure(name) for name in FIVE[:left]]
    opened = []
    for taken in range(len(steps(listing(five), kept)) + 1):
        crashed = tmp_path / f"after-{taken}"
        shutil.copytree(five, crashed, ignore=shutil.ignore_patterns("after-*"))
        with listing(crashed).locked():
            for step in steps(listing(crashed), kept)[:taken]:
                step()
        try:
            opened.append(names(crashed) == list(FIVE[:left]))
        except ErasuresDamaged:
            make_anew(listing(crashed), 5 - left)
        assert names(crashed) == list(FIVE[:left])
        assert len(list(crashed.glob("*.damaged-*"))) == 1
        assert not list(crashed.glob("*.new"))
    assert opened == [True, True]


def test_a_copy_put_in_place_after_a_crash_is_not_thrown_away(five: Path):
    whole = (five / "sibo.erasures").read_bytes()
    damage(five, lambda said: [said[0], b"rubbish\n", *said[2:]])
    kept = [erasure(name) for name in ("wu", "tang", "zhao")]
    for step in steps(listing(five), kept)[:4]:
        step()
    (five / "copy").write_bytes(whole)
    (five / "copy").chmod(0o600)
    (five / "copy").rename(five / "sibo.erasures")
    with pytest.raises(ErasuresLost):
        make_anew(listing(five))
    assert (five / "sibo.erasures").read_bytes() == whole
    make_anew(listing(five), 0)
    assert names(five) == list(FIVE)


def test_a_new_list_cut_short_is_not_put_in_place(five: Path):
    damage(five, lambda said: [*said[:4], b"rubbish\n"])
    with listing(five).locked():
        for step in steps(listing(five), map(erasure, FIVE[:4]))[:4]:
            step()
    new = five / "sibo.erasures.new"
    new.write_bytes(b"".join(lines(new)[:3]))
    assert make_anew(listing(five)).lost == 0
    assert names(five) == list(FIVE[:4])
