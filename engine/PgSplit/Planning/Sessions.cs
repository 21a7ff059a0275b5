using System.Globalization;
using Npgsql;
using PgSplit.Mapping;
using PgSplit.Pg;

namespace PgSplit.Planning;

/// <summary>Plan's sessions: read-only, bounded, and on the server itself rather than a pooler.</summary>
static class Sessions
{
    /// <summary>Null where a finding says that there is no use in going on.</summary>
    public static async Task<NpgsqlConnection?> OpenSourceAsync(PgAddress address, PlanLimits limits, List<Finding> findings, CancellationToken ct)
    {
        try
        {
            var connection = await OpenAsync(address, limits, ct);
            if (await Pooler.FindAsync(connection, ct) is not { } pooler)
                return connection;
            await connection.DisposeAsync();
            findings.Add(OfPooler(null, address, pooler));
        }
        catch (PgSplitException e) when (Pooler.Refuses(e))
        {
            findings.Add(OfPooler(null, address, e.Message));
        }

        return null;
    }

    /// <summary>Null where a finding says that the target can't be looked at.</summary>
    public static async Task<NpgsqlConnection?> OpenTargetAsync(MapService service, PlanLimits limits, List<Finding> findings, CancellationToken ct)
    {
        var address = service.Move.Target;
        try
        {
            var connection = await OpenAsync(address, limits, ct);
            if (await Pooler.FindAsync(connection, ct) is not { } pooler)
                return connection;
            await connection.DisposeAsync();
            findings.Add(OfPooler(service.Name, address, pooler));
        }
        catch (PgSplitException e) when (Pooler.Refuses(e))
        {
            findings.Add(OfPooler(service.Name, address, e.Message));
        }
        catch (PgSplitException e) when (e.InnerException is PostgresException { SqlState: PostgresErrorCodes.InvalidCatalogName })
        {
            findings.Add(new Finding(Severity.Blocker, "target-missing", service.Name, address.Route, "the target database is not there",
                $"CREATE DATABASE {Sql.Name(address.Database)} TEMPLATE template0, with the source's ENCODING and LOCALE"));
        }
        catch (PgSplitException e) when (e.ExitCode == ExitCode.Unreachable)
        {
            findings.Add(new Finding(Severity.Blocker, "target-unreachable", service.Name, address.Route, e.Message, e.Remedy));
        }

        return null;
    }

    static async Task<NpgsqlConnection> OpenAsync(PgAddress address, PlanLimits limits, CancellationToken ct)
    {
        var connection = await new PgServer(address).OpenAsync("plan", ct);
        await connection.ExecuteAsync(
            string.Create(CultureInfo.InvariantCulture, $"SET default_transaction_read_only = on; SET lock_timeout = '2s'; SET statement_timeout = {(long)limits.Statement.TotalMilliseconds}"), ct);
        return connection;
    }

    static Finding OfPooler(string? service, PgAddress address, string why) => new(Severity.Blocker, "pooler", service, address.Route, why,
        "give the address of the server itself: replication and session state don't pass through a pooler");
}
