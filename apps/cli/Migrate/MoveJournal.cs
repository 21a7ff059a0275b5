using System.Text.Json;
using Dapper;
using Hdms.Contracts;
using Npgsql;
using PgSplit.Pg;

namespace Hdms.Cli.Migrate;

/// <summary>What the database that is to be a service's own says of the service's move.</summary>
/// <param name="Source">The database that the service moves away from.</param>
/// <param name="Tables">Those that the move was begun with: the map stays what it was until the move is over.</param>
internal sealed record MoveJournal(string State, string Source, IReadOnlyList<QualifiedName> Tables)
{
    public bool IsOpen => State is not ("Completed" or "Cancelled");

    /// <returns>Null where there is no such database, or no move has been made to it.</returns>
    public static async Task<MoveJournal?> ReadAsync(DatabaseServer server, Service service, CancellationToken ct)
    {
        await using (var maintenance = await DatabaseServer.OpenAsync(server.NeedAdminOf(service), ct))
        {
            if (!await maintenance.ExecuteScalarAsync<bool>(new CommandDefinition("SELECT EXISTS (SELECT FROM pg_database WHERE datname = @OwnDatabase)", new { service.OwnDatabase }, cancellationToken: ct)))
                return null;
        }

        await using var target = await DatabaseServer.OpenAsync(server.NeedAdminOf(service, service.OwnDatabase), ct);
        return await ReadAsync(target, service, ct);
    }

    static async Task<MoveJournal?> ReadAsync(NpgsqlConnection target, Service service, CancellationToken ct)
    {
        if (!await target.ExecuteScalarAsync<bool>(new CommandDefinition("SELECT to_regclass('pgsplit.move') IS NOT NULL", cancellationToken: ct)))
            return null;
        var row = await target.QuerySingleOrDefaultAsync<(string State, string Definition)?>(new CommandDefinition(
            "SELECT state, definition::text FROM pgsplit.move WHERE move_id = @Name AND side = 'T'", new { service.Name }, cancellationToken: ct));
        if (row is not var (state, definition))
            return null;
        using var json = JsonDocument.Parse(definition);
        return new MoveJournal(
            state,
            PgAddress.Parse(json.RootElement.GetProperty("source").GetString()!).Database,
            [.. json.RootElement.GetProperty("tables").EnumerateArray().Select(t => new QualifiedName(t[0].GetString()!, t[1].GetString()!))]);
    }
}
