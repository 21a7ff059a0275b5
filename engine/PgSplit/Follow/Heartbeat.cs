using Npgsql;
using PgSplit.Control;
using PgSplit.Pg;

namespace PgSplit.Follow;

/// <summary>A row written now and then, so that a stream whose tables are idle still comes on and lets the server remove WAL (PROTOCOL case 61).</summary>
static class Heartbeat
{
    public static Task BeatAsync(NpgsqlConnection session, string moveId, Side side, CancellationToken ct) => session.ExecuteAsync(
        """
        INSERT INTO pgsplit.heartbeat AS h (move_id, side, beat, at) VALUES ($1, $2, 1, clock_timestamp())
        ON CONFLICT (move_id, side) DO UPDATE SET beat = h.beat + 1, at = excluded.at
        """, ct, moveId, side.Letter());
}
