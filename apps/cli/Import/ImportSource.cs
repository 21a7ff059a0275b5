using System.Text.Json;
using Hdms.Cli.Provisioning;
using Npgsql;
using PgSplit;
using PgSplit.Load;
using PgSplit.Pg;

namespace Hdms.Cli.Import;

/// <summary>A row that the file had and that no table could take.</summary>
internal sealed record UnreadableRow(string Table, string Reason, string Row);

/// <summary>
/// The old system, as a database to read: its own, or one that is made of its file for that time, beside the services'.
/// </summary>
/// <param name="from">As given; a password may be in it.</param>
internal sealed class ImportSource(string from, SourceFormat? format, long acceptRejects, string admin)
{
    /// <summary>The database that a file is loaded into; gone when its rows are in.</summary>
    const string Loaded = "hdms_import_source";

    /// <summary>Begins the name of a database of the services' own server.</summary>
    const string Here = "database:";

    readonly bool _isDatabase = new[] { "postgres://", "postgresql://", "service=", "env:", Here }.Any(b => from.StartsWith(b, StringComparison.Ordinal));

    /// <summary>Without a password.</summary>
    public string Name => !_isDatabase ? Path.GetFullPath(from) : from.StartsWith(Here, StringComparison.Ordinal) ? from : PgAddress.Parse(from).Stored;

    /// <summary>Where the old system's own database is, by the name under which services know the server where it is theirs.</summary>
    /// <exception cref="OneLineError">It is a file.</exception>
    public PgAddress AddressIn(NpgsqlConnectionStringBuilder here) => !_isDatabase
        ? throw new OneLineError($"{from} is no database: a file does not change, so import it without --live.", ExitCode.WrongUsage)
        : from.StartsWith(Here, StringComparison.Ordinal) ? PgAddress.Of(new NpgsqlConnectionStringBuilder(here.ConnectionString) { Database = from[Here.Length..] }) : PgAddress.Parse(from);

    public async Task<(NpgsqlConnection Connection, IReadOnlyList<UnreadableRow> Unreadable)> OpenAsync(ImportPolicies policies, IProgress<string> progress, CancellationToken ct)
    {
        if (_isDatabase)
            return (await DatabaseServer.OpenAsync(from.StartsWith(Here, StringComparison.Ordinal) ? To(from[Here.Length..]) : SourceFile.ConnectionString(PgAddress.Parse(from), "import"), ct), []);
        if (!Path.Exists(from))
            throw new OneLineError($"There is no {from}.", ExitCode.WrongUsage);
        var unreadable = await LoadAsync(policies, progress, ct);
        return (await DatabaseServer.OpenAsync(To(Loaded), ct), unreadable);
    }

    /// <summary>Takes down what was made of a file.</summary>
    public async Task CloseAsync(CancellationToken ct)
    {
        if (_isDatabase)
            return;
        await using var server = await DatabaseServer.OpenAsync(admin, ct);
        await AdminSql.RunAsync(server, $"DROP DATABASE IF EXISTS {Loaded} WITH (FORCE)", ct);
    }

    async Task<IReadOnlyList<UnreadableRow>> LoadAsync(ImportPolicies policies, IProgress<string> progress, CancellationToken ct)
    {
        await CloseAsync(ct);
        await using (var server = await DatabaseServer.OpenAsync(admin, ct))
            await AdminSql.RunAsync(server, $"CREATE DATABASE {Loaded} TEMPLATE template0 ENCODING 'UTF8'", ct);
        var kind = format ?? SourceFile.FormatOf(from);
        var folder = Directory.CreateTempSubdirectory("hdms-import-");
        try
        {
            var schema = Path.Combine(folder.FullName, "schema.sql");
            await File.WriteAllTextAsync(schema, ImportPolicies.Resource("schema.sql"), ct);
            var rejects = Path.Combine(folder.FullName, "rejects.jsonl");
            progress.Report($"Reading {from}");
            await SourceFile.LoadAsync(from, To(Loaded), kind == SourceFormat.Dump ? null : schema, kind, [.. policies.Ignore, "auth.*", "sessions.*", "admin.*", "contenttypes.*"], rejects, acceptRejects, progress, ct);
            return File.Exists(rejects) ? [.. File.ReadLines(rejects).Select(Unreadable)] : [];
        }
        catch (PgSplitException e) when (Path.Combine(folder.FullName, "rejects.jsonl") is var rejects && File.Exists(rejects))
        {
            var kept = Path.GetFullPath("hdms-import-rejects.jsonl");
            File.Copy(rejects, kept, overwrite: true);
            throw new OneLineError($"{e.Message.Replace(rejects, kept, StringComparison.Ordinal)}; the rows are in {kept}. Mend them, or leave them out: --accept-rejects N", ExitCode.Failed, e);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    static UnreadableRow Unreadable(string line)
    {
        var json = JsonDocument.Parse(line).RootElement;
        return new UnreadableRow($"{json.GetProperty("table")}".Replace("public.", "", StringComparison.Ordinal), $"{json.GetProperty("reason")}", $"{json.GetProperty("row")}");
    }

    string To(string database) => new NpgsqlConnectionStringBuilder(admin) { Database = database }.ConnectionString;
}
