"""Sight 可见范围: what the routes ask of `infra.sight`, which the board asks too."""

from infra.sight import (
    Sight as Sight,
    withheld as withheld,
    without_others as without_others,
    without_secrets as without_secrets,
)
