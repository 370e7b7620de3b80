-- The keys of people, in a database of their own.  Idempotent: run at every start.
--
-- Keepers make keys and destroy them; nobody deletes a row, replaces a key, or gives an erased person another one.

create table if not exists public.subject_key (
    institution text not null,
    subject text not null,
    wrapped bytea,
    made_at timestamptz not null default now(),
    erased_at timestamptz,
    primary key (institution, subject)
);

create or replace function public.subject_key_stays() returns trigger
language plpgsql
set search_path = ''
as $$
begin
    if tg_op in ('DELETE', 'TRUNCATE') then
        raise exception 'a key is destroyed in its place, never deleted' using errcode = '42501';
    end if;
    if (new.wrapped is null) <> (new.erased_at is not null) then
        raise exception 'a key is either there or erased' using errcode = '23514';
    end if;
    if tg_op = 'UPDATE' then
        if (new.institution, new.subject, new.made_at) <> (old.institution, old.subject, old.made_at) then
            raise exception 'a key belongs to one person for ever' using errcode = '42501';
        end if;
        if old.erased_at is not null and (new.wrapped is not null or new.erased_at <> old.erased_at) then
            raise exception 'an erased person gets no key again' using errcode = '42501';
        end if;
        if old.wrapped is not null and new.wrapped is not null and new.wrapped <> old.wrapped then
            raise exception 'a key is not replaced' using errcode = '42501';
        end if;
    end if;
    return new;
end
$$;

create or replace trigger subject_key_stays before insert or update or delete on public.subject_key
for each row execute function public.subject_key_stays();
create or replace trigger subject_key_never_emptied before truncate on public.subject_key
for each statement execute function public.subject_key_stays();

revoke all on public.subject_key from public, campus_keeper;
revoke all on function public.subject_key_stays() from public;
grant usage on schema public to campus_keeper;
grant select, insert on public.subject_key to campus_keeper;
grant update (wrapped, erased_at) on public.subject_key to campus_keeper;
