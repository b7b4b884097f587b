-- Each line is a statement. TriggerFunctionsIT runs them all on both engines and compares what comes of each.
-- trigger_on(table, function, when, arguments) replaces table's trigger.
create function trigger_on(rel regclass, fun text, moment text, variadic args text[]) returns void language plpgsql as $$ begin execute format('drop trigger if exists x on %s', rel); execute format('create trigger x %s on %s for each %s execute function pgq.%s(%s)', replace(moment, ' statement', ''), rel, case when moment ~ 'truncate|statement' then 'statement' else 'row' end, fun, (select string_agg(quote_literal(a), ', ' order by nr) from unnest(args) with ordinality u (a, nr))); end $$
create procedure try(sql text) language plpgsql as $$ begin execute sql; exception when others then perform pgq.insert_event('q', 'ERROR', sqlstate || ' ' || sqlerrm || ' [' || sql || ']'); end $$
create table t (id int primary key, a text, b text, c text)
create procedure life(fun text, moment text, variadic args text[]) language plpgsql as $$ declare s text; begin truncate t; perform pgq.insert_event('q', 'CASE', fun || ' ' || moment || args::text); perform trigger_on('t', fun, moment, variadic args); foreach s in array array['delete from t', 'insert into t values (1, ''x'', ''y'', null)', 'update t set a = ''z''', 'update t set c = ''q''', 'update t set id = 2', 'update t set id = id', 'delete from t', 'truncate t'] loop call try(s); end loop; call try('create view v as select * from t'); perform pgq.insert_event('q', 'ROWS', (select count(*)::text from t)); drop view v; drop trigger x on t; end $$
create procedure all_three(moment text, variadic args text[]) language plpgsql as $$ declare f text; begin foreach f in array array['logutriga', 'sqltriga', 'jsontriga'] loop call life(f, moment, variadic args); end loop; end $$
-- Arguments.
call all_three('after insert or update or delete', 'q')
call all_three('before insert or update or delete', 'q')
call all_three('after insert or update or delete', 'q', 'backup')
call all_three('after insert or update or delete', 'q', 'backup', 'ignore=a')
call all_three('after insert or update or delete', 'q', 'ignore=a, b')
call all_three('after insert or update or delete', 'q', 'ignore=a b')
call all_three('after insert or update or delete', 'q', E'ignore= a,,\t\nb ,', E'pkey=\rid  c')
call all_three('after insert or update or delete', 'q', E'pkey=b\x0ba\x0c')
call all_three('after insert or update or delete', 'q', E'pkey=b\u00a0a')
call all_three('after insert or update or delete', 'q', 'pkey= ')
call all_three('after insert or update or delete', 'q', 'ignore="a"', 'pkey="b"')
call all_three('after insert or update or delete', 'q', 'ignore=id')
call all_three('after insert or update or delete', 'q', 'ignore=id,a,b,c')
call all_three('after insert or update or delete', 'q', 'ignore=zz')
call all_three('after insert or update or delete', 'q', 'ignore=')
call all_three('after insert or update or delete', 'q', 'ignore=a', 'ignore=c')
call all_three('after insert or update or delete', 'q', 'pkey=a')
call all_three('after insert or update or delete', 'q', 'pkey=b,a')
call all_three('after insert or update or delete', 'q', 'pkey=b, a')
call all_three('after insert or update or delete', 'q', 'pkey=b', 'ignore=b')
call all_three('after insert or update or delete', 'q', 'pkey=c')
call all_three('after insert or update or delete', 'q', 'pkey=zz')
call all_three('after insert or update or delete', 'q', 'pkey=')
call all_three('after insert or update or delete', 'q', 'pkey=a', 'pkey=id')
call all_three('after insert or update or delete', 'q', 'SKIP')
call all_three('before insert or update or delete', 'q', 'SKIP')
call all_three('before insert or update or delete', 'q', 'SKIP', 'when=false')
call all_three('before insert or update or delete', 'q', 'skip')
call all_three('after insert or update or delete', 'q', '')
call all_three('after insert or update or delete', 'q', 'nonsense')
call all_three('after insert or update or delete', 'q', 'ev_extra5=1')
call all_three('after insert or update or delete', 'q', 'deny')
call all_three('after insert or update or delete', 'q', 'deny', 'when=false')
call all_three('after insert or update or delete', 'q', 'deny', 'nonsense')
call all_three('after insert or update or delete', 'no such queue')
call all_three('after insert or update or delete statement', 'q')
call all_three('after truncate', 'q')
call all_three('before truncate', 'q', 'SKIP')
call all_three('after truncate', 'q', 'ignore=a')
call all_three('after truncate', 'q', 'pkey=a')
call all_three('after truncate', 'q', 'backup')
call all_three('after truncate', 'q', 'deny')
call all_three('after truncate', 'q', 'when=false')
call all_three('after truncate', 'q', 'ev_extra1=7')
-- Expressions.
call all_three('after insert or update or delete', 'q', 'when=a = ''z''')
call all_three('after insert or update or delete', 'q', 'when=null::bool')
call all_three('after insert or update or delete', 'q', 'when=5')
call all_three('after insert or update or delete', 'q', 'when=')
call all_three('after insert or update or delete', 'q', 'when=nocol = 1')
call all_three('after insert or update or delete', 'q', 'when=true', 'when=false')
call all_three('after insert or update or delete', 'q', 'ignore=a', 'when=1/(case a when ''z'' then 0 else 1 end) = 1')
call all_three('after insert or update or delete', 'q', 'ev_type=5', 'ev_data=a||7', 'ev_extra1=null', 'ev_extra2=id', 'ev_extra3=true', 'ev_extra4=array[a,b]')
call all_three('after insert or update or delete', 'q', 'ev_type=null', 'ev_extra1=', 'ev_extra1=2', 'ev_extra3=timestamptz ''2020-01-01''', 'ev_extra4=''x''::bytea')
call all_three('after insert or update or delete', 'q', 'ev_extra1=a, b', 'ev_extra2=a;', 'ev_extra3=(select a)', 'ev_extra4=sum(id)')
call all_three('after insert or update or delete', 'q', 'ev_extra1=a /* b */ || $$a$$ || ''a''''a'' || $x$a$x$', 'ev_extra2=coalesce(c, b) -- a', 'ev_extra3=row(id,a)', 'ev_extra4=E''a\''a''')
call all_three('after insert or update or delete', 'q', 'ev_extra1=(select string_agg(relname, b) from pg_class where oid = 1259)')
call all_three('after insert or update or delete', 'q', 'ev_extra1=generate_series(1, 2)')
call all_three('after insert or update or delete', 'q', 'ev_extra1=id where id <> 1')
call all_three('after insert or update or delete', 'q', 'ev_extra1=new.a')
call all_three('after insert or update or delete', 'q', 'backup', 'ev_extra2=5')
-- Odd names and values.
create schema "Odd Sch"
create table "Odd Sch"."My ""T.b" ("Id A" int, "b&=c" text, "K,2" int, "ü%" text, primary key ("K,2", "Id A"))
create trigger l after insert or update or delete on "Odd Sch"."My ""T.b" for each row execute function pgq.logutriga('q', 'backup')
create trigger s after insert or update or delete on "Odd Sch"."My ""T.b" for each row execute function pgq.sqltriga('q', 'backup')
create trigger j after insert or update or delete on "Odd Sch"."My ""T.b" for each row execute function pgq.jsontriga('q', 'backup')
insert into "Odd Sch"."My ""T.b" values (1, E'a~-_.!*()''\n\t\\/"', 2, 'ü€😀')
update "Odd Sch"."My ""T.b" set "b&=c" = '' , "ü%" = null
update "Odd Sch"."My ""T.b" set "b&=c" = '"', "ü%" = '""'
update "Odd Sch"."My ""T.b" set "b&=c" = '\', "ü%" = ',",'
update "Odd Sch"."My ""T.b" set "b&=c" = '(,)', "ü%" = ','
update "Odd Sch"."My ""T.b" set "b&=c" = 'NULL', "ü%" = ' '
update "Odd Sch"."My ""T.b" set "b&=c" = '{}', "ü%" = '%01%02%25+'
update "Odd Sch"."My ""T.b" set "b&=c" = (select string_agg(chr(i), '' order by i) from generate_series(1, 700) i where i not between 55296 and 57343), "ü%" = E'\x01\x02'
update "Odd Sch"."My ""T.b" set "b&=c" = repeat('long text, "quoted" ', 2000)
call try('update "Odd Sch"."My ""T.b" set "K,2" = 7')
delete from "Odd Sch"."My ""T.b"
select trigger_on('t', 'logutriga', 'after insert', 'q')
insert into t select i, nullif(chr(i), 'N'), case i % 3 when 0 then '' when 1 then '"' end, chr(i) || chr(130 - i) from generate_series(1, 129) i
select trigger_on('t', 'jsontriga', 'after delete', 'q')
delete from t
-- Magic columns.
create table m (id int primary key, _pgq_ev_data text, a text, _pgq_ev_type text, _pgq_ev_extra1 text, _pgq_ev_extra2 int, _pgq_ev_extra3 text, _pgq_ev_extra4 text)
create procedure magic(fun text, variadic args text[]) language plpgsql as $$ declare s text; begin perform pgq.insert_event('q', 'CASE', fun || args::text); perform trigger_on('m', fun, 'after insert or update or delete', variadic args); foreach s in array array['insert into m values (1, ''data'', ''A'', ''type'', ''x1'', 2, ''x3'', ''x4'')', 'insert into m (id) values (2)', 'update m set _pgq_ev_extra3 = ''zz'' where id = 1', 'update m set _pgq_ev_data = null, _pgq_ev_extra2 = null where id = 1', 'update m set a = ''ooo'' where id = 1', 'update m set a = ''ppp'', _pgq_ev_type = ''u'' where id = 1', 'update m set id = 6 where id = 1', 'delete from m', 'truncate m'] loop call try(s); end loop; end $$
call magic('logutriga', 'q')
call magic('sqltriga', 'q')
call magic('jsontriga', 'q', 'backup')
call magic('logutriga', 'q', 'ignore=a')
call magic('sqltriga', 'q', 'ignore=a')
call magic('jsontriga', 'q', 'ignore=')
call magic('logutriga', 'q', 'pkey=_pgq_ev_type', 'ev_extra3=_pgq_ev_extra4')
call magic('sqltriga', 'q', 'pkey=_pgq_ev_type')
alter table m rename _pgq_ev_extra4 to _pgq_ev_bad
call magic('logutriga', 'q', 'ignore=_pgq_ev_bad')
alter table m rename _pgq_ev_bad to _pgq_other
call magic('jsontriga', 'q')
-- Types, under settings that change their text.
create domain dint as int
create domain dnum as numeric
create domain ddate as date
create type enu as enum ('a"b', 'c')
create type comp as (a numeric, b text)
create table ty (id int primary key, di dint, e enu, c comp, dd ddate, n numeric, f4 float4, f8 float8, mo money, dt date, ts timestamp, tz timestamptz, tm time, ttz timetz, iv interval, ch char(5), qc "char", vc varchar(9), nm name, js json, jb jsonb, ai int[], ad date[], r numrange, bi bit(3), ip inet, x xml, o oid, rc regclass, by bytea, i8 int8, i2 int2, bo bool, pt point, dn dnum, ta text[], bp bpchar)
create trigger l after insert or update or delete on ty for each row execute function pgq.logutriga('q')
create trigger s after insert or update or delete on ty for each row execute function pgq.sqltriga('q')
create trigger j after insert or update or delete on ty for each row execute function pgq.jsontriga('q', 'backup')
insert into ty values (1, 2, 'a"b', (1.0, 'x"y,z\'), '2020-02-03', 'NaN', 'infinity', '-0', 1234.5, 'infinity', '-infinity', 'infinity', '10:11', '10:11+02', '1 year 2 mons 3 days 04:05:06.7', 'ab', 'c', 'vc', 'nm', '{"a": "\u00e9"}', '[1, 2.0]', '{1,null}', '{2020-02-03}', '[1.0,5)', '101', '1.2.3.4/24', '<a/>', 17, 'pg_catalog.pg_class', '\x00ff', 9007199254740993, -5, true, '(1,2)', 1.0, '{"a b",NULL,"NULL"}', 'a ')
insert into ty (id, dt, ts, tz, f8, n) values (2, '0044-03-15 BC', '0044-03-15 12:00:00.5 BC', '0044-03-15 12:00:00.5 BC', 1e300, 1e-20), (3, '12020-01-01', '12020-01-01', '12020-01-01', 0.1, 100), (4, '1890-01-01', '1890-01-01', '1890-01-01', 1.0, 1.10)
-- The JDBC driver takes no DateStyle but ISO, so others hold for one statement only.
create procedure styled(style text, sql text) language plpgsql as $$ begin perform set_config('datestyle', style, false); execute sql; perform set_config('datestyle', 'ISO, MDY', false); end $$
set intervalstyle = 'iso_8601'
set bytea_output = 'escape'
call public.styled('German', 'update ty set i2 = 1')
set timezone = 'UTC'
set extra_float_digits = -3
call public.styled('SQL, DMY', 'update ty set i2 = 2')
call public.styled('SQL, DMY', 'update ty set f8 = 1.23456789012345678, f4 = 1.2345678, dd = ''2021-04-05'', tz = ''2021-04-05 06:07:08.123456+02'' where id = 4')
call public.styled('SQL, DMY', 'update ty set f8 = 1.23456789012345679, f4 = 1.2345679 where id = 4')
call public.styled('SQL, DMY', 'update ty set f8 = 1.2345678901239, f4 = 1.2345 where id = 4')
set search_path = pg_catalog
call public.styled('SQL, DMY', 'update public.ty set i2 = 3 where id = 1')
reset search_path
set standard_conforming_strings = off
update ty set vc = E'a\\b''c' where id = 4
reset standard_conforming_strings
-- What counts as a change.
update ty set n = 1.100 where id = 4
update ty set f8 = '-0' where id = 4
update ty set f8 = 0 where id = 4
update ty set iv = '1 mon' where id = 4
update ty set iv = '30 days' where id = 4
update ty set r = '[1.00,5)', c = (1.00, 'x"y,z\'), dn = 1.00, jb = '[1, 2.00]', bp = 'a' where id = 1
update ty set ta = '{"a b",null,"NULL"}', js = '{"a":"\u00e9"}', pt = '(1,2.5)', x = '<a />' where id = 1
update ty set js = js, pt = '(1,2.5)' where id = 1
create table nk (a numeric primary key, b numeric, c numeric)
select trigger_on('nk', 'sqltriga', 'after insert or update or delete', 'q', 'ignore=c')
insert into nk values (1.0, 1.0, 1.0)
update nk set a = 1.00, b = 1.00
update nk set c = 1.00
update nk set c = 2
call try('update nk set a = 2')
-- Tables of other shapes.
create table p (id int, k int, v text, primary key (k, id)) partition by range (id)
create table p1 partition of p for values from (0) to (10)
create table p2 (v text, gone int, k int not null, id int not null)
alter table p2 drop column gone
alter table p attach partition p2 for values from (10) to (20)
create trigger l after insert or update or delete on p for each row execute function pgq.logutriga('q')
create trigger s after insert or update or delete on p for each row execute function pgq.sqltriga('q')
insert into p values (1, 1, 'a'), (11, 2, 'b')
update p set v = 'c'
update p set id = 12 where id = 1
create table g (id int primary key, x int, y text, g int generated always as (x * 2) stored)
alter table g drop column y
create trigger l before insert or update or delete on g for each row execute function pgq.logutriga('q', 'backup')
create trigger s before insert or update or delete on g for each row execute function pgq.sqltriga('q')
create trigger z after insert or update or delete on g for each row execute function pgq.sqltriga('q')
insert into g values (1, 5)
update g set x = 6
alter table g rename x to y
alter table g add n text
update g set n = 'late'
delete from g
create view vw as select * from t
create trigger l instead of insert or update or delete on vw for each row execute function pgq.logutriga('q')
insert into vw values (1)
create table inc (id int, a text, b text, primary key (id) include (a))
create trigger l after insert or update on inc for each row execute function pgq.logutriga('q')
insert into inc values (1, 'a')
call try('update inc set a = ''y''')
create table nopk (a int unique not null)
create trigger l after insert or update or delete on nopk for each row execute function pgq.jsontriga('q')
insert into nopk values (1)
call try('update nopk set a = 2')
alter table nopk add primary key (a)
delete from nopk
create table nulls (id int primary key, a text, b text, c text)
create trigger l after insert or update or delete on nulls for each row execute function pgq.logutriga('q', 'backup')
create trigger s after insert or update or delete on nulls for each row execute function pgq.sqltriga('q')
create trigger j after insert or update or delete on nulls for each row execute function pgq.jsontriga('q', 'backup')
insert into nulls values (1, 'a b', null, null), (2, null, ',forged,', null), (3, null, null, '","'), (4, '', '', null)
update nulls set a = c, c = 'x y', b = a
update nulls set c = null, a = ',"",'
delete from nulls
insert into nulls select 5, string_agg(chr(i) || chr(i % 90 + 33), '' order by i), string_agg(chr(i), '%' order by i), E'\x01\x02' from generate_series(160, 400) i
-- What expressions see: the rows before the statement.
create table seen (id int primary key)
create function rows_now() returns bigint language sql as 'select count(*) from seen'
create trigger l after insert or update or delete on seen for each row execute function pgq.logutriga('q', 'ev_extra1=(select count(*) from seen)', 'ev_extra2=rows_now()')
create trigger s before insert or update or delete on seen for each row execute function pgq.sqltriga('q', 'ev_extra1=(select count(*) from seen)', 'ev_extra2=rows_now()', 'when=(select count(*) < 4 from seen)')
insert into seen values (1)
insert into seen values (2), (3)
do $$ begin insert into seen values (4); insert into seen values (5); update seen set id = id where id = 5; end $$
delete from seen
create table late (id int primary key)
create constraint trigger l after insert on late deferrable initially deferred for each row execute function pgq.logutriga('q', 'ev_extra1=(select count(*) from late)')
insert into late values (1), (2)
-- Generated columns have their old values before an update.
create table made (id int primary key, d date, e date generated always as (d + 1) stored, n int generated always as (id + 1) stored, t text)
create trigger a before insert or update or delete on made for each row execute function pgq.jsontriga('q', 'backup', 'ev_extra3=e', 'ev_extra4=n + id', 'when=n is null or n > 0')
create trigger b before insert or update or delete on made for each row execute function pgq.logutriga('q', 'backup', 'ev_data=e', 'ev_extra4=n')
create trigger c before insert or update or delete on made for each row execute function pgq.sqltriga('q', 'ev_extra3=e', 'ev_extra1=n')
create trigger d before insert or update or delete on made for each row execute function pgq.jsontriga('q')
insert into made values (1, '2020-01-01')
update made set d = '2021-01-01', t = 'a "b", c'
update made set d = null
delete from made
-- Texts that are equal but not the same.
create collation no_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false)
create table folded (id int primary key, a text collate no_case, b varchar collate no_case, c text[] collate no_case, d text)
create trigger l after insert or update or delete on folded for each row execute function pgq.logutriga('q', 'ignore=b')
create trigger s after insert or update or delete on folded for each row execute function pgq.sqltriga('q')
create trigger j after insert or update or delete on folded for each row execute function pgq.jsontriga('q', 'ignore=b,c,d,a')
insert into folded values (1, 'x', 'y', '{x}', 'x')
update folded set a = 'X', d = 'Y'
update folded set b = 'Y'
update folded set c = '{X}'
update folded set a = 'z', b = 'z', c = '{z}', d = 'z'
update folded set a = null, b = null
create table folded_key (id text collate no_case primary key, b text)
create trigger l after insert or update or delete on folded_key for each row execute function pgq.logutriga('q')
create trigger s after insert or update or delete on folded_key for each row execute function pgq.sqltriga('q')
insert into folded_key values ('a', 'b')
update folded_key set id = 'A'
call try('update folded_key set id = ''B''')
