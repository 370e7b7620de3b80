"""Sight 可见范围, where the routes look for it: which events a viewer sees, and how much of each."""

from infra.sight import (
    Sight as Sight,
    withheld as withheld,
    without_others as without_others,
    without_secrets as without_secrets,
)
