using System.IO.Compression;
using PgSplit.Load;
using PgSplit.Tests.Zoo;

namespace PgSplit.Tests;

/// <summary>A dump of pg_dump becomes a source database.</summary>
public sealed class LoadDumpTests
{
    [Theory]
    [InlineData("plain")]
    [InlineData("custom")]
    [InlineData("tar", Traits = ["Category", "Long"])]
    [InlineData("directory", Traits = ["Category", "Long"])]
    [InlineData("gzip", Traits = ["Category", "Long"])]
    public async Task A_dump_of_any_form_is_loaded_whole(string form)
    {
        await using var world = await LoadWorld.WithTargetAsync();
        await world.Pair.OnTargetAsync(MoveWorld.Shop);
        var dump = await DumpAsync(world, form is "gzip" ? "plain" : form);
        if (form == "gzip")
        {
            await using (var zipped = new GZipStream(File.Create(dump + ".gz"), CompressionLevel.Fastest))
            await using (var plain = File.OpenRead(dump))
                await plain.CopyToAsync(zipped);
            dump += ".gz";
        }

        var report = await world.LoadAsync(dump);

        report.Format.ShouldBe(SourceFormat.Dump);
        report.Tables.Single(t => t.Table.Name == "orders").Rows.ShouldBe(3000);
        foreach (var table in MoveWorld.Tables)
            (await world.RowsAsync(table)).ShouldBe(await world.Pair.FromTargetAsync<string>($"SELECT string_agg(t::text, E'\\n' ORDER BY t::text COLLATE \"C\") FROM {table} t"), table);
    }

    [Fact]
    public async Task A_plain_dump_that_is_cut_loads_nothing_even_between_two_rows()
    {
        await using var world = await LoadWorld.WithTargetAsync();
        await world.Pair.OnTargetAsync(MoveWorld.Shop);
        var dump = await File.ReadAllTextAsync(await DumpAsync(world, "plain"), default);
        var rows = dump.IndexOf("customer 400", StringComparison.Ordinal);

        foreach (var at in new[] { dump.IndexOf('\n', rows) + 1, rows, dump.IndexOf("-- PostgreSQL database dump complete", StringComparison.Ordinal) })
        {
            var refusal = await world.RefusedAsync(world.Write("cut.sql", dump[..at]));
            refusal.ExitCode.ShouldBe(ExitCode.BadInput);
            refusal.Message.ShouldContain("it was cut off");
        }
    }

    [Fact]
    public async Task An_archive_that_is_cut_loads_nothing()
    {
        await using var world = await LoadWorld.WithTargetAsync();
        await world.Pair.OnTargetAsync(MoveWorld.Shop);
        var dump = await File.ReadAllBytesAsync(await DumpAsync(world, "custom"), default);
        await File.WriteAllBytesAsync(world.File("cut.dump"), dump[..(dump.Length * 2 / 3)]);

        (await world.RefusedAsync(world.File("cut.dump"))).ExitCode.ShouldBe(ExitCode.BadInput);
    }

    [Fact]
    public async Task A_statement_that_fails_is_told_with_its_line_and_nothing_stays()
    {
        await using var world = await LoadWorld.WithTargetAsync();
        await world.Pair.OnTargetAsync(MoveWorld.Shop);
        var lines = (await File.ReadAllLinesAsync(await DumpAsync(world, "plain"), default)).ToList();
        var at = lines.FindIndex(l => l.StartsWith("ALTER TABLE ONLY public.orders", StringComparison.Ordinal));
        lines.Insert(at, "SELECT nothing_of_this_name();");

        var refusal = await world.RefusedAsync(world.Write("bad.sql", string.Join('\n', lines) + "\n"));

        refusal.ExitCode.ShouldBe(ExitCode.BadInput);
        refusal.Message.ShouldContain($"bad.sql:{at + 1}: ERROR:  function nothing_of_this_name() does not exist");
    }

    [Fact]
    public async Task A_dump_can_run_no_program_here()
    {
        await using var world = await LoadWorld.WithTargetAsync();
        await world.Pair.OnTargetAsync("CREATE TABLE t (id int PRIMARY KEY)");
        var dump = await File.ReadAllTextAsync(await DumpAsync(world, "plain"), default);
        var trace = world.File("trace");

        foreach (var command in new[] { $@"\! touch {trace}", $@"SELECT 1 \g | touch {trace}", $@"\o | touch {trace}" })
            (await world.RefusedAsync(world.Write("evil.sql", dump.Replace("CREATE TABLE", command + "\nCREATE TABLE", StringComparison.Ordinal)))).ExitCode.ShouldBe(ExitCode.BadInput);
        File.Exists(trace).ShouldBeFalse();
    }

    [Fact]
    public async Task A_role_that_is_missing_is_told_with_what_to_do()
    {
        await using var world = await LoadWorld.WithTargetAsync();
        await world.Pair.OnTargetAsync("CREATE TABLE t (id int PRIMARY KEY)");
        var dump = await File.ReadAllTextAsync(await DumpAsync(world, "plain"), default);

        var refusal = await world.RefusedAsync(world.Write("owned.sql", dump.Replace("-- PostgreSQL database dump complete", "ALTER TABLE public.t OWNER TO somebody_gone;\n-- PostgreSQL database dump complete", StringComparison.Ordinal)));

        refusal.Message.ShouldContain("role \"somebody_gone\" does not exist");
        refusal.Remedy!.ShouldContain("--no-owner");
    }

    [Fact]
    public async Task A_database_with_tables_is_left_alone()
    {
        await using var world = await LoadWorld.WithTargetAsync();
        await world.Pair.OnTargetAsync("CREATE TABLE t (id int PRIMARY KEY)");
        await world.Pair.OnSourceAsync("CREATE TABLE mine (id int)");

        (await world.RefusedAsync(await DumpAsync(world, "custom"))).Message.ShouldContain("has tables already (mine)");
    }

    [Fact]
    public async Task What_is_no_dump_is_told()
    {
        await using var world = await LoadWorld.CreateAsync();
        (await world.RefusedAsync(world.Write("notes.txt", "hello"))).Message.ShouldContain("is no dump of pg_dump, no JSON of dumpdata and no CSV");
        (await world.RefusedAsync(world.File("nothing"))).Message.ShouldContain("can't be read");
        (await world.RefusedAsync(world.Write("script.sql", "-- mine\nCREATE TABLE t (id int);\n"))).Message.ShouldContain("ends without pg_dump's last line");
    }

    // Of the target, whose tables the test has made.
    static async Task<string> DumpAsync(LoadWorld world, string form)
    {
        await ClientProgram.RunAsync("pg_dump", world.Pair.Target, ["--no-owner", $"--format={form}", $"--file={world.File("dump")}"]);
        return world.File("dump");
    }
}
