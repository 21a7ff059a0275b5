using Npgsql;
using NpgsqlTypes;
using PgSplit.Pg;

namespace PgSplit.Follow;

/// <summary>A mark in the WAL: what was committed before it, and nothing that was committed after, is what a side has when it has come to it.</summary>
static class BarrierMessage
{
    /// <summary>
    /// Writes the mark and commits it. By a session that holds no lock: the message is flushed by its commit (on 15 and 16 one that is not
    /// transactional is not flushed at once).
    /// </summary>
    /// <returns>A position before which every transaction lies that committed before the call; the mark's own commit is after it.</returns>
    public static async Task<NpgsqlLogSequenceNumber> EmitAsync(NpgsqlConnection session, string moveId, long epoch, CancellationToken ct) =>
        await session.ScalarAsync<NpgsqlLogSequenceNumber>(
            "SELECT pg_logical_emit_message(true, $1, jsonb_build_object('move', $2::text, 'epoch', $3::bigint, 'nonce', gen_random_uuid())::text)", ct, PgOutputDecoder.MessagePrefix, moveId, epoch);
}
