using Dapper;
using Hdms.Contracts;
using Npgsql;

namespace Hdms.Communication.Organisation;

/// <summary>Names of people, as the replica has them.</summary>
sealed class Names
{
    readonly Dictionary<Guid, PersonRef> _people;

    Names(Dictionary<Guid, PersonRef> people) => _people = people;

    public static async Task<Names> ReadAsync(NpgsqlConnection connection, IEnumerable<Guid> people, CancellationToken ct)
    {
        var ids = people.Distinct().ToArray();
        return new Names(ids.Length == 0
            ? []
            : (await connection.QueryAsync<(Guid Id, string? First, string? Last)>(new CommandDefinition(
                "SELECT id, first_name, last_name FROM communication_replica_users WHERE id = ANY(@ids)", new { ids }, cancellationToken: ct)))
                .ToDictionary(p => p.Id, p => new PersonRef(p.Id, p.First, p.Last)));
    }

    public PersonRef Person(Guid id) => _people.GetValueOrDefault(id) ?? new PersonRef(id, null, null);

    public PersonRef? Person(Guid? id) => id is { } known ? Person(known) : null;
}
