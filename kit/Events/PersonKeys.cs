using System.Security.Cryptography;
using Dapper;
using Microsoft.Extensions.Caching.Memory;
using Npgsql;

namespace Hdms.Kit.Events;

/// <summary>
/// A key for each person, under which what is personal in events is encrypted (AES-256-GCM). Without the row, the person
/// is erased from the whole log (crypto-shredding; DESIGN section 12a).
/// </summary>
public sealed class PersonKeys(string service) : IDisposable
{
    readonly MemoryCache _keys = new(new MemoryCacheOptions { SizeLimit = 10_000 });

    /// <summary>The person's key, made in this transaction when there is none yet.</summary>
    public async Task<byte[]> GetOrMakeAsync(NpgsqlConnection connection, Guid person, CancellationToken ct)
    {
        if (_keys.TryGetValue(person, out byte[]? known))
        {
            return known!;
        }

        // Not remembered here: the transaction may roll back, and the key with it.
        return await connection.QuerySingleAsync<byte[]>(new CommandDefinition(
            $"""
            WITH made AS (
                INSERT INTO {service}_person_keys (person_id, key) VALUES (@person, @key) ON CONFLICT DO NOTHING RETURNING key)
            SELECT key FROM made UNION ALL SELECT key FROM {service}_person_keys WHERE person_id = @person LIMIT 1
            """,
            new { person, key = RandomNumberGenerator.GetBytes(32) },
            cancellationToken: ct));
    }

    /// <summary>The keys of these persons that are still there.</summary>
    public async Task<IReadOnlyDictionary<Guid, byte[]>> ReadAsync(NpgsqlConnection connection, IReadOnlyCollection<Guid> persons, CancellationToken ct)
    {
        if (persons.Count == 0)
        {
            return new Dictionary<Guid, byte[]>();
        }

        // Always from the table: a key deleted by another process must be gone here at once.
        var rows = await connection.QueryAsync<(Guid Person, byte[] Key)>(new CommandDefinition(
            $"SELECT person_id, key FROM {service}_person_keys WHERE person_id = ANY(@persons)",
            new { persons = persons.ToArray() },
            cancellationToken: ct));
        var found = rows.ToDictionary(r => r.Person, r => r.Key);
        foreach (var (person, key) in found)
        {
            _keys.Set(person, key, new MemoryCacheEntryOptions { Size = 1, AbsoluteExpirationRelativeToNow = TimeSpan.FromMinutes(5) });
        }

        return found;
    }

    /// <summary>Erases the person from every event of this service, in the unit of work's transaction.</summary>
    public Task EraseAsync(NpgsqlConnection connection, Guid person, CancellationToken ct)
    {
        _keys.Remove(person);
        return connection.ExecuteAsync(new CommandDefinition(
            $"DELETE FROM {service}_person_keys WHERE person_id = @person", new { person }, cancellationToken: ct));
    }

    public void Dispose() => _keys.Dispose();
}
