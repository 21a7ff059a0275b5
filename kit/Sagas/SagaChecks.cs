using Dapper;
using Hdms.Kit.Hosting;
using Npgsql;

namespace Hdms.Kit.Sagas;

/// <summary>Sagas that are stuck, that nobody runs, or that go on for longer than they should.</summary>
sealed class SagaChecks : IDoctorCheck
{
    static readonly TimeSpan Overdue = TimeSpan.FromMinutes(5);
    static readonly TimeSpan Long = TimeSpan.FromHours(1);

    public async Task<IReadOnlyList<DoctorFinding>> CheckAsync(NpgsqlConnection connection, string service, DateTimeOffset now, CancellationToken ct)
    {
        var rows = await connection.QueryAsync<Row>(new CommandDefinition(
            $"""
            SELECT id, type, subject, state, coalesce(step, 'its first step') AS step, awaits, attempts, error, reason,
                   state <> 'stuck' AND next_at < @overdue AND (claimed_until IS NULL OR claimed_until < @overdue) AS abandoned
            FROM {service}_sagas
            WHERE finished_at IS NULL AND (state = 'stuck' OR next_at < @overdue OR created_at < @old)
            ORDER BY created_at LIMIT 100
            """,
            new { overdue = now - Overdue, old = now - Long },
            cancellationToken: ct));
        return [.. rows.Select(r => Find(service, r))];
    }

    static DoctorFinding Find(string service, Row saga)
    {
        var name = $"saga {saga.Type} of {saga.Subject} ({saga.Id})";
        return saga switch
        {
            { State: SagaState.Stuck } => new(
                Severity.Error,
                service,
                $"{name} is stuck at {saga.Step}: {saga.Error}{(saga.Reason is null ? "" : $" (it is undone because: {saga.Reason})")}",
                $"Remove what is in its way, then: hdms sagas retry {service} {saga.Id}"),
            { Abandoned: true } => new(
                Severity.Error, service, $"{name} is due at {saga.Step} and nobody runs it", $"Start a process of {service} whose program knows this saga: hdms serve {service}"),
            { State: SagaState.Waiting } => new(
                Severity.Warning, service, $"{name} has waited for '{saga.Awaits}' for more than an hour, at {saga.Step}", "See whether the service that should tell is up and its feed is read"),
            _ => new(
                Severity.Warning, service, $"{name} is {saga.State} for more than an hour, at {saga.Step}, try {saga.Attempts + 1}: {saga.Error ?? saga.Reason}", "See to what it fails at; it is tried again by itself"),
        };
    }

    sealed class Row
    {
        public Guid Id { get; init; }
        public string Type { get; init; } = "";
        public string Subject { get; init; } = "";
        public string State { get; init; } = "";
        public string Step { get; init; } = "";
        public string? Awaits { get; init; }
        public int Attempts { get; init; }
        public string? Error { get; init; }
        public string? Reason { get; init; }
        public bool Abandoned { get; init; }
    }
}
