using Dapper;
using Hdms.Contracts;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Npgsql;

namespace Hdms.Users.Import;

/// <summary>An import of people that runs, or ran, in the background.</summary>
sealed record UserImport
{
    public Guid Id { get; init; }
    public string[] Columns { get; init; } = [];
    public int Total { get; init; }
    public BulkJobState State { get; init; }
    public Guid? StartedBy { get; init; }
    public Guid? ServiceAccountId { get; init; }
    public string? Address { get; init; }
    public string? CorrelationId { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset UpdatedAt { get; init; }
    public DateTimeOffset? FinishedAt { get; init; }
    public long Version { get; init; }

    /// <summary>In whose name the rows are written: whoever began it, who was an admin unless it was a service account.</summary>
    public Caller By => new()
    {
        UserId = StartedBy,
        Role = StartedBy is null ? null : Role.Admin,
        ServiceAccountId = ServiceAccountId,
        Address = Address,
        CorrelationId = CorrelationId,
    };

    public static string At(Guid id) => $"{Service.Api}/bulk-jobs/users/{id}";

    public static async Task<UserImport> FindAsync(NpgsqlConnection connection, Guid id, CancellationToken ct) =>
        await connection.QuerySingleOrDefaultAsync<UserImport>(new CommandDefinition("SELECT * FROM user_imports WHERE id = @id", new { id }, cancellationToken: ct))
        ?? throw Refusal.NotFound("import");

    /// <summary>How many rows are in each state.</summary>
    public static async Task<IReadOnlyDictionary<string, int>> CountAsync(NpgsqlConnection connection, Guid id, CancellationToken ct) =>
        (await connection.QueryAsync<(string Status, long Rows)>(new CommandDefinition(
            "SELECT status, count(*) FROM user_import_rows WHERE import_id = @id GROUP BY status", new { id }, cancellationToken: ct)))
        .ToDictionary(r => r.Status, r => (int)r.Rows, StringComparer.Ordinal);

    public static ImportCounts Counts(int total, IReadOnlyDictionary<string, int> rows) => new(
        total, rows.GetValueOrDefault("create"), rows.GetValueOrDefault("update"), rows.GetValueOrDefault("unchanged"), rows.GetValueOrDefault("reject"));

    public BulkJobView View(IReadOnlyDictionary<string, int> rows) => new(
        Id, "import_users", State, Total, rows.Where(r => r.Key != "pending").Sum(r => r.Value), Counts(Total, rows), StartedBy,
        $"{At(Id)}/rejects", CreatedAt, UpdatedAt, FinishedAt);
}
