-- Every append of every process goes through this one function: it takes the head row, so batches stand in one order.
--
-- Attempts are numbered from 1.  `firsts` has the number of each attempt's first event; `of_event` and `of_scan` name
-- the attempt an event or a scan belongs to.  Lists inside an element (an event's tags, a scan's tags and types) are
-- joined by chr(31).  A scan that needs more than the range of one tag has `wide` set.  The answer is the head as it
-- was, the attempts that are in the log already, and those whose boundary was written to.
--
-- Planned once and by the indexes: a plan made while the tables were empty would scan them for ever.

create or replace function ledger.append_batch(
    commands text[], nows timestamptz[], firsts integer[],
    of_event integer[], ids uuid[], types text[], tags text[], bodies json[],
    of_scan integer[], scan_tags text[], scan_types text[], scan_after bigint[], wide boolean[],
    out base bigint, out base_at timestamptz, out repeated integer[], out clashed integer[]
)
language plpgsql volatile security definer
set search_path = ''
set plan_cache_mode = 'force_generic_plan'
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
#variable_conflict use_column
declare
    mark constant text := chr(31);
    gone integer[];
    hurt boolean;
begin
    if cardinality(commands) > 1 then
        if (select count(*) > count(distinct a.tag) from unnest(commands) a (tag)) then
            raise exception 'a command stands twice in one batch' using errcode = 'CL001';
        end if;
    end if;

    select h.position, h.recorded_at into base, base_at from ledger.head h where h.single for update;

    select array_agg(a.n::integer) into repeated
    from unnest(commands) with ordinality a (tag, n)
    where exists (select from ledger.event_tag t where t.tag = a.tag);

    select array_agg(distinct s.n) into clashed
    from (
        select u.n, u.tag, u.after, string_to_array(u.types, mark) as types
        from unnest(of_scan, scan_tags, scan_types, scan_after, wide) u (n, tag, types, after, wide)
        where not u.wide offset 0
    ) s
    where exists (
        select from ledger.event_tag t
        where t.tag = s.tag and t.position > s.after and (s.types = '{}' or t.type = any (s.types))
    );

    if true = any (wide) then
        select clashed || array_agg(distinct s.n) into clashed
        from (
            select u.n, u.after, string_to_array(u.tags, mark) as tags, string_to_array(u.types, mark) as types
            from unnest(of_scan, scan_tags, scan_types, scan_after, wide) u (n, tags, types, after, wide)
            where u.wide offset 0
        ) s
        where case
            when s.tags <> '{}' then exists (
                select from ledger.event_tag t join ledger.event e on e.position = t.position
                where t.tag = s.tags[1] and t.position > s.after
                  and (s.types = '{}' or t.type = any (s.types)) and e.tags @> s.tags)
            when s.types <> '{}' then exists (
                select from unnest(s.types) w (type) join ledger.event e on e.type = w.type
                where e.position > s.after)
            else base > s.after end;
    end if;

    gone := repeated || clashed;
    if cardinality(gone) > 0 then
        select array_agg(u.n order by u.o), array_agg(u.id order by u.o), array_agg(u.type order by u.o),
               array_agg(u.tags order by u.o), array_agg(u.body order by u.o)
        into of_event, ids, types, tags, bodies
        from unnest(of_event, ids, types, tags, bodies) with ordinality u (n, id, type, tags, body, o)
        where not u.n = any (gone);
        if of_event is null then
            return;
        end if;
        select array_agg(array_position(of_event, a.n) order by a.n) into firsts
        from generate_series(1, cardinality(commands)) a (n);
    end if;

    with incoming as (
        select base + u.o as position, u.id, u.type, string_to_array(u.tags, mark) as tags, u.body,
               greatest(base_at, max(nows[u.n]) over (order by u.o)) as recorded_at
        from unnest(of_event, ids, types, tags, bodies) with ordinality u (n, id, type, tags, body, o)
    ), told as (
        insert into ledger.event (position, id, type, tags, body, recorded_at)
        select i.position, i.id, i.type, i.tags, i.body, i.recorded_at from incoming i
    ), tagged as (
        insert into ledger.event_tag (tag, type, position)
        select g.tag, i.type, i.position from incoming i cross join lateral unnest(i.tags) g (tag)
    )
    update ledger.head set
        position = base + cardinality(of_event), recorded_at = (select max(i.recorded_at) from incoming i)
    where single;

    -- The caller puts no attempt into a batch that asks about an earlier one of it.  This proves that it did not.
    if of_event[1] = of_event[cardinality(of_event)] then
        return;
    end if;
    hurt := exists (
        select from (
            select u.tag, greatest(u.after, base) as after, base + firsts[u.n] as own,
                   string_to_array(u.types, mark) as types
            from unnest(of_scan, scan_tags, scan_types, scan_after, wide) u (n, tag, types, after, wide)
            where not u.wide and firsts[u.n] > 1 offset 0
        ) s
        where exists (
            select from ledger.event_tag t
            where t.tag = s.tag and t.position > s.after and t.position < s.own
              and (s.types = '{}' or t.type = any (s.types)))
    );
    if not hurt and true = any (wide) then
        hurt := exists (
            select from (
                select greatest(u.after, base) as after, base + firsts[u.n] as own,
                       string_to_array(u.tags, mark) as tags, string_to_array(u.types, mark) as types
                from unnest(of_scan, scan_tags, scan_types, scan_after, wide) u (n, tags, types, after, wide)
                where u.wide and firsts[u.n] > 1 offset 0
            ) s
            where exists (
                select from ledger.event e
                where e.position > s.after and e.position < s.own
                  and e.tags @> s.tags and (s.types = '{}' or e.type = any (s.types)))
        );
    end if;
    if hurt then
        raise exception 'an attempt asks about an earlier one of its batch' using errcode = 'CL001';
    end if;
end
$$;
