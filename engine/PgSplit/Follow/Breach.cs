using PgSplit.Control;

namespace PgSplit.Follow;

/// <summary>A write on a closed side by somebody who got past the fence: a superuser, or a trigger that was disabled (PROTOCOL cases 88 and 108).</summary>
static class Breach
{
    /// <summary>A side that has just been opened may be written to before this process knows; its journal knows.</summary>
    public static async Task<bool> IsOneAsync(StreamPlan plan, CancellationToken ct)
    {
        await using var session = await plan.From.OpenAsync("breach check", ct);
        return await Journal.ReadAsync(session, plan.MoveId, ct) is { Open: false };
    }
}
