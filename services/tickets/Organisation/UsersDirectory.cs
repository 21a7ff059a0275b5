using Dapper;
using Hdms.Contracts;
using Hdms.Kit.Clients;
using Hdms.Kit.Database;
using Hdms.Kit.Problems;
using Hdms.Kit.References;
using Microsoft.Extensions.Logging;

namespace Hdms.Tickets.Organisation;

/// <summary>
/// People and departments, as the users service tells; as the replica has them while that is away (DESIGN section 5, References).
/// It calls over HTTP, so it goes before the unit of work, never into it.
/// </summary>
sealed partial class UsersDirectory(UsersClient users, ServiceDatabase database, ILogger<UsersDirectory> log)
{
    /// <summary>A person who may be given work, or raise a ticket.</summary>
    public Reference ActiveUser { get; } = new("active_user", Services.Users, async (ids, ct) => (await users.ExistAsync(ids, ct)).Active.ToHashSet())
    {
        Replica = (ids, ct) => KnownAsync(database, "SELECT id, is_active AND NOT is_deleted FROM tickets_replica_users WHERE id = ANY(@ids)", ids, ct),
    };

    /// <summary>A department that takes tickets.</summary>
    public Reference OpenDepartment { get; } = new("open_department", Services.Users, async (ids, ct) => (await users.DepartmentsExistAsync(ids, ct)).Active.ToHashSet())
    {
        Replica = (ids, ct) => KnownAsync(database, "SELECT id, state = 'open' AND NOT is_deleted FROM tickets_replica_departments WHERE id = ANY(@ids)", ids, ct),
    };

    /// <exception cref="Refusal">422 <c>unknown_reference</c> for the field; 503 when nobody can tell.</exception>
    public async Task<DepartmentFacts> DepartmentAsync(Guid id, string field, CancellationToken ct)
    {
        var facts = await AskAsync(
            async () => await users.FindDepartmentAsync(id, ct) is { } view ? DepartmentFacts.Of(view) : null,
            () => database.ReadAsync(c => DepartmentReplica.FindAsync(c, id, ct), ct));
        return facts is { IsDeleted: false } ? facts : throw Refusal.UnknownReference(field, "There is no department with this id.");
    }

    /// <summary>Those of these people whom there are.</summary>
    /// <exception cref="Refusal">503 when nobody can tell.</exception>
    public async Task<IReadOnlyDictionary<Guid, PersonFacts>> PeopleAsync(IReadOnlyCollection<Guid> ids, CancellationToken ct)
    {
        var people = await Task.WhenAll(ids.Distinct().Select(id => AskAsync(
            async () => await users.FindAsync(id, ct) is { IsDeleted: not true } u
                ? new PersonFacts(u.Id, u.IsActive, u.IsApprover == true || u.IsCeo == true, u.DepartmentId)
                : null,
            () => database.ReadAsync(c => c.QuerySingleOrDefaultAsync<PersonFacts>(new CommandDefinition(
                """
                SELECT id, is_active AND NOT is_deleted AS may_work, is_approver OR is_ceo AS may_approve, department_id
                FROM tickets_replica_users WHERE id = @id AND NOT is_deleted
                """,
                new { id },
                cancellationToken: ct)), ct))));
        return people.OfType<PersonFacts>().ToDictionary(p => p.Id);
    }

    async Task<T?> AskAsync<T>(Func<Task<T?>> owner, Func<Task<T?>> replica)
        where T : class
    {
        try
        {
            return await Hurry.CallAsync(owner);
        }
        catch (ServiceCallException e) when (e.IsAway)
        {
            OwnerAway(log, e.Message);

            // What the replica does not know may be newer than it is, so nobody can say that it does not exist.
            return await replica() ?? throw Refusal.Unavailable(
                Codes.ReferenceUnavailable, "The users service does not answer. Nothing was changed; try again.", e.RetryAfter ?? TimeSpan.FromSeconds(2), e);
        }
    }

    static Task<IReadOnlyDictionary<Guid, bool>> KnownAsync(ServiceDatabase database, string sql, IReadOnlyList<Guid> ids, CancellationToken ct) =>
        database.ReadAsync<IReadOnlyDictionary<Guid, bool>>(async connection =>
            (await connection.QueryAsync<(Guid Id, bool Is)>(new CommandDefinition(sql, new { ids = ids.ToArray() }, cancellationToken: ct))).ToDictionary(f => f.Id, f => f.Is), ct);

    [LoggerMessage(400, LogLevel.Warning, "The users service is away; the replica answers: {Reason}")]
    static partial void OwnerAway(ILogger logger, string reason);
}
