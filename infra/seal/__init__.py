"""The seal 封存: a Merkle tree over the log, signed as it grows, so that whoever keeps a checkpoint can prove a change.

`tree` is RFC 6962, unmodified; `leaf` says what of an event a leaf covers; `note` writes C2SP signed notes.  Pure:
no database, no clock.  Seed: D02 数据唯一性.
"""
