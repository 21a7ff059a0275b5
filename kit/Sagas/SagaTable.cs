using Hdms.Kit.Database;
using Hdms.Kit.Http;

namespace Hdms.Kit.Sagas;

/// <summary>A saga as it was claimed.</summary>
/// <param name="Tried">The step was run before and may have had its effect.</param>
/// <param name="Begun">A runner has begun the step before, and what came of it was never recorded.</param>
/// <param name="Claim">Given anew with each claim; a runner whose claim is not the last one can't move the saga.</param>
sealed record SagaRow(
    Guid Id, string Type, string Subject, string State, string? Step, bool Tried, bool Begun, string Data, string Signals, string? Awaits,
    int Attempts, string? Error, string? Reason, Guid? ActorId, string? CorrelationId, Guid Claim)
{
    public Caller By => new() { UserId = ActorId, CorrelationId = CorrelationId };
}

/// <summary>The table <c>&lt;service&gt;_sagas</c>.</summary>
sealed class SagaTable(ServiceDatabase database)
{
    /// <summary>A signal came while the step ran, and it has not seen it; so it must not wait for it.</summary>
    const string Unseen = "signals -> @Awaits::text IS DISTINCT FROM @Signals::jsonb -> @Awaits::text";

    string Table => $"{database.Service}_sagas";

    /// <summary>Takes one saga that is due, for as long as the lease; null when there is none.</summary>
    public Task<SagaRow?> ClaimAsync(IReadOnlyCollection<string> types, TimeSpan lease, CancellationToken ct) =>
        database.WriteAsync(Caller.System(), work => work.FindAsync<SagaRow>(
            $"""
            UPDATE {Table} AS s SET claimed_by = @claim, claimed_until = @until, begun = true
            FROM (
                SELECT id, begun FROM {Table}
                WHERE state IN ('running', 'waiting', 'compensating') AND next_at <= @Now
                  AND (claimed_until IS NULL OR claimed_until < @Now) AND type = ANY(@types)
                ORDER BY next_at LIMIT 1
                FOR UPDATE SKIP LOCKED) AS due
            WHERE s.id = due.id
            RETURNING s.id, type, subject, state, step, tried, due.begun, data::text AS data, signals::text AS signals, awaits,
                      attempts, error, reason, actor_id AS ActorId, correlation_id AS CorrelationId, claimed_by AS Claim
            """,
            new { claim = Guid.CreateVersion7(), work.Now, until = work.Now + lease, types = types.ToArray() }), ct);

    /// <summary>Moves a saga on, if it is still where it was claimed and the claim is still the last one.</summary>
    /// <returns>False: somebody else has it.</returns>
    public async Task<bool> AdvanceAsync(UnitOfWork work, SagaRow row, SagaChange change) => await work.ExecuteAsync(
        $"""
        UPDATE {Table} SET
            state = CASE WHEN @State = 'waiting' AND {Unseen} THEN 'running' ELSE @State END,
            next_at = CASE WHEN @State = 'waiting' AND {Unseen} THEN @Now ELSE @due END,
            step = @Step, tried = @Tried, begun = false, data = @Data::jsonb, awaits = @Awaits, attempts = @Attempts, error = @Error, reason = @Reason,
            stuck_in = @StuckIn, claimed_by = NULL, claimed_until = NULL, updated_at = @Now,
            finished_at = CASE WHEN @IsFinished THEN @Now END, step_since = CASE WHEN @Tried THEN step_since ELSE @Now END
        WHERE id = @Id AND claimed_by = @Claim AND state = @was AND step IS NOT DISTINCT FROM @at
        """,
        new
        {
            row.Id, row.Claim, row.Signals, was = row.State, at = row.Step, work.Now, due = work.Now + change.After,
            change.State, change.Step, change.Tried, change.Data, change.Awaits, change.Attempts, change.Error, change.Reason, change.StuckIn,
            change.IsFinished,
        }) == 1;

    /// <summary>Gives a saga back as it is, so that nobody has to wait for the lease.</summary>
    public Task ReleaseAsync(SagaRow row, CancellationToken ct) => database.WriteAsync(row.By, work => work.ExecuteAsync(
        $"UPDATE {Table} SET claimed_by = NULL, claimed_until = NULL WHERE id = @Id AND claimed_by = @Claim", new { row.Id, row.Claim }), ct);
}
