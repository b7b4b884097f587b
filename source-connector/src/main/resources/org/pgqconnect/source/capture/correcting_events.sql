-- Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
-- Function pgq_connect.correcting_events: the events that correct what was just captured where the table says otherwise
-- by now, as the end of an INSERT, from the columns on.
-- Parameters: the table, the root of a partition; queue; its layout; images: rows just captured, as a FROM item with
-- alias image_alias, NULL when that is a variable (OLD, NEW); deleted: they were captured as deleted;
-- image_layout: number of the images' layout, as SQL text; shape: of a table with options, else NULL: rows that its
-- condition rejects are as good as not there.
-- Returns: SQL text; NULL when there is no key.
create or replace function pgq_connect.correcting_events(
    rel oid, q pgq.queue, l pgq_connect.layout, images text, image_alias text, deleted boolean, image_layout text,
    shape jsonb default null)
    returns text
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select pgq_connect.insert_head(q, l, 'e.kind, e.data, null', 'e.layout_nr') || pgq_connect.fill_template($sql$ from (
                    select x.kind, x.data, x.layout_nr
                      from {{images}}
                      left join lateral (select {{present}} as data, row({{present_key}}) as key
                                           from {{only}}{{table}} present where {{same_key}}{{passes}}{{is_present}} offset 0) there on true
                     cross join lateral (values
                           ('d', {{image}}, {{image_layout}}, 0, {{is_gone}}),
                           ('c', there.data, {{'layout_id'}}, 1, there.data <> {{passed_image}})) x (kind, data, layout_nr, phase, applies)
                     where x.applies order by x.phase) e$sql$,
               'images', coalesce(images || ' ' || image_alias, '(select) one'),
               'present', case when shape is null then pgq_connect.text_of('present.*') else pgq_connect.shape_image(shape, 'present') end,
               'present_key', string_agg(format('present.%I', name), ', ' order by nr),
               'only', case when pgq_connect.kind_of(rel) = 'p' then '' else 'only ' end,
               'table', rel::regclass::text,
               'same_key', pgq_connect.key_match(rel, l.key_columns, 'present', image_alias),
               'passes', case when shape is null then '' else ' and ' || pgq_connect.shape_passes(shape, 'present') end,
               'is_present', pgq_connect.present_only(rel, l.key_columns, 'present'),
               'image', case when shape is null then pgq_connect.text_of(image_alias) else pgq_connect.shape_image(shape, image_alias) end,
               'image_layout', image_layout,
               'is_gone', case when deleted then 'false'
                    else format(case when shape is null then '%s' else '(%s) and %s' end,
                                format('there.data is null or there.key *<> row(%s)',
                                       string_agg(format('%s.%I', image_alias, name), ', ' order by nr)),
                                pgq_connect.shape_passes(shape, image_alias)) end,
               'layout_id', l.layout_id::text,
               'passed_image', case when deleted then '''''' when shape is null then pgq_connect.text_of(image_alias)
                    else format('case when %s then %s else '''' end', pgq_connect.shape_passes(shape, image_alias),
                                pgq_connect.shape_image(shape, image_alias)) end)
      from unnest(l.key_columns) with ordinality k (name, nr)
    having count(*) > 0
$$;
