using System.Text.Json;
using Hdms.Contracts;
using Hdms.Kit.Database;

namespace Hdms.Communication.Webhooks;

/// <summary>A delivery that this process sends, until its lease is over.</summary>
sealed record Claimed(Guid Id, Guid WebhookId, string Body, int Retries)
{
    public Guid Claim { get; init; }

    public string Url { get; init; } = "";

    public IReadOnlyList<byte[]> Secrets { get; init; } = [];
}

/// <summary>What came of a try.</summary>
/// <param name="Error">Null when it succeeded.</param>
sealed record Tried(DateTimeOffset At, TimeSpan Took, int? Status, string? Error, string? Answer);

/// <summary>What is to be sent, and what was. Each delivery is sent by one instance at a time; what that did not finish is taken by another one later.</summary>
static class DeliveryTable
{
    public static readonly Table<WebhookDeliveryView> Rows = new("webhook_deliveries");

    /// <summary>The event for the webhook; once, however often it comes.</summary>
    /// <returns>Its id, or null when it is there already.</returns>
    public static async Task<Guid?> AddAsync(UnitOfWork unit, Guid webhook, string eventId, string type, DateTimeOffset at, object data)
    {
        var id = Guid.CreateVersion7(unit.Now);
        var body = JsonSerializer.Serialize(new { id, type, timestamp = at, data }, Json.Tolerant);
        var added = await unit.ExecuteAsync(
            """
            INSERT INTO webhook_deliveries (id, webhook_id, event_id, event_type, event_at, body, state, next_attempt_at, created_at)
            VALUES (@id, @webhook, @eventId, @type, @at, @body, 'pending', @Now, @Now)
            ON CONFLICT (webhook_id, event_id) DO NOTHING
            """,
            new { id, webhook, eventId, type, at, body, unit.Now });
        return added == 1 ? id : null;
    }

    /// <summary>Takes the delivery that has waited longest; null when none is due.</summary>
    /// <param name="busy">Webhooks that this process sends enough to at the moment.</param>
    public static async Task<Claimed?> TakeAsync(UnitOfWork unit, Guid[] busy, TimeSpan lease)
    {
        var claim = Guid.NewGuid();
        var taken = await unit.FindAsync<Claimed>(
            """
            UPDATE webhook_deliveries SET claim = @claim, claimed_until = @until
            WHERE id = (
                SELECT due.id FROM webhooks AS w CROSS JOIN LATERAL (
                    SELECT d.id, d.next_attempt_at FROM webhook_deliveries AS d
                    WHERE d.webhook_id = w.id AND d.state = 'pending' AND d.next_attempt_at <= @Now AND (d.claimed_until IS NULL OR d.claimed_until <= @Now)
                    ORDER BY d.next_attempt_at, d.id LIMIT 1 FOR UPDATE SKIP LOCKED) AS due
                WHERE w.is_active AND NOT w.is_deleted AND w.id <> ALL(@busy)
                ORDER BY due.next_attempt_at, due.id LIMIT 1)
            RETURNING id, webhook_id, body, retries
            """,
            new { claim, until = unit.Now + lease, unit.Now, busy });
        return taken is null ? null : taken with
        {
            Claim = claim,
            Url = await unit.SingleAsync<string>("SELECT url FROM webhooks WHERE id = @WebhookId", new { taken.WebhookId }),
            Secrets = await WebhookSecrets.LiveAsync(unit, taken.WebhookId),
        };
    }

    /// <summary>Writes down what came of a try, and what follows from it. Of one whose lease was over, somebody else writes.</summary>
    /// <param name="wait">Before the next try; null when that was the last.</param>
    public static async Task RecordAsync(UnitOfWork unit, Claimed sent, Tried tried, TimeSpan? wait)
    {
        // The webhook first, as whoever changes it does, so that nobody waits for another in a ring.
        var hook = await WebhookTable.Rows.FindAsync(unit, "WHERE r.id = @WebhookId AND NOT r.is_deleted FOR UPDATE", new { sent.WebhookId });
        var next = tried.Error is null || hook is not { IsActive: true } ? null : wait;
        var number = hook is null ? null : await unit.FindAsync<int?>(
            """
            UPDATE webhook_deliveries
            SET attempts = attempts + 1, retries = retries + 1, claim = NULL, claimed_until = NULL, last_status = @Status, last_error = @Error,
                state = CASE WHEN @Error::text IS NULL THEN 'delivered' WHEN @next::timestamptz IS NULL THEN 'failed' ELSE 'pending' END,
                next_attempt_at = @next, finished_at = CASE WHEN @next::timestamptz IS NULL THEN @Now END
            WHERE id = @Id AND claim = @Claim
            RETURNING attempts
            """,
            new { sent.Id, sent.Claim, tried.Status, tried.Error, next = unit.Now + next, unit.Now });
        if (number is null)
        {
            return;
        }

        await unit.ExecuteAsync(
            "INSERT INTO webhook_attempts (delivery_id, number, at, took_ms, status, error, answer) VALUES (@Id, @number, @At, @took, @Status, @Error, @Answer)",
            new { sent.Id, number, tried.At, took = (int)tried.Took.TotalMilliseconds, tried.Status, tried.Error, tried.Answer });
        var failsLong = await unit.SingleAsync<bool>(
            """
            INSERT INTO webhook_health AS h (webhook_id, failing_since, last_attempt_at, last_status)
            VALUES (@WebhookId, CASE WHEN @Error::text IS NOT NULL THEN @At END, @At, @Status)
            ON CONFLICT (webhook_id) DO UPDATE SET
                failing_since = CASE WHEN @Error::text IS NOT NULL THEN coalesce(h.failing_since, @At) END, last_attempt_at = @At, last_status = @Status
            RETURNING coalesce(failing_since <= @limit, false)
            """,
            new { sent.WebhookId, tried.Error, tried.At, tried.Status, limit = unit.Now - WebhookRules.GivenUpAfter });
        var reason = tried.Status == 410 ? WebhookOffReason.Gone
            : failsLong ? WebhookOffReason.Failing
            : (WebhookOffReason?)null;
        if (reason is { } why && hook!.IsActive)
        {
            await WebhookTable.TurnOffAsync(unit, hook, why);
        }
    }

    /// <summary>What waits for a webhook that is turned off is over; what is under way just now ends by itself.</summary>
    public static Task GiveUpAsync(UnitOfWork unit, Guid webhook) => unit.ExecuteAsync(
        """
        UPDATE webhook_deliveries SET state = 'failed', last_error = 'the webhook was turned off', next_attempt_at = NULL, finished_at = @Now, claim = NULL, claimed_until = NULL
        WHERE webhook_id = @webhook AND state = 'pending' AND (claimed_until IS NULL OR claimed_until <= @Now)
        """,
        new { webhook, unit.Now });

    /// <summary>Sends again what these conditions find, from now on, by the schedule from its beginning, under the same id.</summary>
    public static Task<int> ReplayAsync(UnitOfWork unit, string where, object args)
    {
        var all = new Dapper.DynamicParameters(args);
        all.Add("Now", unit.Now);
        return unit.ExecuteAsync($"UPDATE webhook_deliveries SET state = 'pending', retries = 0, next_attempt_at = @Now, finished_at = NULL WHERE {where}", all);
    }
}
