namespace PgSplit.Fencing;

/// <summary>
/// The function behind the guard's event triggers. It runs at the end of every DDL command of the database, so it does little for those that touch nothing,
/// and with the migrator's rights, since whoever runs the command has none on schema pgsplit.
/// </summary>
static class GuardFunction
{
    public const string Sql =
        """
        CREATE OR REPLACE FUNCTION pgsplit.guard() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $guard$
        DECLARE
            touched record;
        BEGIN
            -- The engine itself. A name alone is no proof: anybody can take it.
            IF session_user = current_user AND starts_with(current_setting('application_name'), 'pgsplit ') THEN
                RETURN;
            END IF;

            IF TG_EVENT = 'ddl_command_end' THEN
                FOR touched IN
                    SELECT DISTINCT g.move_id, c.object_identity AS what, c.command_tag = 'CREATE INDEX' AS is_index
                    FROM pg_event_trigger_ddl_commands() c
                    CROSS JOIN LATERAL (
                        SELECT c.classid, c.objid WHERE c.classid <> 'pg_namespace'::regclass OR c.command_tag = 'ALTER SCHEMA'
                        UNION ALL SELECT 'pg_class'::regclass, indrelid FROM pg_index WHERE c.classid = 'pg_class'::regclass AND indexrelid = c.objid
                        -- A new partition or child, or a table that becomes one.
                        UNION ALL SELECT 'pg_class'::regclass, inhparent FROM pg_inherits WHERE c.classid = 'pg_class'::regclass AND inhrelid = c.objid
                        -- A foreign key of this very command from outside; one that is older is no reason to refuse its table anything.
                        UNION ALL SELECT 'pg_class'::regclass, confrelid FROM pg_constraint
                                  WHERE c.classid = 'pg_class'::regclass AND conrelid = c.objid AND contype = 'f' AND age(xmin) <= age(pg_current_xact_id()::xid)
                        UNION ALL SELECT 'pg_class'::regclass, tgrelid FROM pg_trigger WHERE c.classid = 'pg_trigger'::regclass AND oid = c.objid
                        UNION ALL SELECT 'pg_class'::regclass, polrelid FROM pg_policy WHERE c.classid = 'pg_policy'::regclass AND oid = c.objid
                        UNION ALL SELECT 'pg_class'::regclass, ev_class FROM pg_rewrite WHERE c.classid = 'pg_rewrite'::regclass AND oid = c.objid
                        UNION ALL SELECT 'pg_class'::regclass, stxrelid FROM pg_statistic_ext WHERE c.classid = 'pg_statistic_ext'::regclass AND oid = c.objid
                        UNION ALL SELECT 'pg_class'::regclass, conrelid FROM pg_constraint WHERE c.classid = 'pg_constraint'::regclass AND oid = c.objid
                        UNION ALL SELECT 'pg_type'::regclass, contypid FROM pg_constraint WHERE c.classid = 'pg_constraint'::regclass AND oid = c.objid) t(classid, oid)
                    JOIN pgsplit.guarded g ON g.classid = t.classid AND g.oid = t.oid
                    WHERE c.command_tag NOT IN ('REINDEX', 'REFRESH MATERIALIZED VIEW')
                LOOP
                    IF touched.is_index THEN
                        INSERT INTO pgsplit.event (move_id, type, data)
                        VALUES (touched.move_id, 'index.created', jsonb_build_object('index', touched.what, 'by', session_user, 'statement', current_query()));
                    ELSE
                        PERFORM pgsplit.guard_refuse(touched.move_id, touched.what, TG_TAG);
                    END IF;
                END LOOP;
                -- The last event of every command: what let it through is used up.
                DELETE FROM pgsplit.ddl_allow WHERE used_by = pg_current_xact_id_if_assigned();
            ELSIF TG_EVENT = 'sql_drop' THEN
                FOR touched IN
                    SELECT DISTINCT g.move_id, d.object_identity AS what
                    FROM pg_event_trigger_dropped_objects() d
                    CROSS JOIN LATERAL (
                        SELECT d.classid, d.objid
                        -- Parts of a table that stays. The triggers by which a foreign key checks go with the table that refers, wherever that is.
                        UNION ALL SELECT 'pg_class'::regclass, to_regclass(format('%I.%I', d.address_names[1], d.address_names[2]))::oid
                        WHERE d.object_type IN ('trigger', 'policy', 'rule', 'table constraint', 'default value')
                          AND NOT starts_with(d.address_names[3], 'RI_ConstraintTrigger')) t(classid, oid)
                    JOIN pgsplit.guarded g ON g.classid = t.classid AND g.oid = t.oid
                LOOP
                    PERFORM pgsplit.guard_refuse(touched.move_id, touched.what, TG_TAG);
                END LOOP;
            ELSE
                -- Before the work of a rewrite, not after it.
                FOR touched IN
                    SELECT g.move_id, g.oid::regclass::text AS what FROM pgsplit.guarded g
                    WHERE g.classid = 'pg_class'::regclass AND g.oid = pg_event_trigger_table_rewrite_oid()
                LOOP
                    PERFORM pgsplit.guard_refuse(touched.move_id, touched.what, TG_TAG);
                END LOOP;
            END IF;
        END
        $guard$;

        -- Unless pgsplit ddl allow has let a statement through: then that is noted, and counts for the rest of this statement.
        CREATE OR REPLACE FUNCTION pgsplit.guard_refuse(move text, what text, command text) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog AS $guard$
        BEGIN
            UPDATE pgsplit.ddl_allow SET used_by = pg_current_xact_id()
            WHERE id = (SELECT id FROM pgsplit.ddl_allow
                        WHERE move_id = move AND (used_by = pg_current_xact_id() OR used_by IS NULL AND until > clock_timestamp())
                        ORDER BY used_by NULLS LAST, id LIMIT 1 FOR UPDATE);
            IF NOT FOUND THEN
                RAISE EXCEPTION USING ERRCODE = 'PS002',
                    MESSAGE = format('%s is refused: %s belongs to the move %s, which is under way', command, what, move),
                    HINT = format('Wait for its end, or let one statement through: pgsplit ddl allow %s', move);
            END IF;
            INSERT INTO pgsplit.event (move_id, type, data)
            VALUES (move, 'ddl.allowed', jsonb_build_object('object', what, 'by', session_user, 'statement', current_query()));
        END
        $guard$;
        """;
}
