using PgSplit.Pg;

namespace PgSplit.Planning;

/// <summary>Whether source and target are the same cluster, or even the same database, by whatever names they are reached.</summary>
static class SameDatabase
{
    const string Identity = "SELECT (SELECT system_identifier FROM pg_control_system())::text || ' ' || pg_postmaster_start_time()::text";

    /// <returns>True where nothing more need be asked.</returns>
    public static async Task<bool> IsAsync(Examination x, CancellationToken ct)
    {
        if (x.Target is null)
            return false;
        x.SameCluster = await x.Source.ScalarAsync<string>(Identity, ct) == await x.Target.ScalarAsync<string>(Identity, ct);
        const string name = "SELECT current_database()::text";
        if (!x.SameCluster || await x.Source.ScalarAsync<string>(name, ct) != await x.Target.ScalarAsync<string>(name, ct))
            return false;
        x.Blocker("target-is-source", x.Move.Target.Route, "source and target are the same database", "give the service a database of its own");
        return true;
    }
}
