using Dapper;
using Hdms.Contracts;
using Hdms.Kit.Hosting;
using Npgsql;

namespace Hdms.Communication.Webhooks;

/// <summary>Webhooks that the system has turned off, and those that nothing has reached for a day.</summary>
sealed class WebhookChecks : IDoctorCheck
{
    static readonly TimeSpan Long = TimeSpan.FromDays(1);

    public async Task<IReadOnlyList<DoctorFinding>> CheckAsync(NpgsqlConnection connection, string service, DateTimeOffset now, CancellationToken ct)
    {
        var hooks = await connection.QueryAsync<(string Name, string? OffReason, DateTime? FailingSince)>(new CommandDefinition(
            """
            SELECT w.name, w.off_reason, h.failing_since FROM webhooks AS w LEFT JOIN webhook_health AS h ON h.webhook_id = w.id
            WHERE NOT w.is_deleted AND (w.off_reason IS NOT NULL OR (w.is_active AND h.failing_since < @before))
            ORDER BY lower(w.name) LIMIT 100
            """,
            new { before = now - Long },
            cancellationToken: ct));
        return [.. hooks.Select(h => new DoctorFinding(Severity.Warning, service, $"webhook '{h.Name}' {What(h.OffReason, h.FailingSince)}", Remedy(h.OffReason)))];
    }

    static string What(string? reason, DateTime? since) =>
        reason == WebhookOffReason.Gone.Word() ? "was turned off, for its receiver answered 410 (gone)"
        : reason is not null ? "was turned off, for nothing had reached it for five days"
        : $"has failed since {since:yyyy-MM-dd HH:mm} UTC";

    static string Remedy(string? reason) => reason is null
        ? "See its log under Webhooks; after five days it is turned off"
        : "See to its receiver, turn it on again under Webhooks and replay what failed; or delete it";
}
