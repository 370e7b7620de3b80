"""The institution's secret: made once and whole, and nothing else is taken for one."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from infra.keys import SecretDamaged, Secrets


def test_a_secret_is_made_once_by_whoever_comes_first(tmp_path: Path):
    file = tmp_path / "keys" / "secret"
    with ThreadPoolExecutor(8) as many:
        digests = {secret.digest(b"x") for secret in many.map(Secrets.kept_in, [file] * 8)}
    assert digests == {Secrets(file.read_bytes()).digest(b"x")}
    assert os.listdir(file.parent) == ["secret"]
    assert (file.stat().st_size, file.stat().st_mode & 0o777) == (32, 0o600)
    file.chmod(0o640)
    with pytest.raises(PermissionError):
        Secrets.kept_in(file)


@pytest.mark.parametrize("size", [0, 1, 31, 33])
def test_a_secret_that_is_not_all_there_is_refused(tmp_path: Path, size: int):
    file = tmp_path / "secret"
    file.write_bytes(b"1" * size)
    file.chmod(0o600)
    with pytest.raises(SecretDamaged, match=f"现有 {size} 字节.* has {size};"):
        Secrets.kept_in(file)
    assert file.stat().st_size == size
