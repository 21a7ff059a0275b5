using System.Security.Cryptography;
using Dapper;
using Hdms.Kit.Database;
using Hdms.Kit.Problems;
using Npgsql;
using NpgsqlTypes;

namespace Hdms.Kit.Idempotency;

/// <summary>An answer kept for a while, so that the same request under the same key gets it again (draft-ietf-httpapi-idempotency-key-header).</summary>
public sealed record StoredAnswer(byte[] RequestHash, int Status, string? Location, string? ETag, byte[]? Body)
{
    /// <summary>How long a key of a person or a service account is known.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromHours(24);

    /// <summary>How long a key of another service is known: a saga that was stuck meanwhile repeats its call under the same one.</summary>
    public static readonly TimeSpan KeptForServices = TimeSpan.FromDays(30);

    StoredAnswer() : this([], 0, null, null, null)
    {
    }

    /// <summary>The answer kept under the call's key; null when there is none.</summary>
    /// <exception cref="Refusal">422 <c>idempotency_mismatch</c>: the key was used for another request.</exception>
    public static async Task<StoredAnswer?> FindAsync(NpgsqlConnection connection, string service, IdempotentCall call, DateTimeOffset now, CancellationToken ct)
    {
        var stored = await connection.QuerySingleOrDefaultAsync<StoredAnswer>(new CommandDefinition(
            $"""
            SELECT request_hash AS RequestHash, status AS Status, location AS Location, etag AS ETag, body AS Body
            FROM {service}_idempotency
            WHERE key = @Key AND expires_at > @now
            """,
            new { call.Key, now },
            cancellationToken: ct));
        if (stored is not null && !CryptographicOperations.FixedTimeEquals(stored.RequestHash, call.RequestHash))
        {
            throw new Refusal(Codes.IdempotencyMismatch, "This Idempotency-Key was sent before with another request. Use a new key for a new request.");
        }

        return stored;
    }

    /// <summary>Empties the kept answers that mention somebody who is erased; a repeated request is still not carried out again.</summary>
    public static Task ForgetAsync(UnitOfWork unit, Guid person)
    {
        ArgumentNullException.ThrowIfNull(unit);
        return unit.ExecuteAsync(
            $"UPDATE {unit.Service}_idempotency SET body = NULL WHERE position(convert_to(@mention, 'UTF8') IN body) > 0",
            new { mention = person.ToString() });
    }

    /// <summary>The statement that keeps the answer; it goes with the effect's own transaction.</summary>
    internal static NpgsqlBatchCommand Keep(string service, IdempotentCall call, StoredAnswer answer, DateTimeOffset now) => new(
        $"""
        INSERT INTO {service}_idempotency (key, request_hash, status, location, etag, body, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (key) DO UPDATE SET
            request_hash = excluded.request_hash, status = excluded.status, location = excluded.location,
            etag = excluded.etag, body = excluded.body, created_at = now(), expires_at = excluded.expires_at
        """)
    {
        Parameters =
        {
            new() { Value = call.Key },
            new() { Value = call.RequestHash },
            new() { Value = answer.Status },
            new() { Value = (object?)answer.Location ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text },
            new() { Value = (object?)answer.ETag ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text },
            new() { Value = (object?)answer.Body ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Bytea },
            new() { Value = now + call.KeptFor },
        },
    };
}
