using System.Security.Cryptography;
using System.Text;
using Dapper;
using Microsoft.IdentityModel.JsonWebTokens;
using Npgsql;

namespace Hdms.Users.Tests.Problems;

/// <summary>The admin's idempotency keys, as if a request were at work under <see cref="Key"/>, or had been answered under <see cref="AnsweredKey"/>, on each of these routes.</summary>
sealed class KeysInUse : IAsyncDisposable
{
    public const string Key = "a-key-in-use";

    /// <summary>Another one, since tests of one class run in any order.</summary>
    public const string AnsweredKey = "a-key-answered";

    readonly NpgsqlConnection _connection;

    KeysInUse(NpgsqlConnection connection) => _connection = connection;

    /// <summary>Requests that are still at work, until disposed of.</summary>
    public static async Task<KeysInUse> HoldAsync(World world, IEnumerable<(HttpMethod Method, string Path)> routes)
    {
        var connection = new NpgsqlConnection(world.Api.Database.ConnectionString);
        await connection.OpenAsync();
        foreach (var route in routes)
            await connection.ExecuteAsync("SELECT pg_advisory_lock(@key)", new { key = BitConverter.ToInt64(Scope(world, route, Key)) });
        return new KeysInUse(connection);
    }

    /// <summary>Other requests that were answered.</summary>
    public static async Task AnswerAsync(World world, IEnumerable<(HttpMethod Method, string Path)> routes)
    {
        foreach (var route in routes)
        {
            await world.Api.Database.ExecuteAsync(
                "INSERT INTO users_idempotency (key, request_hash, status, expires_at) VALUES (@key, @hash, 200, now() + interval '1 hour')",
                new { key = Scope(world, route, AnsweredKey), hash = SHA256.HashData("another request"u8) });
        }
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    /// <summary>As the kit writes it: who, what, where, and the key itself.</summary>
    static byte[] Scope(World world, (HttpMethod Method, string Path) route, string key)
    {
        var who = new JsonWebToken(world.Admin.DefaultRequestHeaders.Authorization!.Parameter).Subject;
        return SHA256.HashData(Encoding.UTF8.GetBytes($"{who}\n{route.Method}\n{route.Path}\n{key}"));
    }
}
