using Npgsql;
using PgSplit.Pg;

namespace PgSplit.Planning;

/// <summary>Tells whether something stands between us and the server (PROTOCOL case 11).</summary>
static class Pooler
{
    /// <summary>Why we think so; null where nothing does.</summary>
    public static async Task<string?> FindAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        var announced = connection.ProcessID;
        var pids = new List<int>();
        for (var i = 0; i < 3; i++)
            pids.Add(await connection.ScalarAsync<int>("SELECT pg_backend_pid()", ct));
        var readOnly = await connection.ScalarAsync<string>("SHOW default_transaction_read_only", ct);
        return Judge(announced, pids, readOnly);
    }

    /// <summary>PgBouncer refuses our start-up options unless it is told to ignore them.</summary>
    public static bool Refuses(PgSplitException e) => e.Message.Contains("unsupported startup parameter", StringComparison.Ordinal);

    /// <param name="announced">The process that the greeting named: a pooler names itself.</param>
    /// <param name="pids">The processes that answered, one statement after another.</param>
    /// <param name="readOnly">A setting of the session that was on when it was last set.</param>
    internal static string? Judge(int announced, IReadOnlyList<int> pids, string? readOnly) =>
        pids.Distinct().Count() > 1 ? "statements of one session are answered by different server processes: a pooler in transaction or statement mode"
        : readOnly != "on" ? "settings of the session are lost between statements: a pooler in transaction or statement mode"
        : announced != pids[0] ? "the greeting comes from another process than the answers: a pooler, such as PgBouncer"
        : null;
}
