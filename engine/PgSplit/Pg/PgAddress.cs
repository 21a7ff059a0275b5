using Npgsql;

namespace PgSplit.Pg;

/// <summary>
/// Where a database is and as whom to connect. Written as a URL (<c>postgres://user@host:5432/db?sslmode=require</c>),
/// as <c>service=NAME</c> (a section of the service file, manual 34.17), or as <c>env:NAME</c> (an environment variable that holds
/// one of these). A password may come with it, or from PGPASSWORD, PGPASSFILE or ~/.pgpass; it is never part of <see cref="Stored"/>.
/// </summary>
public sealed class PgAddress
{
    readonly NpgsqlConnectionStringBuilder _builder;

    PgAddress(string stored, NpgsqlConnectionStringBuilder builder) => (Stored, _builder) = (stored, builder);

    /// <summary>What may be kept and printed: the text as given when that names a place for secrets, else the URL without the password.</summary>
    public string Stored { get; }

    public string Host => _builder.Host!;
    public int Port => _builder.Port;
    public string Database => _builder.Database!;
    public string? User => _builder.Username;
    internal string? Password => _builder.Password;

    /// <summary><c>host:port/database</c>, as the route and PS001 tell it to applications (PROTOCOL 1.0): no user, no secrets.</summary>
    public string Route => $"{Host}:{Port}/{Database}";

    public override string ToString() => Stored;

    /// <exception cref="PgSplitException">The text is none of the forms, or names something that is not there.</exception>
    public static PgAddress Parse(string text) => Parse(text, text);

    /// <summary>Of a program that has Npgsql's connection string and no URL.</summary>
    internal static PgAddress Of(string connectionString)
    {
        var builder = new NpgsqlConnectionStringBuilder(connectionString);
        return new PgAddress(UrlOf(builder), builder);
    }

    /// <summary>The same server and user, another database.</summary>
    public PgAddress WithDatabase(string database)
    {
        var builder = new NpgsqlConnectionStringBuilder(_builder.ConnectionString) { Database = database };
        return new PgAddress(UrlOf(builder), builder);
    }

    /// <summary>For one session: unpooled, since sessions carry replication origins and roles; settings that change output are pinned (PROTOCOL case 28).</summary>
    internal NpgsqlConnectionStringBuilder ForSession(string purpose) => new(_builder.ConnectionString)
    {
        ApplicationName = $"pgsplit {purpose}",
        Pooling = false,
        Multiplexing = false,
        Timezone = "UTC",
        Options = SessionSettings.AsOptions,
        IncludeErrorDetail = true,
        // Whose lock was not to be had, of a batch that locks them all.
        IncludeFailedBatchedCommand = true,
        // A statement may take as long as it takes; who waits brings a token.
        CommandTimeout = 0,
        CancellationTimeout = 5_000,
        Timeout = 15,
        // Some systems refuse these of a Unix socket, which has no use for them.
        TcpKeepAlive = !Host.StartsWith('/'),
        TcpKeepAliveTime = Host.StartsWith('/') ? 0 : 10,
        TcpKeepAliveInterval = Host.StartsWith('/') ? 0 : 5,
        KeepAlive = 0,
        Enlist = false,
        ReadBufferSize = 65_536,
        WriteBufferSize = 65_536,
    };

    /// <summary>The variables by which libpq's programs find the database, and its password, without either standing in their arguments.</summary>
    internal IEnumerable<(string Name, string Value)> ForPrograms()
    {
        (string, string?)[] all =
        [
            ("PGHOST", Host), ("PGPORT", $"{Port}"), ("PGDATABASE", Database), ("PGUSER", User), ("PGPASSWORD", Password), ("PGAPPNAME", "pgsplit load"),
            ("PGSSLMODE", _builder.ContainsKey("SSL Mode") ? ServiceFile.NameOf(_builder.SslMode) : null),
            ("PGSSLROOTCERT", _builder.RootCertificate), ("PGSSLCERT", _builder.SslCertificate), ("PGSSLKEY", _builder.SslKey),
        ];
        return all.Where(v => v.Item2 is { Length: > 0 }).Select(v => (v.Item1, v.Item2!));
    }

    static PgAddress Parse(string text, string stored)
    {
        text = text.Trim();
        if (text.StartsWith("env:", StringComparison.Ordinal))
        {
            var name = text["env:".Length..];
            var value = Environment.GetEnvironmentVariable(name);
            if (string.IsNullOrWhiteSpace(value))
                throw Bad($"the environment variable {name} is not set", $"set {name} to postgres://user@host/database");
            return Parse(value, stored);
        }

        if (text.StartsWith("service=", StringComparison.Ordinal))
            return new PgAddress(stored, Checked(ServiceFile.Read(text["service=".Length..])));
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("postgres" or "postgresql"))
            throw Bad("an address is no postgres:// URL, no service=NAME and no env:NAME", "write postgres://user@host:5432/database");

        var builder = Checked(FromUrl(url));
        return new PgAddress(ReferenceEquals(text, stored) || text == stored.Trim() ? UrlOf(builder) : stored, builder);
    }

    static NpgsqlConnectionStringBuilder FromUrl(Uri url)
    {
        var builder = new NpgsqlConnectionStringBuilder
        {
            Host = url.Host.Length > 0 ? Uri.UnescapeDataString(url.Host) : null,
            Database = Uri.UnescapeDataString(url.AbsolutePath.TrimStart('/')),
        };
        if (url.Port > 0)
            builder.Port = url.Port;
        var user = url.UserInfo.Split(':', 2);
        if (user[0].Length > 0)
            builder.Username = Uri.UnescapeDataString(user[0]);
        if (user.Length > 1)
            builder.Password = Uri.UnescapeDataString(user[1]);
        foreach (var pair in url.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = pair.Split('=', 2);
            ServiceFile.Set(builder, parts[0], parts.Length > 1 ? Uri.UnescapeDataString(parts[1]) : "");
        }

        return builder;
    }

    static NpgsqlConnectionStringBuilder Checked(NpgsqlConnectionStringBuilder builder)
    {
        builder.Host ??= Environment.GetEnvironmentVariable("PGHOST") ?? "localhost";
        builder.Username ??= Environment.GetEnvironmentVariable("PGUSER") ?? Environment.UserName;
        if (string.IsNullOrEmpty(builder.Database))
            throw Bad("an address names no database", "write postgres://user@host:5432/database");
        return builder;
    }

    static string UrlOf(NpgsqlConnectionStringBuilder builder)
    {
        var socket = builder.Host!.StartsWith('/');
        var query = new List<string>();
        if (socket)
            query.Add($"host={Uri.EscapeDataString(builder.Host)}");
        if (socket && builder.Port != 5432)
            query.Add($"port={builder.Port}");
        if (builder.ContainsKey("SSL Mode") && builder.SslMode != SslMode.Prefer)
            query.Add($"sslmode={ServiceFile.NameOf(builder.SslMode)}");
        if (builder.RootCertificate is { Length: > 0 } root)
            query.Add($"sslrootcert={Uri.EscapeDataString(root)}");
        var place = socket ? "" : builder.Port == 5432 ? builder.Host : $"{builder.Host}:{builder.Port}";
        return $"postgres://{Uri.EscapeDataString(builder.Username!)}@{place}/{Uri.EscapeDataString(builder.Database!)}"
            + (query.Count > 0 ? "?" + string.Join('&', query) : "");
    }

    // Never the text itself: there may be a password in it.
    static PgSplitException Bad(string what, string remedy) => new(ExitCode.BadInput, what, remedy);
}
