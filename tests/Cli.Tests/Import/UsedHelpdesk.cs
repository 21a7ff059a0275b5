using System.Text.Json;
using Dapper;
using Hdms.Cli.Cluster;
using Hdms.Cli.Import;
using Hdms.Cli.Monolith;
using Hdms.Contracts;
using Hdms.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Hdms.Cli.Tests.Import;

/// <summary>An old help desk that people use, beside an empty installation into which it is to be imported by the commands that people use.</summary>
internal sealed class UsedHelpdesk : IAsyncDisposable
{
    readonly TestDirectory _directory = TestDirectory.Create();
    readonly CancellationTokenSource _home = new();
    DatabaseServer _server = null!;
    Task<bool> _work = Task.FromResult(true);

    public string Data => Path.Combine(_directory.Path, "data");

    string Media => Path.Combine(_directory.Path, "media");

    string Ledger => Path.Combine(_directory.Path, "acknowledged.jsonl");

    public static async Task<UsedHelpdesk> OpenAsync()
    {
        var helpdesk = new UsedHelpdesk();
        // Its server runs for as long as this does, whatever commands come and are killed.
        helpdesk._server = await DatabaseServer.OpenAsync(Installation.At(helpdesk.Data), make: true, NullLogger.Instance, null, CancellationToken.None);
        await using (var admin = await DatabaseServer.OpenAsync(helpdesk._server.NeedAdminOf(Services.Users, "postgres"), CancellationToken.None))
            await admin.ExecuteAsync("CREATE DATABASE monolith");
        await using var old = await helpdesk.OldAsync();
        await new FillMonolith(OldDatabase.Plan, seed: 5, helpdesk.Media, new OldDatabase.Nobody()).RunAsync(old, CancellationToken.None);
        return helpdesk;
    }

    /// <summary>The old program writes until it is sent home or refused.</summary>
    public void Work() =>
        _work = Task.Run(() => new OldProgram(_server.NeedAdminOf(Services.Users, "monolith"), users: 1, Ledger).RunAsync(_home.Token));

    /// <returns>What the old database had acknowledged before it refused.</returns>
    public async Task<IReadOnlyList<(string Action, long Id)>> RefusedAsync()
    {
        (await _work.WaitAsync(TimeSpan.FromMinutes(1))).ShouldBeFalse("the old program was not refused");
        return [.. (await File.ReadAllLinesAsync(Ledger)).Select(l => JsonDocument.Parse(l).RootElement).Select(w => ($"{w.GetProperty("Action")}", w.GetProperty("Id").GetInt64())).Where(w => w.Item2 > 0)];
    }

    public Task<ToolResult> BeginAsync() => ImportAsync("--live", "--from", "database:monolith", "--files", Media, "--no-backup");

    public Task<ToolResult> ImportAsync(params string[] arguments) => RealProgram.RunAsync(["import", .. arguments, "--data", Data]);

    /// <summary>Kills the command once it has said something.</summary>
    public async Task KillAsync(string afterItSays, params string[] arguments)
    {
        await using var program = RealProgram.Begin(new Dictionary<string, string>(), 0, ["import", .. arguments, "--data", Data]);
        await program.SaysAsync(afterItSays);
        await program.SignalAsync("KILL");
        await program.ExitAsync();
    }

    public Task KillInFirstPassAsync(string afterItSays) => KillAsync(afterItSays, "--live", "--from", "database:monolith", "--files", Media, "--no-backup");

    public async Task OldAsync(string sql)
    {
        await using var old = await OldAsync();
        await old.ExecuteAsync(sql);
    }

    /// <summary>The first value, as text, of the old database or of the services'.</summary>
    public async Task<string> AskAsync(string sql, string database = "hdms_db")
    {
        await using var connection = await DatabaseServer.OpenAsync(_server.NeedAdminOf(Services.Users, database), CancellationToken.None);
        return $"{await connection.ExecuteScalarAsync(sql)}";
    }

    /// <summary>Each table with the number and the hash of its rows, and the streams of each log.</summary>
    public Task<string> RowsAsync() => RowsAsync(_server.NeedAdminOf(Services.Users, "hdms_db"));

    /// <summary>The same of an installation into which the old database, which stands still now, is imported at once.</summary>
    public async Task<string> RowsOfPlainImportAsync()
    {
        var data = Path.Combine(_directory.Path, "plain");
        var address = new NpgsqlConnectionStringBuilder(_server.NeedAdminOf(Services.Users, "monolith"));
        var from = $"postgres://{Uri.EscapeDataString(address.Username!)}:{Uri.EscapeDataString(address.Password ?? "")}@/monolith?host={Uri.EscapeDataString(address.Host!)}&port={address.Port}&sslmode=disable";
        await using var server = await DatabaseServer.OpenAsync(Installation.At(data), make: true, NullLogger.Instance, null, CancellationToken.None);
        var plain = await RealProgram.RunAsync("import", "--from", from, "--files", Media, "--no-backup", "--data", data);
        plain.ExitCode.ShouldBe(ExitCode.Done, plain.Output + plain.Error);
        return await RowsAsync(server.NeedAdminOf(Services.Users, "hdms_db"));
    }

    public async ValueTask DisposeAsync()
    {
        await _home.CancelAsync();
        await ((Task)_work).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _server.DisposeAsync();
        _home.Dispose();
        _directory.Dispose();
    }

    async Task<NpgsqlConnection> OldAsync() => await DatabaseServer.OpenAsync(_server.NeedAdminOf(Services.Users, "monolith"), CancellationToken.None);

    static async Task<string> RowsAsync(string admin)
    {
        await using var connection = await DatabaseServer.OpenAsync(admin, CancellationToken.None);
        var rows = new List<string>();
        // A category has come with the first ticket that had it, and stays though another one is the first now.
        foreach (var table in ImportPlace.Tables.Where(t => t.Name != "categories"))
            rows.Add($"{table.Name} {await connection.ExecuteScalarAsync<string>($"SELECT count(*) || ' ' || coalesce(md5(string_agg(t::text, E'\\n' ORDER BY t::text COLLATE \"C\")), '') FROM public.{table.Name} AS t")}");
        foreach (var service in ImportPlace.Owners)
            rows.Add($"{service.Name} {await connection.ExecuteScalarAsync<string>($"SELECT count(*) || ' events, ' || count(DISTINCT stream_id) FROM public.{service.Name}_events")}");
        return string.Join('\n', rows);
    }
}
