using Npgsql;
using PgSplit.Catalog;
using PgSplit.Pg;

namespace PgSplit.Ddl;

/// <summary>The statement that makes an object anew, put together by its server, which knows best how its names are quoted. Tables and views have their own files.</summary>
static class Definitions
{
    /// <summary>Statements by OID. Two objects are the same when their statements are.</summary>
    public static async Task<IReadOnlyDictionary<uint, string>> ReadAsync(NpgsqlConnection connection, ObjectKind kind, uint[] oids, CancellationToken ct) =>
        oids.Length == 0 ? new Dictionary<uint, string>() : (await connection.QueryAsync(
            kind switch
            {
                ObjectKind.Collation => Collations,
                ObjectKind.Enum => Enums,
                ObjectKind.Composite => Composites,
                ObjectKind.Domain => Domains,
                ObjectKind.Range => Ranges,
                ObjectKind.Function => Functions,
                ObjectKind.Sequence => Sequences,
                _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "has no single statement"),
            },
            r => (Oid: r.GetFieldValue<uint>(0), Statement: r.GetString(1)), ct, oids)).ToDictionary(d => d.Oid, d => d.Statement);

    const string Collations =
        """
        SELECT c.oid, format('CREATE COLLATION %s (PROVIDER = %s, %s, DETERMINISTIC = %s)', o.identity,
               CASE c.collprovider WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE 'libc' END,
               coalesce(
                   'LOCALE = ' || quote_literal(coalesce(to_jsonb(c)->>'colllocale', to_jsonb(c)->>'colliculocale')) ||
                       coalesce(', RULES = ' || quote_literal(to_jsonb(c)->>'collicurules'), ''),
                   format('LC_COLLATE = %L, LC_CTYPE = %L', c.collcollate, c.collctype)),
               c.collisdeterministic::text)
        FROM pg_collation c, pg_identify_object('pg_collation'::regclass, c.oid, 0) o
        WHERE c.oid = ANY ($1)
        """;

    const string Enums =
        """
        SELECT t.oid, format('CREATE TYPE %s AS ENUM (%s)', o.identity,
               coalesce((SELECT string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid), ''))
        FROM pg_type t, pg_identify_object('pg_type'::regclass, t.oid, 0) o
        WHERE t.oid = ANY ($1)
        """;

    const string Composites =
        """
        SELECT t.oid, format('CREATE TYPE %s AS (%s)', o.identity, coalesce((
            SELECT string_agg(format('%I %s%s', a.attname, format_type(a.atttypid, a.atttypmod),
                       CASE WHEN a.attcollation <> 0 AND a.attcollation <> f.typcollation THEN ' COLLATE ' || a.attcollation::regcollation END), ', ' ORDER BY a.attnum)
            FROM pg_attribute a JOIN pg_type f ON f.oid = a.atttypid
            WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped), ''))
        FROM pg_type t, pg_identify_object('pg_type'::regclass, t.oid, 0) o
        WHERE t.oid = ANY ($1)
        """;

    // Checks that were never validated come after the copy: rows that were there before them have to pass.
    const string Domains =
        """
        SELECT t.oid, format('CREATE DOMAIN %s AS %s%s%s%s%s', o.identity, format_type(t.typbasetype, t.typtypmod),
               CASE WHEN t.typcollation <> 0 AND t.typcollation <> b.typcollation THEN ' COLLATE ' || t.typcollation::regcollation END,
               ' DEFAULT ' || coalesce(pg_get_expr(t.typdefaultbin, 0), quote_literal(t.typdefault)),
               CASE WHEN t.typnotnull THEN ' NOT NULL' END,
               (SELECT string_agg(format(' CONSTRAINT %I %s', k.conname, pg_get_constraintdef(k.oid)), '' ORDER BY k.conname)
                FROM pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c' AND k.convalidated))
        FROM pg_type t JOIN pg_type b ON b.oid = t.typbasetype, pg_identify_object('pg_type'::regclass, t.oid, 0) o
        WHERE t.oid = ANY ($1)
        """;

    const string Ranges =
        """
        SELECT t.oid, format('CREATE TYPE %s AS RANGE (SUBTYPE = %s, SUBTYPE_OPCLASS = %s%s%s%s, MULTIRANGE_TYPE_NAME = %s)', o.identity, format_type(r.rngsubtype, NULL),
               (SELECT format('%I.%I', n.nspname, c.opcname) FROM pg_opclass c JOIN pg_namespace n ON n.oid = c.opcnamespace WHERE c.oid = r.rngsubopc),
               CASE WHEN r.rngcollation <> 0 AND r.rngcollation <> s.typcollation THEN ', COLLATION = ' || r.rngcollation::regcollation END,
               CASE WHEN r.rngcanonical::oid <> 0 THEN ', CANONICAL = ' || r.rngcanonical END,
               CASE WHEN r.rngsubdiff::oid <> 0 THEN ', SUBTYPE_DIFF = ' || r.rngsubdiff END,
               m.identity)
        FROM pg_type t JOIN pg_range r ON r.rngtypid = t.oid JOIN pg_type s ON s.oid = r.rngsubtype,
             pg_identify_object('pg_type'::regclass, t.oid, 0) o, pg_identify_object('pg_type'::regclass, r.rngmultitypid, 0) m
        WHERE t.oid = ANY ($1)
        """;

    const string Functions = "SELECT oid, pg_get_functiondef(oid) FROM pg_proc WHERE oid = ANY ($1)";

    const string Sequences =
        """
        SELECT c.oid, format('CREATE SEQUENCE %s AS %s INCREMENT BY %s MINVALUE %s MAXVALUE %s START WITH %s CACHE %s%s', c.oid::regclass,
               format_type(q.seqtypid, NULL), q.seqincrement, q.seqmin, q.seqmax, q.seqstart, q.seqcache, CASE WHEN q.seqcycle THEN ' CYCLE' END)
        FROM pg_sequence q JOIN pg_class c ON c.oid = q.seqrelid
        WHERE c.oid = ANY ($1)
        """;
}
