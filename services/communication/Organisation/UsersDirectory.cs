using Dapper;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.References;

namespace Hdms.Communication.Organisation;

/// <summary>People, as the users service tells; as the replica has them while that is away (DESIGN section 5, References).</summary>
sealed class UsersDirectory(UsersClient users, ServiceDatabase database)
{
    /// <summary>A person who can take part in something.</summary>
    public Reference ActiveUser { get; } = new("active_user", Services.Users, async (ids, ct) => (await users.ExistAsync(ids, ct)).Active.ToHashSet())
    {
        Replica = (ids, ct) => database.ReadAsync<IReadOnlyDictionary<Guid, bool>>(async connection =>
            (await connection.QueryAsync<(Guid Id, bool Is)>(new CommandDefinition(
                "SELECT id, is_active AND NOT is_deleted FROM communication_replica_users WHERE id = ANY(@ids)", new { ids = ids.ToArray() }, cancellationToken: ct)))
            .ToDictionary(f => f.Id, f => f.Is), ct),
    };
}
