using Dapper;
using Hdms.Kit.Hosting;
using Npgsql;

namespace Hdms.Kit.Feeds;

/// <summary>Events that could not be carried out, and readers that have fallen behind.</summary>
sealed class ReaderChecks : IDoctorCheck
{
    static readonly TimeSpan Behind = TimeSpan.FromMinutes(1);

    public async Task<IReadOnlyList<DoctorFinding>> CheckAsync(NpgsqlConnection connection, string service, DateTimeOffset now, CancellationToken ct)
    {
        var parked = await connection.QueryAsync<(string Reader, long Events, long Streams, string Id, string Error)>(new CommandDefinition(
            $"""
            SELECT reader, count(*), count(DISTINCT stream_id), (array_agg(event ->> 'id' ORDER BY epoch, position) FILTER (WHERE attempts > 0))[1],
                   (array_agg(error ORDER BY epoch, position) FILTER (WHERE attempts > 0))[1]
            FROM {service}_parked GROUP BY reader HAVING count(*) FILTER (WHERE attempts > 0) > 0 ORDER BY reader
            """,
            cancellationToken: ct));
        var behind = await connection.QueryAsync<(string Reader, string Source, bool Never, double Seconds)>(new CommandDefinition(
            $"""
            SELECT reader, source, caught_up_at IS NULL, extract(epoch FROM @now - coalesce(caught_up_at, updated_at))::float8
            FROM {service}_cursors WHERE coalesce(caught_up_at, updated_at) < @limit ORDER BY reader
            """,
            new { now, limit = now - Behind },
            cancellationToken: ct));
        return
        [
            .. parked.Select(p => new DoctorFinding(
                Severity.Error, service, $"reader {p.Reader} has parked {p.Events} events of {p.Streams} things; the first, {p.Id}, fails with: {p.Error}",
                "Remove the cause; they are tried again by themselves, at least every hour")),
            .. behind.Select(b => new DoctorFinding(
                Severity.Warning,
                service,
                $"reader {b.Reader} {(b.Never ? "has never caught up with" : "has not caught up with")} {b.Source} for {TimeSpan.FromSeconds(b.Seconds):c}",
                $"See whether {b.Source} is up and a process of {service} runs")),
        ];
    }
}
