using System.Text;
using Dapper;
using Hdms.Cli.Cluster;
using Hdms.Testing;
using Npgsql;
using PgSplit.Load;

namespace Hdms.Cli.Tests.Import;

/// <summary>The same old system as a database, a dump, dumpdata and CSV.</summary>
public sealed class SourceKindTests(OldDatabase old) : IClassFixture<OldDatabase>, IDisposable
{
    static readonly string[] Compared =
        ["departments", "users", "user_credentials", "team_members", "sla_templates", "tickets", "sub_tickets", "approvals", "chat_rooms", "chat_messages", "ticket_participants", "notifications", "attachments", "rejected", "merged", "changed"];

    readonly TestDirectory _directory = TestDirectory.Create();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(SourceFormat.Dump)]
    [InlineData(SourceFormat.Dumpdata)]
    [InlineData(SourceFormat.Csv)]
    public async Task A_file_gives_the_same_rows_as_the_database_that_it_is_of(SourceFormat format)
    {
        var file = format switch
        {
            SourceFormat.Dump => await DumpAsync(),
            SourceFormat.Dumpdata => await DumpdataAsync(),
            _ => await CsvAsync(),
        };

        var ofDatabase = await old.TransformedAsync(HashesAsync);
        var ofFile = await old.TransformedAsync(file, null, HashesAsync);

        ofFile.ShouldBe(ofDatabase);
    }

    [Fact]
    public async Task A_table_that_nobody_has_said_anything_of_stops_the_import_before_it_begins()
    {
        await using var connection = await OldDatabase.OpenAsync(old.Old);
        await connection.ExecuteAsync("CREATE TABLE assets_laptop (id int)");
        try
        {
            var refused = await Should.ThrowAsync<OneLineError>(() => old.TransformedAsync(HashesAsync));
            refused.Message.ShouldContain("table assets_laptop is neither read nor ignored");
        }
        finally
        {
            await connection.ExecuteAsync("DROP TABLE assets_laptop");
        }
    }

    static async Task<string> HashesAsync(NpgsqlConnection connection)
    {
        var hashes = new StringBuilder();
        foreach (var table in Compared)
            hashes.AppendLine($"{table} {await connection.ExecuteScalarAsync<string>($"SELECT count(*) || ' ' || coalesce(md5(string_agg(t::text, E'\\n' ORDER BY t::text COLLATE \"C\")), '') FROM hdms_import.{table} AS t")}");
        return hashes.ToString();
    }

    async Task<string> DumpAsync()
    {
        var programs = await ClientPrograms.FindAsync(null, 15, CancellationToken.None);
        var file = Path.Combine(_directory.Path, "old.dump");
        var start = Tool.StartInfo([programs["pg_dump"], "--format=custom", "--file", file]);
        foreach (var (name, value) in PgEnvironment.Of(new NpgsqlConnectionStringBuilder(old.Old)))
            start.Environment[name] = value;
        var dumped = await Tool.RunAsync(start, CancellationToken.None);
        dumped.ExitCode.ShouldBe(0, dumped.Error);
        return file;
    }

    // As manage.py dumpdata writes it: references by the name of their field, Django's own models among the others.
    async Task<string> DumpdataAsync()
    {
        await using var connection = await OldDatabase.OpenAsync(old.Old);
        var file = Path.Combine(_directory.Path, "old.json");
        await using var to = new StreamWriter(file);
        var first = true;
        foreach (var table in await TablesAsync(connection))
        {
            var model = $"{table.Split('_')[0]}.{string.Join('_', table.Split('_')[1..])}";
            await foreach (var row in connection.QueryUnbufferedAsync<string>(
                $$"""
                SELECT jsonb_build_object('model', '{{model}}', 'pk', r.id, 'fields', (to_jsonb(r) - 'id' - 'requestor_id' - 'sender_id') || CASE WHEN to_jsonb(r) ? 'requestor_id' THEN jsonb_build_object('requestor', to_jsonb(r) -> 'requestor_id') ELSE '{}' END
                  || CASE WHEN to_jsonb(r) ? 'sender_id' THEN jsonb_build_object('sender', to_jsonb(r) -> 'sender_id') ELSE '{}' END)::text FROM {{table}} AS r ORDER BY id
                """))
            {
                await to.WriteLineAsync((first ? "[" : ",") + row);
                first = false;
            }
        }

        await to.WriteLineAsync("]");
        return file;
    }

    async Task<string> CsvAsync()
    {
        await using var connection = await OldDatabase.OpenAsync(old.Old);
        var folder = Directory.CreateDirectory(Path.Combine(_directory.Path, "csv")).FullName;
        foreach (var table in await TablesAsync(connection))
        {
            using var from = await connection.BeginTextExportAsync($"COPY {table} TO STDOUT (FORMAT csv, HEADER)");
            await File.WriteAllTextAsync(Path.Combine(folder, $"{table}.csv"), await from.ReadToEndAsync());
        }

        return folder;
    }

    static async Task<IReadOnlyList<string>> TablesAsync(NpgsqlConnection connection) => (await connection.QueryAsync<string>(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname NOT LIKE 'django%' AND relname NOT LIKE 'auth%' AND relname <> 'users_user_groups' ORDER BY 1")).AsList();
}
