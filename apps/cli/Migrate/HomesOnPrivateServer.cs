using System.Text.Json;
using Dapper;
using Hdms.Cli.Cluster;
using Hdms.Contracts;

namespace Hdms.Cli.Migrate;

/// <summary>
/// Which databases of the private server are the services' homes: the file <c>homes.json</c> of the data directory, by service. Written
/// when a move is complete; before, and where it says nothing, a service is in the shared database and the route tells the rest.
/// </summary>
internal static class HomesOnPrivateServer
{
    const string FileName = "homes.json";

    static readonly JsonSerializerOptions Json = new() { WriteIndented = true };

    public static IReadOnlyDictionary<string, string> Read(string data)
    {
        var file = Path.Combine(data, FileName);
        return File.Exists(file)
            ? JsonSerializer.Deserialize<Dictionary<string, string>>(File.ReadAllBytes(file)) ?? []
            : [];
    }

    public static string Write(string data, IReadOnlyDictionary<string, string> homes)
    {
        var file = Path.Combine(data, FileName);
        File.WriteAllBytes(file + ".new", JsonSerializer.SerializeToUtf8Bytes(new SortedDictionary<string, string>(homes.ToDictionary(), StringComparer.Ordinal), Json));
        File.Move(file + ".new", file, overwrite: true);
        return file;
    }

    /// <summary>
    /// Routes have the server's address in them, and a private server may get another port, or its data directory another name, while it
    /// is stopped. Done before anybody follows a route.
    /// </summary>
    public static async Task SettleRoutesAsync(ClusterAddress address, CancellationToken ct)
    {
        string[] ours = [Services.SharedDatabase, .. Services.All.Select(s => s.OwnDatabase)];
        List<string> there;
        await using (var maintenance = await DatabaseServer.OpenAsync(address.ConnectionString(), ct))
            there = (await maintenance.QueryAsync<string>(new CommandDefinition("SELECT datname FROM pg_database WHERE datname = ANY (@ours) AND datallowconn", new { ours }, cancellationToken: ct))).AsList();
        foreach (var database in there)
        {
            await using var connection = await DatabaseServer.OpenAsync(address.ConnectionString(database), ct);
            if (await connection.ExecuteScalarAsync<bool>(new CommandDefinition("SELECT to_regclass('pgsplit.route') IS NOT NULL", cancellationToken: ct)))
            {
                await connection.ExecuteAsync(new CommandDefinition(
                    """
                    UPDATE pgsplit.route SET write_address = @server || substring(write_address from '/[^/]*$')
                    WHERE substring(write_address from '[^/]*$') = ANY (@there) AND write_address <> @server || substring(write_address from '/[^/]*$')
                    """,
                    new { server = $"{address.Socket}:{address.Port}", there = there.ToArray() },
                    cancellationToken: ct));
            }
        }
    }
}
