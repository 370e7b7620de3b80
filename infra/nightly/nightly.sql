-- What the nightly proofs found.  Rows are only ever inserted.  `ledger` stands for the institution's schema.

create table ledger.nightly_proof (
    id uuid primary key,
    began_at timestamptz not null,
    ended_at timestamptz not null,
    position bigint not null,
    good boolean not null,
    findings json not null,
    told json not null
);
create index nightly_proof_ended on ledger.nightly_proof (ended_at);
