using Npgsql;

namespace Hdms.Cli.Provisioning;

/// <summary>Setting <c>admin_database</c>: an admin's way into an existing server, as a postgres:// URI or Npgsql's connection string.</summary>
internal static class AdminAddress
{
    public static string Parse(string value)
    {
        try
        {
            var parsed = Uri.TryCreate(value, UriKind.Absolute, out var uri) && uri.Scheme is "postgres" or "postgresql"
                ? FromUri(new Uri(value))
                : new NpgsqlConnectionStringBuilder(value);
            parsed.Pooling = false;
            parsed.Database ??= "postgres";
            parsed.ApplicationName ??= "hdms";
            return parsed.ConnectionString;
        }
        catch (Exception e) when (e is ArgumentException or FormatException or KeyNotFoundException)
        {
            // Not the value: it has a password in it.
            throw new OneLineError("Setting admin_database is neither a postgres:// URI nor a connection string.", ExitCode.WrongUsage, e);
        }
    }

    static NpgsqlConnectionStringBuilder FromUri(Uri uri)
    {
        var builder = new NpgsqlConnectionStringBuilder { Host = Uri.UnescapeDataString(uri.Host), Port = uri.Port > 0 ? uri.Port : 5432 };
        if (uri.AbsolutePath.Length > 1)
            builder.Database = Uri.UnescapeDataString(uri.AbsolutePath[1..]);
        if (uri.UserInfo.Split(':', 2) is [{ Length: > 0 } user, .. var password])
        {
            builder.Username = Uri.UnescapeDataString(user);
            builder.Password = password is [var given] ? Uri.UnescapeDataString(given) : null;
        }

        foreach (var pair in uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            if (pair.Split('=', 2) is [var name, var value])
                builder[Keyword(name)] = Uri.UnescapeDataString(value);
        }

        return builder;
    }

    // libpq's names where Npgsql's differ.
    static string Keyword(string name) => name switch
    {
        "sslmode" => "SSL Mode",
        "sslrootcert" => "Root Certificate",
        "sslcert" => "SSL Certificate",
        "sslkey" => "SSL Key",
        "application_name" => "Application Name",
        "connect_timeout" => "Timeout",
        "options" => "Options",
        _ => name,
    };
}
