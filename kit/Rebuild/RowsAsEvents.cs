using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json.Serialization.Metadata;
using Dapper;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Events;
using Hdms.Kit.Http;

namespace Hdms.Kit.Rebuild;

/// <summary>
/// Events with the whole state of rows, made by the server of the rows themselves, which need not travel then. For those whose event has
/// nothing but columns that the server writes as JSON to the letter as <see cref="Json.Tolerant"/> does.
/// </summary>
sealed class RowsAsEvents
{
    const int AtOnce = 20_000;

    readonly ServiceDatabase _database;
    readonly string _table, _type, _data;

    RowsAsEvents(ServiceDatabase database, string table, string type, string data) => (_database, _table, _type, _data) = (database, table, type, data);

    /// <returns>Null where there are no rows, or where they have something that is made in another way.</returns>
    public static Task<RowsAsEvents?> FindAsync(ServiceDatabase database, string table, Func<string, EventStream> stream, CancellationToken ct) => database.ReadAsync(
        async connection =>
        {
            if (await connection.QueryFirstOrDefaultAsync<string>(new CommandDefinition($"SELECT row_to_json(t)::text FROM {Sql.Name(table)} AS t LIMIT 1", cancellationToken: ct)) is not { } row)
            {
                return null;
            }

            var first = stream(row);
            var type = first.Imported!().GetType();
            var shape = EventShape.Of(type);
            var columns = (await connection.QueryAsync<(string Name, string Type)>(new CommandDefinition(
                "SELECT attname, atttypid::regtype::text FROM pg_attribute WHERE attrelid = @name::regclass AND attnum > 0 AND NOT attisdropped", new { name = Sql.Name(table) }, cancellationToken: ct)))
                .ToDictionary(c => c.Name, c => c.Type, StringComparer.Ordinal);
            var members = Json.Tolerant.GetTypeInfo(type).Properties.Where(p => p.Get is not null).ToList();
            var values = members.Select(m => Value(m, columns.GetValueOrDefault(m.Name))).ToList();
            return first.Person is null && !shape.HasPersonal && columns.GetValueOrDefault("version") == "bigint" && TryJoin(members, values, out var data)
                ? new RowsAsEvents(database, table, shape.Name, data)
                : null;
        },
        ct);

    /// <summary>Appends the state of each row of which the log has no event of its version, some thousands in a transaction.</summary>
    public async Task<BackfillProgress> AppendAsync(BackfillProgress at, IProgress<BackfillProgress>? progress, CancellationToken ct)
    {
        for (var after = Guid.Empty; ;)
        {
            var (looked, appended, last) = await AppendAsync(after, ct);
            if (looked == 0)
            {
                return at;
            }

            after = last!.Value;
            at = at with { Looked = at.Looked + looked, Appended = at.Appended + appended };
            progress?.Report(at);
        }
    }

    Task<(long Looked, long Appended, Guid? Last)> AppendAsync(Guid after, CancellationToken ct)
    {
        var by = Caller.System();
        return _database.WriteAsync(by, async unit =>
        {
            await unit.ExecuteAsync(QuietBackfill.Settings);
            var (position, epoch) = await _database.Events.LastAsync(unit.Connection, unit.Ct);
            return await unit.Connection.QuerySingleAsync<(long, long, Guid?)>(new CommandDefinition(
                $"""
                WITH page AS MATERIALIZED (SELECT * FROM {Sql.Name(_table)} WHERE id > @after ORDER BY id LIMIT @AtOnce),
                     appended AS (
                       INSERT INTO {_database.Service}_events (position, epoch, stream_id, stream_version, type, data, audit, correlation_id, occurred_at)
                       SELECT @position + row_number() OVER (ORDER BY t.id), @epoch, t.id, t.version, @_type, {_data}, @audit::jsonb, @CorrelationId, @Now
                       FROM page AS t WHERE NOT EXISTS (SELECT FROM {_database.Service}_events AS e WHERE e.stream_id = t.id AND e.stream_version = t.version)
                       ORDER BY t.id
                       RETURNING 1)
                SELECT (SELECT count(*) FROM page), (SELECT count(*) FROM appended), (SELECT id FROM page ORDER BY id DESC LIMIT 1)
                """,
                new { after, AtOnce, position, epoch, _type, audit = EventLog.Envelope(Audit.None, by).ToJsonString(), by.CorrelationId, unit.Now },
                commandTimeout: 0,
                cancellationToken: unit.Ct));
        }, ct);
    }

    static bool TryJoin(List<JsonPropertyInfo> members, List<string?> values, [NotNullWhen(true)] out string? data)
    {
        data = null;
        if (values.Contains(null))
        {
            return false;
        }

        // A function takes a hundred arguments.
        data = string.Join(" || ", members.Zip(values).Chunk(50).Select(some => $"jsonb_build_object({string.Join(", ", some.Select(m => string.Create(CultureInfo.InvariantCulture, $"'{m.First.Name}', {m.Second}")))})"));
        return true;
    }

    /// <returns>Null where the server can't write it as the event has it: what is JSON inside the row, say, may be written in other ways.</returns>
    static string? Value(JsonPropertyInfo member, string? column)
    {
        if (member.CustomConverter is not null || member.ShouldSerialize is not null || column is null)
        {
            return null;
        }

        var name = $"t.{Sql.Name(member.Name)}";
        var type = Nullable.GetUnderlyingType(member.PropertyType) ?? member.PropertyType;
        return column switch
        {
            "text" or "character varying" when type == typeof(string) || type.IsEnum => name,
            "uuid" when type == typeof(Guid) => name,
            "boolean" when type == typeof(bool) => name,
            "integer" when type == typeof(int) => name,
            "bigint" or "integer" when type == typeof(long) => name,
            "uuid[]" when type.IsAssignableFrom(typeof(Guid[])) && type.IsGenericType => name,
            "text[]" when type.IsAssignableFrom(typeof(string[])) && type.IsGenericType => name,
            "timestamp with time zone" when type == typeof(DateTimeOffset) => $"""to_char({name} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')""",
            _ => null,
        };
    }
}
