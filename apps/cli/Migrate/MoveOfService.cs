using Hdms.Contracts;
using Hdms.Kit.Database;
using Npgsql;
using PgSplit;
using PgSplit.Pg;

namespace Hdms.Cli.Migrate;

/// <summary>The move of a service from the database that it shares to one of its own, on the same server.</summary>
/// <param name="Journal">What the databases say of it; null before it has begun.</param>
/// <param name="Move">Null where there is nothing to move: the service is in its own database, and no move is open.</param>
internal sealed record MoveOfService(Service Service, DatabaseAddress Home, MoveJournal? Journal, ServiceMove? Move)
{
    public bool IsOpen => Journal is { IsOpen: true };

    /// <summary>The database that is, or is to be, the service's own.</summary>
    public DatabaseAddress Own => Home with { Database = Service.OwnDatabase };

    public static async Task<MoveOfService> FindAsync(DatabaseServer server, Service service, CancellationToken ct)
    {
        var home = await server.HomeOfAsync(service, ct);
        // Also tells who has no way in what to set.
        server.NeedAdminOf(service, home);
        var journal = await MoveJournal.ReadAsync(server, service, ct);
        if (journal is { IsOpen: true })
            return new MoveOfService(service, home, journal, Between(server, service, home with { Database = journal.Source }, home, journal.Tables));
        if (home.Database == service.OwnDatabase)
            return new MoveOfService(service, home, journal, null);
        await using var source = await DatabaseServer.OpenAsync(server.NeedAdminOf(service, home), ct);
        var tables = await OwnTables.ReadAsync(source, service, ct);
        return tables.Count > 0
            ? new MoveOfService(service, home, journal, Between(server, service, home, home, tables))
            : throw new OneLineError($"The {service.Name} service has no tables in {home}. Run: hdms migrate-schema {service.Name}");
    }

    /// <summary>The move, for what can't be done without one.</summary>
    public ServiceMove Needed => Move ?? throw new OneLineError($"The {Service.Name} service is at home in {Home.Database}, its own database: there is nothing to move.");

    /// <summary>The move, for what goes on with one that has begun.</summary>
    public ServiceMove Begun => IsOpen
        ? Move!
        : throw new OneLineError(Move is null
            ? $"No move of the {Service.Name} service is open; it is at home in {Home.Database}, its own database."
            : $"No move of the {Service.Name} service is open; begin one with: hdms migrate start {Service.Name}");

    static ServiceMove Between(DatabaseServer server, Service service, DatabaseAddress source, DatabaseAddress at, IReadOnlyList<QualifiedName> tables)
    {
        var gate = OwnTables.Gate(service);
        return new ServiceMove(service.Name, Way(source), Way(at with { Database = service.OwnDatabase }), tables, tables.Contains(gate) ? [gate] : []);

        // By the name under which services know the server: it becomes the route.
        PgAddress Way(DatabaseAddress to) => PgAddress.Of(new NpgsqlConnectionStringBuilder(server.NeedAdminOf(service, to.Database)) { Host = to.Host, Port = to.Port });
    }
}
