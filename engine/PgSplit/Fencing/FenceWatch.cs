using Npgsql;
using PgSplit.Catalog;
using PgSplit.Control;
using PgSplit.Pg;

namespace PgSplit.Fencing;

/// <summary>Looks now and then whether the fences still stand (PROTOCOL case 108): a superuser can take one down, and what is written then is a breach.</summary>
static class FenceWatch
{
    public static async Task LookAsync(
        MoveDefinition definition, IReadOnlyList<Table> sourceTables, IReadOnlyList<Table> targetTables, NpgsqlConnection source, NpgsqlConnection target, Action<string>? say, CancellationToken ct)
    {
        foreach (var (session, tables, other) in new[] { (source, sourceTables, definition.Target), (target, targetTables, definition.Source) })
        {
            if (await GapAsync(session, definition.Id, tables, other, ct) is { } gap)
                say?.Invoke($"{gap} in {session.Database}; `pgsplit resume` puts it back, then verify");
        }
    }

    /// <param name="other">Where a closed side sends its writers.</param>
    /// <returns>What is wrong; null where all is well.</returns>
    public static async Task<string?> GapAsync(NpgsqlConnection session, string moveId, IReadOnlyList<Table> tables, PgAddress other, CancellationToken ct)
    {
        if (await Fence.GapsAsync(session, moveId, tables, ct) is { Count: > 0 } gaps)
            return $"the fence is missing or disabled on {string.Join(", ", gaps)}";
        return await Journal.ReadAsync(session, moveId, ct) is { Open: false } closed && !await Fence.IsClosedAsync(session, moveId, closed.Epoch, closed.Owner.Letter(), other.Route, ct)
            ? "the fence's function has been replaced"
            : null;
    }

    /// <summary>Puts back what is missing.</summary>
    public static async Task MendAsync(NpgsqlConnection session, string moveId, IReadOnlyList<Table> tables, PgAddress other, CancellationToken ct)
    {
        await Fence.InstallAsync(session, moveId, tables, ct);
        if (await Journal.ReadAsync(session, moveId, ct) is { Open: false } closed)
            await Fence.CloseAsync(session, moveId, closed.Epoch, closed.Owner.Letter(), other.Route, ct);
    }
}
