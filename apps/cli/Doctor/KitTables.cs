using Dapper;
using Hdms.Contracts;
using Npgsql;

namespace Hdms.Cli.Doctor;

/// <summary>What the kit has written down in a service's database of work that does not go on: feeds, parked events, sagas, references.</summary>
internal static class KitTables
{
    static readonly TimeSpan Behind = TimeSpan.FromMinutes(5);

    public static async Task<IReadOnlyList<Finding>> CheckAsync(NpgsqlConnection own, Service service, CancellationToken ct) =>
    [
        .. await FeedsAsync(own, service, ct),
        .. await ParkedAsync(own, service, ct),
        .. await SagasAsync(own, service, ct),
        .. await DanglingAsync(own, service, ct),
    ];

    // A reader that has nothing to read writes that down at each look, at most ten seconds apart; so an old mark is work left undone, or nobody there.
    static async Task<IEnumerable<Finding>> FeedsAsync(NpgsqlConnection own, Service service, CancellationToken ct)
    {
        var lagging = await own.QueryAsync<(string Reader, string Source, int Epoch, long Position, TimeSpan Age)>(new CommandDefinition(
            $"""
            SELECT reader, source, epoch, position, now() - greatest(caught_up_at, updated_at) FROM {service.Name}_cursors
            WHERE updated_at < now() - @Behind AND EXISTS (SELECT FROM pg_stat_activity WHERE usename = current_user AND pid <> pg_backend_pid())
            ORDER BY reader
            """,
            new { Behind },
            cancellationToken: ct));
        return lagging.Select(l => new Finding(
            Severity.Warning,
            service.Name,
            $"Reader {l.Reader} has stood at {l.Epoch}.{l.Position} of {l.Source}'s feed for {(int)l.Age.TotalMinutes} minutes, though the service runs.",
            $"See the log of {service.Name} for why it waits."));
    }

    static async Task<IEnumerable<Finding>> ParkedAsync(NpgsqlConnection own, Service service, CancellationToken ct)
    {
        var parked = await own.QueryAsync<(string Reader, long Count, string Type, string Error)>(new CommandDefinition(
            $"""
            SELECT reader, count(*), (array_agg(event ->> 'type' ORDER BY attempts DESC, epoch, position))[1], (array_agg(error ORDER BY attempts DESC, epoch, position))[1]
            FROM {service.Name}_parked GROUP BY reader ORDER BY reader
            """,
            cancellationToken: ct));
        return parked.Select(p => new Finding(
            Severity.Error,
            service.Name,
            $"Reader {p.Reader} has parked {p.Count} events that it could not carry out; the first, {p.Type}: {p.Error}",
            $"They are tried again by themselves, later and later; see {service.Name}_parked."));
    }

    static async Task<IEnumerable<Finding>> SagasAsync(NpgsqlConnection own, Service service, CancellationToken ct)
    {
        var stuck = await own.QueryAsync<(Guid Id, string Type, string Subject, string State, int Step, string? Error)>(new CommandDefinition(
            $"""
            SELECT id, type, subject, state, step, error FROM {service.Name}_sagas
            WHERE state = 'stuck' OR (state IN ('running', 'compensating') AND next_at < now() - interval '15 minutes')
            ORDER BY created_at LIMIT 20
            """,
            cancellationToken: ct));
        return stuck.Select(s => new Finding(
            s.State == "stuck" ? Severity.Error : Severity.Warning,
            service.Name,
            $"Saga {s.Type} of {s.Subject} is {(s.State == "stuck" ? "stuck" : "overdue")} at step {s.Step}{(s.Error is null ? "" : $": {s.Error}")}.",
            $"See {service.Name}_sagas, id {s.Id}."));
    }

    static async Task<IEnumerable<Finding>> DanglingAsync(NpgsqlConnection own, Service service, CancellationToken ct)
    {
        var dangling = await own.QueryAsync<(string Reference, long Count)>(new CommandDefinition(
            $"SELECT reference, count(*) FROM {service.Name}_dangling GROUP BY reference ORDER BY reference", cancellationToken: ct));
        return dangling.Select(d => new Finding(
            Severity.Warning,
            service.Name,
            $"{d.Count} rows refer by {d.Reference} to what has been deleted elsewhere.",
            $"See {service.Name}_dangling; give those rows another reference, or restore what was deleted."));
    }
}
