using Npgsql;
using NpgsqlTypes;
using PgSplit.Control;
using PgSplit.Fencing;
using PgSplit.Follow;
using PgSplit.Pg;

namespace PgSplit.Switch;

/// <summary>What opening and closing a side is made of, within the caller's transaction: fence, journal, sequences and route change together (I1).</summary>
static class SideChange
{
    /// <exception cref="PgSplitException">The epoch is another one: somebody else has switched.</exception>
    public static async Task OpenAsync(
        NpgsqlConnection session, string moveId, Side side, long from, long to, NpgsqlLogSequenceNumber? barrier, PgAddress address, CancellationToken ct)
    {
        await Fence.OpenAsync(session, moveId, ct);
        await Sequences.GrantAsync(session, moveId, ct);
        await TakeOverAsync(session, moveId, from, to, side, open: true, barrier, ct);
        await Route.SetAsync(session, moveId, to, address, ct);
    }

    /// <param name="owner">The side that has the writes then, and <paramref name="address"/> where that is.</param>
    /// <exception cref="PgSplitException">The epoch is another one: somebody else has switched.</exception>
    public static async Task CloseAsync(
        NpgsqlConnection session, string moveId, Side owner, long from, long to, NpgsqlLogSequenceNumber? barrier, PgAddress address,
        IReadOnlyList<QualifiedName> sequences, CancellationToken ct)
    {
        await Fence.CloseAsync(session, moveId, to, owner.Letter(), address.Route, ct);
        // Rights to read stay: they are looked at before the fence is, and writers that wait would hear of a right instead of the route.
        await Sequences.RevokeAsync(session, moveId, sequences, ct);
        await TakeOverAsync(session, moveId, from, to, owner, open: false, barrier, ct);
        await Route.SetAsync(session, moveId, to, address, ct);
    }

    static async Task TakeOverAsync(
        NpgsqlConnection session, string moveId, long from, long to, Side owner, bool open, NpgsqlLogSequenceNumber? barrier, CancellationToken ct)
    {
        if (!await Journal.TakeOverAsync(session, moveId, from, to, owner, open, barrier, ct))
            throw new PgSplitException(ExitCode.Refused, $"the move {moveId} is no longer at epoch {from}: somebody else has switched it", "see `pgsplit status`");
        await Journal.EventAsync(session, moveId, open ? "opened" : "closed", new { epoch = to, owner = owner.Letter() }, ct);
    }
}
