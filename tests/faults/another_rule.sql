-- The rule of roll calls and teaching hours, once more and on its own, over exported events in a table `told`
-- (position, type, data jsonb, received_at): a roll call is in time within :hours hours of the session's end; hours
-- count when it was in time, when a waiver was granted, or as a document says; sixty seconds after the deadline they
-- are settled.  Nothing here is the product's.
with ended as (
    select data->>'session_id' as session, data->>'department_id' as department, data->>'term_id' as term,
        array(select jsonb_array_elements_text(data->'teacher_ids')) as teachers,
        array(select jsonb_array_elements_text(data->'teacher_parts')::int) as parts,
        (data->>'planned_periods')::int as planned, (data->>'ended_at')::timestamptz as ended_at,
        (data->>'term_ends_on')::date as last_day, jsonb_typeof(data->'duty') = 'object' as owed
    from told where type = 'timetable.session_ended'
), due as (
    select e.*, ended_at + make_interval(hours => %(hours)s) as due_at from ended e
), taken as (
    select d.session, (t.data->>'taken_at')::timestamptz as taken_at, (t.data->>'periods_taught')::int as periods,
        date_trunc('second', (t.data->>'taken_at')::timestamptz) <= d.due_at as in_time
    from told t join due d on d.session = t.data->>'session_id'
    where t.type = 'roll_call.taken'
        and (date_trunc('second', (t.data->>'taken_at')::timestamptz) <= d.due_at
            or ((t.data->>'taken_at')::timestamptz at time zone 'Asia/Shanghai')::date <= d.last_day)
), changed as (
    select distinct on (d.session) d.session, (t.data->>'periods_taught')::int as periods
    from told t join due d on d.session = t.data->>'session_id'
    where t.type = 'roll_call.periods_corrected' and date_trunc('second', t.received_at) <= d.due_at
    order by d.session, t.position desc
), waived as (
    select data->>'session_id' as session, min(received_at) as waived_at
    from told where type = 'roll_call.waiver_granted' group by 1
), by_document as (
    select distinct on (data->>'session_id') data->>'session_id' as session, data->'shares' as shares
    from told where type = 'teaching_hours.recognition_overridden' order by data->>'session_id', position desc
), judged as (
    select d.*, coalesce(t.in_time, false) as in_time, o.shares,
        case when o.session is not null then 'document'
            when coalesce(t.in_time, false) then 'in time'
            when w.session is not null then 'waived' else 'lost' end as outcome,
        case when coalesce(t.in_time, false) then coalesce(c.periods, t.periods)
            when w.session is not null then
                case when t.taken_at <= w.waived_at then coalesce(c.periods, t.periods) else d.planned end
            else 0 end * 100 as counted
    from due d left join taken t using (session) left join changed c using (session)
        left join waived w using (session) left join by_document o using (session)
    where d.owed and d.term = %(term)s
), shared as (
    select j.*, teacher, n, part, (select sum(p) from unnest(parts) p) as whole
    from judged j, unnest(teachers, parts) with ordinality as u(teacher, part, n)
), parted as (
    select s.*, planned * 100 * part / whole as planned_part, counted * part / whole as counted_part from shared s
), rest as (
    select p.*,
        planned_part + case when n = 1 then planned * 100 - sum(planned_part) over (partition by session) else 0 end
            as planned_hundredths,
        case when outcome = 'document' then (
            select (x->>'recognised_hundredths')::bigint from jsonb_array_elements(p.shares) x
            where x->>'teacher_id' = teacher)
        else counted_part + case when n = 1 then counted - sum(counted_part) over (partition by session) else 0 end end
            as recognised_hundredths
    from parted p
), settled as (
    select * from rest where due_at + interval '60 seconds' <= %(moment)s
)
select 'roll_call_timeliness' as figure, department, teachers[1] as person,
    sum(case when in_time then 1 else 0 end)::numeric as numerator, count(*)::numeric as denominator, count(*) as many
from judged where due_at < %(moment)s group by 2, 3
union all
select 'hours_recognised_rate', department, teacher, sum(recognised_hundredths) / 100.0, sum(planned_hundredths) / 100.0,
    count(*)
from settled group by 2, 3
union all
select 'hours_recognised', department, teacher, sum(recognised_hundredths) / 100.0, sum(planned_hundredths) / 100.0,
    count(*)
from settled where recognised_hundredths > 0 group by 2, 3
union all
select 'hours_forfeited', department, teacher, sum(planned_hundredths - recognised_hundredths) / 100.0,
    sum(planned_hundredths) / 100.0, count(*)
from settled where outcome = 'lost' group by 2, 3
