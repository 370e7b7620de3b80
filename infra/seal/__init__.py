"""The seal 封存: a Merkle tree over the log, signed as it grows, so that whoever keeps a checkpoint can prove a change.

`tree` is RFC 6962, unmodified; `tiles` keep its hashes; `leaf` says what of an event a leaf covers; `note` writes C2SP
signed notes.  These are pure.  `shelf` reads what is stored, `sealer` signs it, `proof` proves one event, `verifying`
examines all of it, `archive` writes it out for auditors, `witness` cosigns what only grew.  Seed: D02 数据唯一性.
"""
