using Dapper;
using Hdms.Contracts;
using Npgsql;

namespace Hdms.Files.Files;

/// <summary>Names of people, as the replica has them.</summary>
sealed class Names
{
    readonly Dictionary<Guid, PersonRef> _people;

    Names(Dictionary<Guid, PersonRef> people) => _people = people;

    public static async Task<Names> ReadAsync(NpgsqlConnection connection, IEnumerable<Guid> people, CancellationToken ct)
    {
        var found = await connection.QueryAsync<PersonRef>(new CommandDefinition(
            "SELECT id, first_name AS FirstName, last_name AS LastName FROM files_replica_users WHERE id = ANY(@ids)",
            new { ids = people.Distinct().ToArray() },
            cancellationToken: ct));
        return new Names(found.ToDictionary(p => p.Id));
    }

    public PersonRef Person(Guid id) => _people.GetValueOrDefault(id) ?? new PersonRef(id, null, null);
}
