using System.Diagnostics;
using System.Reflection;
using Npgsql;

namespace Hdms.Cli.Monolith;

/// <summary>How many rows a table got.</summary>
internal sealed record FilledTable(string Name, long Rows);

/// <summary>Makes the old system's database, schema and rows, in one transaction; the same seed and scale make the same rows.</summary>
internal sealed partial class FillMonolith(MonolithPlan plan, ulong seed, string? files, IProgress<string> progress)
{
    readonly Dice _dice = new(seed);
    readonly List<FilledTable> _filled = [];

    public static string Schema { get; } = Resource("schema.sql");

    /// <returns>Each table with its rows, in the order of their making.</returns>
    public async Task<IReadOnlyList<FilledTable>> RunAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        if (await ScalarAsync(connection, "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')", ct) > 0)
            throw new OneLineError($"Database {connection.Database} has tables already; nothing was changed. Name an empty one with --into, or drop it first.", ExitCode.WrongUsage);
        await TrustAsync(connection, ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await ExecuteAsync(connection, Schema, ct);
        progress.Report("Hashing the old system's passwords");
        var people = new OldPeople(plan, _dice);
        progress.Report("Making the old system's tickets");
        var tickets = OldTickets.Make(plan, people, _dice);
        await PeopleAsync(connection, people, ct);
        await TicketsAsync(connection, people, tickets, ct);
        await PartsAsync(connection, people, tickets, ct);
        await TalkAsync(connection, people, tickets, ct);
        await NotificationsAsync(connection, people, tickets, ct);
        await FilesAsync(connection, tickets, ct);
        await DjangoAsync(connection, ct);
        foreach (var (table, _) in _filled.Where(f => f.Name != "django_session"))
            await ExecuteAsync(connection, $"SELECT setval(pg_get_serial_sequence('{table}', 'id'), greatest(max(id), 1)) FROM {table}", ct);
        await transaction.CommitAsync(ct);
        progress.Report("Analysing");
        await ExecuteAsync(connection, "ANALYZE", ct);
        return _filled;
    }

    // What is made here refers to nothing that is not there, where there is a constraint; to look it up a million times would be most of the time.
    static async Task TrustAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        try
        {
            await ExecuteAsync(connection, "SET session_replication_role = replica", ct);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
        }
    }

    async Task FillAsync(NpgsqlConnection connection, string table, string columns, Action<CopyRows> make, CancellationToken ct)
    {
        progress.Report($"Filling {table}");
        var rows = await CopyRows.BeginAsync(connection, table, columns, ct);
        await using (rows)
            make(rows);
        _filled.Add(new FilledTable(table, rows.Count));
        ct.ThrowIfCancellationRequested();
    }

    static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(ct);
    }

    static async Task<long> ScalarAsync(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return (long)(await command.ExecuteScalarAsync(ct))!;
    }

    static string Resource(string name)
    {
        using var reader = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream($"monolith/{name}") ?? throw new UnreachableException(name));
        return reader.ReadToEnd();
    }

    // The office is five hours ahead, all year.
    static DateTimeOffset Zoned(DateTime local) => new(local, TimeSpan.FromHours(5));
}
