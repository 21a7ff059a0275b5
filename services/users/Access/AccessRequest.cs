using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Events;
using Hdms.Kit.Problems;
using Hdms.Kit.Rebuild;

namespace Hdms.Users.Access;

/// <summary>A person's request to be let into the help desk; at most one of a person waits at a time.</summary>
sealed record AccessRequest
{
    /// <summary>Every event of a request has the whole row.</summary>
    public static readonly StateTable FromEvents =
        new StateTable("access_requests", async (unit, id) => (await LockAsync(unit, id)).Stream).Whole<AccessRequestState>();

    public Guid Id { get; init; }
    public Guid UserId { get; init; }
    public AccessRequestStatus Status { get; init; }
    public string? Note { get; init; }
    public string? Reason { get; init; }
    public Guid? DecidedBy { get; init; }
    public DateTimeOffset? DecidedAt { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset UpdatedAt { get; init; }
    public long Version { get; init; }

    /// <summary>As the column has it.</summary>
    public string StatusName => Status.ToString().ToLowerInvariant();

    EventStream Stream => new(Id, Version) { Person = UserId, Imported = () => State<AccessRequestImported>() };

    public AccessRequestView View(UserSummary user) => new(Id, user, Status, Note, Reason, DecidedBy, DecidedAt, CreatedAt, UpdatedAt, Version);

    public static async Task<AccessRequest> LockAsync(UnitOfWork unit, Guid id) =>
        await unit.FindAsync<AccessRequest>("SELECT * FROM access_requests WHERE id = @id FOR UPDATE", new { id }) ?? throw Refusal.NotFound("access request");

    /// <summary>Asks for the person; nothing, if a request of theirs waits already.</summary>
    public static async Task AskAsync(UnitOfWork unit, Guid user, string? note)
    {
        var request = new AccessRequest
        {
            Id = Guid.CreateVersion7(unit.Now),
            UserId = user,
            Note = note,
            CreatedAt = unit.Now,
            UpdatedAt = unit.Now,
            Version = 1,
        };
        var made = await unit.ExecuteAsync(
            """
            INSERT INTO access_requests (id, user_id, note, created_at, updated_at, version)
            VALUES (@Id, @UserId, @Note, @CreatedAt, @UpdatedAt, @Version)
            ON CONFLICT (user_id) WHERE status = 'pending' DO NOTHING
            """,
            request);
        if (made > 0)
        {
            await unit.AppendAsync(new EventStream(request.Id, 0) { Person = user }, request.State<AccessRequested>());
        }
    }

    /// <summary>Decides the locked request and tells of it as a <typeparamref name="T"/>.</summary>
    /// <exception cref="Refusal">409 <c>already_decided</c>.</exception>
    public async Task<AccessRequest> DecideAsync<T>(UnitOfWork unit, AccessRequestStatus status, string? reason)
        where T : AccessRequestState, new()
    {
        if (Status != AccessRequestStatus.Pending)
        {
            throw new Refusal(Codes.AlreadyDecided, $"The request was {StatusName} already.")
            {
                Members = new Dictionary<string, object?> { ["decided_by"] = DecidedBy, ["decided_at"] = DecidedAt },
            };
        }

        var row = this with
        {
            Status = status,
            Reason = reason,
            DecidedBy = unit.By.UserId,
            DecidedAt = unit.Now,
            UpdatedAt = unit.Now,
            Version = Version + 1,
        };
        await unit.ExecuteAsync(
            """
            UPDATE access_requests
            SET status = @StatusName, reason = @Reason, decided_by = @DecidedBy, decided_at = @DecidedAt, updated_at = @UpdatedAt, version = @Version
            WHERE id = @Id
            """,
            row);
        await unit.AppendAsync(Stream, row.State<T>(), Audit.Between(State<T>(), row.State<T>(), reason));
        return row;
    }

    T State<T>()
        where T : AccessRequestState, new() => new()
        {
            Id = Id,
            UserId = UserId,
            Status = Status,
            Note = Note,
            Reason = Reason,
            DecidedBy = DecidedBy,
            DecidedAt = DecidedAt,
            CreatedAt = CreatedAt,
            UpdatedAt = UpdatedAt,
        };
}
