using System.Security.Cryptography;
using Dapper;
using Hdms.Cli.Monolith;
using Hdms.Cli.Tests.Import;
using Hdms.Testing;

namespace Hdms.Cli.Tests.Monolith;

/// <summary>The old help desk that is made up: the same for everybody who says the same seed.</summary>
public sealed class FillMonolithTests : IDisposable
{
    readonly TestDirectory _directory = TestDirectory.Create();

    [Fact]
    public async Task The_same_seed_makes_the_same_rows_and_files_and_another_one_others()
    {
        var first = await MadeAsync(seed: 7, "first");

        (await MadeAsync(seed: 7, "second")).ShouldBe(first);
        (await MadeAsync(seed: 8, "third")).ShouldNotBe(first);
    }

    public void Dispose() => _directory.Dispose();

    /// <summary>Each table with the hash of its rows, and the hash of the files.</summary>
    async Task<string> MadeAsync(ulong seed, string name)
    {
        var media = Path.Combine(_directory.Path, name);
        await using var database = await TestDatabase.CreateEmptyAsync();
        await using var connection = await OldDatabase.OpenAsync(database.ConnectionString);
        await new FillMonolith(new MonolithPlan(0.001), seed, media, new OldDatabase.Nobody()).RunAsync(connection, TestContext.Current.CancellationToken);
        var made = new List<string>();
        foreach (var table in await connection.QueryAsync<string>("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"))
            made.Add($"{table} {await connection.ExecuteScalarAsync<string>($"SELECT count(*) || ' ' || coalesce(md5(string_agg(t::text, E'\\n' ORDER BY t::text COLLATE \"C\")), '') FROM \"{table}\" AS t")}");
        foreach (var file in Directory.EnumerateFiles(media, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
            made.Add($"{Path.GetRelativePath(media, file)} {Convert.ToHexString(SHA256.HashData(await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken)))}");
        return string.Join('\n', made);
    }
}
