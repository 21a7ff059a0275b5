using Dapper;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Problems;
using Npgsql;

namespace Hdms.Communication.Webhooks;

/// <summary>Shows webhooks with how it goes with them.</summary>
static class WebhookViewing
{
    public static async Task<WebhookView> ViewAsync(UnitOfWork unit, Webhook hook) => (await ViewAsync(unit.Connection, [hook], unit.Now, unit.Ct))[0];

    public static async Task<IReadOnlyList<WebhookView>> ViewAsync(NpgsqlConnection connection, IReadOnlyList<Webhook> hooks, DateTimeOffset now, CancellationToken ct)
    {
        var found = await connection.QueryAsync<Health>(new CommandDefinition(
            """
            SELECT w.id, h.failing_since, h.last_attempt_at, h.last_status, (SELECT max(s.live_until) FROM webhook_secrets AS s WHERE s.webhook_id = w.id AND s.live_until > @now) AS old_secret_until
            FROM webhooks AS w LEFT JOIN webhook_health AS h ON h.webhook_id = w.id
            WHERE w.id = ANY(@ids)
            """,
            new { ids = hooks.Select(h => h.Id).ToArray(), now },
            cancellationToken: ct));
        var health = found.ToDictionary(h => h.Id);
        return [.. hooks.Select(h => View(h, health[h.Id]))];
    }

    /// <exception cref="Refusal">404: there is none, or it was deleted.</exception>
    public static async Task<Webhook> FindAsync(NpgsqlConnection connection, Guid id, CancellationToken ct) =>
        await WebhookTable.Rows.FindAsync(connection, "WHERE r.id = @id AND NOT r.is_deleted", new { id }, ct) ?? throw Refusal.NotFound(WebhookTable.Called);

    /// <summary>422 unless it is on: nothing is sent to one that is off.</summary>
    public static void MustBeOn(Webhook hook, string action)
    {
        if (!hook.IsActive)
        {
            throw Refusal.InvalidTransition("off", action, [], "It is turned off. Turn it on first.");
        }
    }

    static WebhookView View(Webhook w, Health h) => new(
        w.Id, w.Name, w.Url, w.EventTypes, w.IsActive, w.OffReason, h.FailingSince, h.LastAttemptAt, h.LastStatus, h.OldSecretUntil, w.CreatedAt, w.UpdatedAt, w.Version);

    sealed class Health
    {
        public Guid Id { get; init; }

        public DateTimeOffset? FailingSince { get; init; }

        public DateTimeOffset? LastAttemptAt { get; init; }

        public int? LastStatus { get; init; }

        public DateTimeOffset? OldSecretUntil { get; init; }
    }
}
