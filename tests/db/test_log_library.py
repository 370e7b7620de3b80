"""The library's own suite for DCB recorders, on both of our logs."""

from __future__ import annotations

import pytest
from eventsourcing.dcb.tests import DCBRecorderTestCase

from infra.log.dcb import LibraryRecorder
from infra.log.memory import MemoryLog
from infra.log.recorder import PostgresLog
from infra.postgres import Institution


@pytest.fixture(params=["memory", "postgres"])
def recorder(request: pytest.FixtureRequest, institution: Institution):
    """The library's face over each kind of log."""
    face = LibraryRecorder(MemoryLog() if request.param == "memory" else PostgresLog(institution))
    yield face
    face.close()


def test_append_and_read(recorder: LibraryRecorder) -> None:
    DCBRecorderTestCase()._test_append_read(recorder)


def test_append_and_subscribe(recorder: LibraryRecorder) -> None:
    with recorder.subscribe():
        DCBRecorderTestCase()._test_append_subscribe(recorder)
