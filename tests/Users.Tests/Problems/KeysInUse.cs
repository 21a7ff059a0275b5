using System.Security.Cryptography;
using System.Text;
using Dapper;
using Microsoft.IdentityModel.JsonWebTokens;
using Npgsql;

namespace Hdms.Users.Tests.Problems;

/// <summary>The admin's idempotency key <see cref="Key"/>, as if a request under it were at work, or had been answered, on each of these routes.</summary>
sealed class KeysInUse : IAsyncDisposable
{
    public const string Key = "a-key-in-use";

    readonly NpgsqlConnection _connection;

    KeysInUse(NpgsqlConnection connection) => _connection = connection;

    /// <summary>Requests that are still at work, until disposed of.</summary>
    public static async Task<KeysInUse> HoldAsync(World world, IEnumerable<(HttpMethod Method, string Path)> routes)
    {
        var connection = new NpgsqlConnection(world.Api.Database.ConnectionString);
        await connection.OpenAsync();
        foreach (var route in routes)
            await connection.ExecuteAsync("SELECT pg_advisory_lock(@key)", new { key = BitConverter.ToInt64(Scope(world, route)) });
        return new KeysInUse(connection);
    }

    /// <summary>Other requests that were answered.</summary>
    public static async Task AnswerAsync(World world, IEnumerable<(HttpMethod Method, string Path)> routes)
    {
        foreach (var route in routes)
        {
            await world.Api.Database.ExecuteAsync(
                "INSERT INTO users_idempotency (key, request_hash, status) VALUES (@key, @hash, 200)",
                new { key = Scope(world, route), hash = SHA256.HashData("another request"u8) });
        }
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    /// <summary>As the kit writes it: who, what, where, and the key itself.</summary>
    static byte[] Scope(World world, (HttpMethod Method, string Path) route)
    {
        var who = new JsonWebToken(world.Admin.DefaultRequestHeaders.Authorization!.Parameter).Subject;
        return SHA256.HashData(Encoding.UTF8.GetBytes($"{who}\n{route.Method}\n{route.Path}\n{Key}"));
    }
}
