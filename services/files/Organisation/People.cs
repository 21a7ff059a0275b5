using Dapper;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.References;

namespace Hdms.Files.Organisation;

/// <summary>People, as the users service tells; as the replica has them while that is away.</summary>
sealed class People(UsersClient users, ServiceDatabase database)
{
    /// <summary>A person who may still do something here: a token outlives its person by up to a quarter of an hour.</summary>
    public Reference Active { get; } = new("active_user", Services.Users, async (ids, ct) => (await users.ExistAsync(ids, ct)).Active.ToHashSet())
    {
        Replica = (ids, ct) => database.ReadAsync<IReadOnlyDictionary<Guid, bool>>(
            async connection => (await connection.QueryAsync<(Guid Id, bool Is)>(new CommandDefinition(
                "SELECT id, is_active AND NOT is_deleted FROM files_replica_users WHERE id = ANY(@ids)", new { ids = ids.ToArray() }, cancellationToken: ct))).ToDictionary(f => f.Id, f => f.Is),
            ct),
    };
}
