using Npgsql;

namespace PgSplit.Pg;

/// <summary>The connection service file of libpq (manual 34.17): PGSERVICEFILE, else ~/.pg_service.conf.</summary>
static class ServiceFile
{
    /// <exception cref="PgSplitException">There is no such file, section or parameter.</exception>
    public static NpgsqlConnectionStringBuilder Read(string service)
    {
        var path = Environment.GetEnvironmentVariable("PGSERVICEFILE")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".pg_service.conf");
        if (!File.Exists(path))
            throw new PgSplitException(ExitCode.BadInput, $"service={service} is given, but there is no service file", "set PGSERVICEFILE, or write ~/.pg_service.conf");

        var lines = File.ReadLines(path).Select(l => l.Trim()).Where(l => l.Length > 0 && !l.StartsWith('#'))
            .SkipWhile(l => l != $"[{service}]").ToList();
        if (lines.Count == 0)
            throw new PgSplitException(ExitCode.BadInput, $"the service file has no section [{service}]", "add it, or name another service");

        var builder = new NpgsqlConnectionStringBuilder();
        foreach (var line in lines.Skip(1).TakeWhile(l => !l.StartsWith('[')))
        {
            var parts = line.Split('=', 2);
            Set(builder, parts[0].Trim(), parts.Length > 1 ? parts[1].Trim() : "");
        }

        return builder;
    }

    /// <summary>A parameter by libpq's name (manual 34.1.2).</summary>
    public static void Set(NpgsqlConnectionStringBuilder builder, string parameter, string value)
    {
        switch (parameter)
        {
            case "host": builder.Host = value; break;
            case "port": builder.Port = int.TryParse(value, out var port) ? port : throw Unknown(parameter); break;
            case "dbname": builder.Database = value; break;
            case "user": builder.Username = value; break;
            case "password": builder.Password = value; break;
            case "passfile": builder.Passfile = value; break;
            case "sslmode": builder.SslMode = ModeOf(value); break;
            case "sslrootcert": builder.RootCertificate = value; break;
            case "sslcert": builder.SslCertificate = value; break;
            case "sslkey": builder.SslKey = value; break;
            case "connect_timeout" or "application_name" or "target_session_attrs" or "options": break;
            default: throw Unknown(parameter);
        }
    }

    public static string NameOf(SslMode mode) => mode switch
    {
        SslMode.VerifyCA => "verify-ca",
        SslMode.VerifyFull => "verify-full",
        _ => mode.ToString().ToLowerInvariant(),
    };

    static SslMode ModeOf(string value) => value switch
    {
        "disable" => SslMode.Disable,
        "allow" => SslMode.Allow,
        "prefer" => SslMode.Prefer,
        "require" => SslMode.Require,
        "verify-ca" => SslMode.VerifyCA,
        "verify-full" => SslMode.VerifyFull,
        _ => throw Unknown("sslmode"),
    };

    static PgSplitException Unknown(string parameter) =>
        new(ExitCode.BadInput, $"an address has a parameter that is not understood: {parameter}", "see docs/pgsplit.md, addresses");
}
