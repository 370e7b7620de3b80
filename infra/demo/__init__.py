"""The demo: a real term's timetable, a made-up college around it, and a semester played through the desk."""

from __future__ import annotations

from infra.demo.playing import FIRST_MOMENT as FIRST_MOMENT, Account as Account, DemoReport as DemoReport, play as play
