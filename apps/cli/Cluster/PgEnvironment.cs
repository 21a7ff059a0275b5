using System.Globalization;
using Npgsql;

namespace Hdms.Cli.Cluster;

internal static class PgEnvironment
{
    /// <summary>The variables by which libpq's programs find a database, and its password, without either standing in their arguments.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Of(NpgsqlConnectionStringBuilder to)
    {
        yield return new("PGHOST", to.Host ?? "localhost");
        yield return new("PGPORT", to.Port.ToString(CultureInfo.InvariantCulture));
        yield return new("PGDATABASE", to.Database ?? "postgres");
        yield return new("PGAPPNAME", "hdms");
        if (to.Username is { } user)
            yield return new("PGUSER", user);
        if (to.Password is { } password)
            yield return new("PGPASSWORD", password);
        if (to.RootCertificate is { } root)
            yield return new("PGSSLROOTCERT", root);
        if (to.SslCertificate is { } certificate)
            yield return new("PGSSLCERT", certificate);
        if (to.SslKey is { } key)
            yield return new("PGSSLKEY", key);
        yield return new("PGSSLMODE", to.SslMode switch
        {
            SslMode.Disable => "disable",
            SslMode.Allow => "allow",
            SslMode.Require => "require",
            SslMode.VerifyCA => "verify-ca",
            SslMode.VerifyFull => "verify-full",
            _ => "prefer",
        });
    }
}
