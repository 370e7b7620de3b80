"""Case files and samples: what they prove, what they cannot hide, and that a stranger reckons the same."""

from __future__ import annotations

import base64
import json
import zipfile
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from infra import campus_verify
from infra.export import case, sampling
from infra.postgres import Institution
from infra.seal.archive import NothingSealed
from infra.seal.note import Checkpoint, Note
from infra.seal.proof import NotSealedYet
from tests.db.sealing import SIGNER, seal, sealed, write
from tests.faults.second_verifier import holds_case

KEY = str(SIGNER.verifier)


async def filed(college: Institution, file: Path, *events: str, about: tuple[str, ...] = (), **more: Any) -> Any:
    return await case.write(college, KEY, case.Wanted(events, about, **more), file, file.name)


def verdict(file: Path, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, Any]]:
    code = campus_verify.main([str(file), "--key", KEY, *words])
    return code, json.loads(capsys.readouterr().out)


def repacked(file: Path, changes: dict[str, bytes], sums: bool) -> Path:
    """The case file with members changed; with `sums`, by somebody who also mends the manifest."""
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()} | changes
    if sums:
        manifest = json.loads(members["manifest.json"])
        manifest["sha256"] = {name: sha256(members[name]).hexdigest() for name in manifest["sha256"]}
        members["manifest.json"] = json.dumps(manifest).encode()
    changed = file.with_name("changed.zip")
    with zipfile.ZipFile(changed, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return changed


async def test_a_case_file_proves_each_of_its_events(institution: Institution, tmp_path: Path, capsys):
    await write(institution, 300)
    file = tmp_path / "case.zip"
    with pytest.raises(NothingSealed):
        await filed(institution, file, "1")
    await seal(institution, at_once=100)
    told = await filed(
        institution, file, "7", "299", "1", title="某案 <1>", why="复核 & 抽查", made_by="person:auditor"
    )
    assert [event["position"] for event in told["events"]] == [1, 7, 299]
    code, said = verdict(file, capsys)
    assert (code, said["verdict"], said["events"], said["checkpoint"]) == (0, "good", told["events"], 300)
    assert said["not_proven"] == ["index.html", "manifest.json"]
    assert "not the page" in said["said"]
    assert holds_case(file, KEY)
    page = zipfile.ZipFile(file).read("index.html").decode()
    assert "某案 &lt;1&gt;" in page
    assert "复核 &amp; 抽查" in page
    assert "<1>" not in page
    assert KEY not in page
    assert "the key you got from the college's published place" in page
    assert page.count("<section>") == 3
    by_id = await filed(institution, file, told["events"][1]["id"])
    assert [event["position"] for event in by_id["events"]] == [7]


async def test_events_about_an_id_are_found_and_what_is_not_there_is_said(institution: Institution, tmp_path: Path):
    await write(institution, 200)
    await seal(institution)
    file = tmp_path / "case.zip"
    tag = json.loads(zipfile.ZipFile(await _one(institution, file)).read("proofs.ndjson").splitlines()[0])["stored"][
        "tags"
    ]
    student = next((one for one in tag if one.startswith("student:")), None)
    about = (student,) if student else (tag[-1],)
    told = await filed(institution, file, about=about)
    lines = [json.loads(line) for line in zipfile.ZipFile(file).read("proofs.ndjson").splitlines()]
    assert lines
    assert all(about[0] in line["stored"]["tags"] for line in lines)
    assert told["asked"]["about"] == list(about)
    for events in (("201",), ("0",), ("00000000-0000-4000-8000-000000000000",)):
        with pytest.raises(case.EventUnknown):
            await filed(institution, file, *events)
    with pytest.raises(case.EventUnknown):
        await filed(institution, file, about=("student:nobody",))
    with pytest.raises(case.TooMany):
        await case.write(institution, KEY, case.Wanted(("1", "2", "3")), file, file.name, most=2)
    await write(institution, 5, seed=9)
    with pytest.raises(NotSealedYet):
        await filed(institution, file, "203")


async def _one(college: Institution, file: Path) -> Path:
    await filed(college, file, *map(str, range(1, 200)))
    with zipfile.ZipFile(file) as archive:
        lines = archive.read("proofs.ndjson").splitlines()
    best = max(lines, key=lambda line: len(json.loads(line)["stored"]["tags"]))
    return repacked(file, {"proofs.ndjson": best + b"\n"}, sums=False)


async def test_a_changed_byte_is_found_by_both_verifiers(institution: Institution, tmp_path: Path, capsys):
    await write(institution, 150)
    await seal(institution)
    file = tmp_path / "case.zip"
    await filed(institution, file, "3", "77", "150")
    proofs = zipfile.ZipFile(file).read("proofs.ndjson")
    lines = [json.loads(line) for line in proofs.splitlines()]
    for number, line in enumerate(lines):
        for name, value in line["stored"].items():
            other = {"position": 4, "tags": [*line["stored"]["tags"], "x"]}.get(name, f"{value}"[:-1] + "x")
            if name == "recorded_at":
                other = value.replace("+00:00", "+00:01")
            if name == "id":
                other = "00000000-0000-4000-8000-000000000000"
            changed = [*lines]
            changed[number] = line | {"stored": line["stored"] | {name: other}}
            spoilt = b"".join(json.dumps(one).encode() + b"\n" for one in changed)
            for sums in (False, True):
                bad = repacked(file, {"proofs.ndjson": spoilt}, sums)
                assert verdict(bad, capsys)[0] == 1, (number, name)
                assert not holds_case(bad, KEY), (number, name)
    for spoilt in (proofs.replace(b'\\"n\\": ', b'\\"n\\":  ', 1), proofs.splitlines(True)[0], proofs + proofs):
        bad = repacked(file, {"proofs.ndjson": spoilt}, sums=True)
        assert verdict(bad, capsys)[0] == 1
        assert not holds_case(bad, KEY)
    for name in ("index.html", "checkpoint.note"):
        bad = repacked(file, {name: b"something else"}, sums=False)
        code, said = verdict(bad, capsys)
        assert (code, name in said["said"]) == (1, True)
        assert not holds_case(bad, KEY)
    extra = repacked(file, {"more.txt": b"slipped in"}, sums=False)
    assert verdict(extra, capsys)[0] == 1
    assert not holds_case(extra, KEY)
    manifest = json.loads(zipfile.ZipFile(file).read("manifest.json"))
    manifest["sha256"]["events.ndjson"] = ""
    members = {"events.ndjson": b"forged", "manifest.json": json.dumps(manifest).encode()}
    disguised = repacked(file, members, sums=True)
    assert verdict(disguised, capsys)[0] == 1
    assert not holds_case(disguised, KEY)


def told_otherwise(file: Path, **changes: Any) -> Path:
    """The case file with its manifest changed."""
    with zipfile.ZipFile(file) as archive:
        manifest = json.loads(archive.read("manifest.json"))
    return repacked(file, {"manifest.json": json.dumps(manifest | changes).encode()}, sums=True)


async def test_a_manifest_that_tells_of_another_event_or_checkpoint_is_bad(
    institution: Institution, tmp_path: Path, capsys
):
    await write(institution, 150)
    await seal(institution, at_once=100)
    file = tmp_path / "case.zip"
    manifest = await filed(institution, file, "3", "77")
    first, second = manifest["events"]
    checkpoint, older = manifest["checkpoint"], (await sealed(institution))[0]
    for changes in (
        {"events": [first | {"id": second["id"]}, second]},
        {"events": [first | {"type": "conduct.slip_issued"}, second]},
        {"events": [first]},
        {"events": []},
        {"checkpoint": checkpoint | {"size": 100}},
        {"checkpoint": {"size": older.size, "root": base64.b64encode(older.root).decode()}},
    ):
        bad = told_otherwise(file, **changes)
        assert verdict(bad, capsys)[0] == 1, changes
        assert not holds_case(bad, KEY), changes
    foreign = repacked(file, {"checkpoint.note": older.note.encode()}, sums=True)
    assert verdict(foreign, capsys)[0] == 1
    assert not holds_case(foreign, KEY)
    code, said = verdict(repacked(file, {"index.html": b"<p>forged</p>"}, sums=True), capsys)
    assert (code, said["events"], "index.html" in said["not_proven"]) == (0, [first, second], True)


async def test_proofs_of_one_case_file_are_all_under_one_checkpoint(institution: Institution, tmp_path: Path, capsys):
    await write(institution, 100)
    await seal(institution)
    file, older = tmp_path / "case.zip", tmp_path / "older.zip"
    await filed(institution, older, "3")
    await write(institution, 50, seed=2)
    await seal(institution)
    await filed(institution, file, "3", "120")
    early, late = zipfile.ZipFile(older).read("proofs.ndjson"), zipfile.ZipFile(file).read("proofs.ndjson")
    mixed = repacked(file, {"proofs.ndjson": early + late.splitlines(True)[1]}, sums=True)
    assert verdict(mixed, capsys)[0] == 1
    assert not holds_case(mixed, KEY)


async def test_a_checkpoint_kept_from_earlier_is_held_against_proofs(institution: Institution, tmp_path: Path, capsys):
    await write(institution, 150)
    await seal(institution, at_once=100)
    file, single = tmp_path / "case.zip", tmp_path / "proof.json"
    await filed(institution, file, "3", "77")
    single.write_bytes(zipfile.ZipFile(file).read("proofs.ndjson").splitlines()[0])
    forged = str(Checkpoint(SIGNER.name, 150, b"x" * 32)), str(Checkpoint(SIGNER.name, 100, b"x" * 32))
    written = [one.note for one in await sealed(institution)]
    written += [str(Note(text).signed(SIGNER.sign(text))) for text in forged]
    notes = [tmp_path / f"{name}.note" for name in ("older", "same", "other", "older-other")]
    for note, text in zip(notes, written, strict=True):
        note.write_text(text)
    older, same, other, older_other = (["--since", str(note)] for note in notes)
    for path in (file, single):
        assert verdict(path, capsys, *same)[0] == 0
        code, said = verdict(path, capsys, *other)
        assert (code, "two histories" in said["said"]) == (1, True)
        assert verdict(path, capsys, *older, *older_other)[0] == 1
        code, said = verdict(path, capsys, *same, *older)
        assert (code, "--since needs an audit archive" in said["said"]) == (2, True)


async def test_bytes_flipped_anywhere_never_pass_for_another_event(institution: Institution, tmp_path: Path, capsys):
    await write(institution, 40)
    await seal(institution)
    file = tmp_path / "case.zip"
    await filed(institution, file, "12")
    whole = file.read_bytes()
    stored = json.loads(zipfile.ZipFile(file).read("proofs.ndjson"))["stored"]
    for at in range(0, len(whole), 7):
        spoilt = bytearray(whole)
        spoilt[at] ^= 0x10
        bad = file.with_name("flipped.zip")
        bad.write_bytes(spoilt)
        code, _ = verdict(bad, capsys)
        assert code in (0, 1)
        if code == 0:
            assert json.loads(zipfile.ZipFile(bad).read("proofs.ndjson"))["stored"] == stored, at


def reckoned(seed: str, root: str, stratum: str, population: int, size: int) -> list[int]:
    """The draw as a stranger writes it from README.md."""
    found: list[int] = []
    c = 0
    while len(found) < min(size, population):
        h = sha256(b"campus-sample/1\n%b\n%b\n%b\n%d" % (root.encode(), stratum.encode(), seed.encode(), c)).digest()
        x = int(h.hex()[:16], 16)
        if x < 2**64 - 2**64 % population and x % population not in found:
            found.append(x % population)
        c += 1
    return found


async def test_a_sample_is_what_a_stranger_reckons_from_seed_and_checkpoint(institution: Institution):
    await write(institution, 400)
    with pytest.raises(NothingSealed):
        await sampling.sample(institution, sampling.Draw("x", 1))
    await seal(institution, at_once=150)
    told = await sampling.sample(institution, sampling.Draw("2026-12-01 第48期", 30))
    root = told["checkpoint"]["root"]
    expected = reckoned("2026-12-01 第48期", root, "", 400, 30)
    assert [one["position"] for one in told["events"]] == [n + 1 for n in expected]
    assert len(set(expected)) == 30
    assert told["checkpoint"]["after"] == 300
    newest = (await sealed(institution))[-1]
    assert told["checkpoint"]["sealed_at"] == newest.sealed_at.isoformat()
    again = await sampling.sample(institution, sampling.Draw("2026-12-01 第48期", 30))
    assert again == told
    other = await sampling.sample(institution, sampling.Draw("2026-12-01 第48期 ", 30))
    assert other["events"] != told["events"]
    first = (await sealed(institution))[0]
    older = await sampling.sample(institution, sampling.Draw("2026-12-01 第48期", 30), at=first.size)
    assert {one["position"] <= first.size for one in older["events"]} == {True}
    assert older["checkpoint"]["root"] == base64.b64encode(first.root).decode() != root
    with pytest.raises(sampling.CheckpointUnknown):
        await sampling.sample(institution, sampling.Draw("x", 1), at=399)
    everything = await sampling.sample(institution, sampling.Draw("x", 1_000))
    assert sorted(one["position"] for one in everything["events"]) == [*range(1, 401)]


async def test_each_type_is_drawn_from_by_itself(institution: Institution):
    await write(institution, 300)
    await seal(institution)
    draw = sampling.Draw("seed", 4, by_type=True, after=20, upto=280)
    told = await sampling.sample(institution, draw)
    assert sum(one["population"] for one in told["strata"]) == 260
    for stratum in told["strata"]:
        mine = [one for one in told["events"] if one["stratum"] == stratum["stratum"]]
        root = told["checkpoint"]["root"]
        assert [one["number"] for one in mine] == reckoned("seed", root, stratum["stratum"], stratum["population"], 4)
        assert {one["type"] for one in mine} == {stratum["stratum"]}
    assert {20 < one["position"] <= 280 for one in told["events"]} == {True}
    kinds = tuple(one["stratum"] for one in told["strata"][:2])
    narrow = await sampling.sample(institution, sampling.Draw("seed", 50, types=kinds))
    assert {one["type"] for one in narrow["events"]} == set(kinds)
    none = await sampling.sample(institution, sampling.Draw("seed", 5, types=("area.nothing",)))
    assert none["events"] == []
    nothing = await sampling.sample(institution, sampling.Draw("seed", 5, upto=0))
    assert (nothing["upto"], nothing["events"]) == (0, [])


def test_the_draw_favours_nobody():
    counts = [0] * 7
    for seed in range(3_000):
        for number in sampling.drawn(sampling.Draw(str(seed), 2), b"r" * 32, "", 7):
            counts[number] += 1
    assert sum(counts) == 6_000
    assert all(700 < count < 1_020 for count in counts)
