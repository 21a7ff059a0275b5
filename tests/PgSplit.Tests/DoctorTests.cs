using System.Text.RegularExpressions;
using PgSplit.Diagnosis;
using PgSplit.Fencing;
using PgSplit.Mapping;
using PgSplit.Pg;
using PgSplit.Planning;

namespace PgSplit.Tests;

/// <summary>What doctor finds, and that it finds nothing where nothing is wrong.</summary>
public sealed class DoctorTests
{
    static readonly CancellationToken Ct = CancellationToken.None;

    [Fact]
    public async Task A_move_that_goes_well_needs_nobody_and_one_that_was_left_does()
    {
        await using var world = await MoveWorld.CreateAsync();
        await using (await world.InSyncAsync())
            (await WarningsAsync(world)).ShouldBeEmpty();

        var left = (await WarningsAsync(world)).ShouldAllBeOf("move-forgotten");

        left.Count.ShouldBe(2);
        (await Doctor.OfDatabaseAsync(world.Pair.Target.Address, Ct)).ShouldContain(f => f.Code == "move-forgotten");
    }

    [Fact]
    public async Task Fences_that_do_not_stand_and_writes_that_got_past_are_found()
    {
        await using var world = await MoveWorld.CreateAsync();
        await using var move = await world.InSyncAsync();
        var id = world.Definition.Id;
        await world.Pair.OnTargetAsync($"ALTER TABLE counters DISABLE TRIGGER pgsplit_fence_{id}; INSERT INTO counters VALUES (77, 1)");

        await Hdms.Testing.Eventually.ShouldAsync(async () => (await world.StatusAsync()).Breaches == 1);
        var found = await WarningsAsync(world);

        found.Select(f => f.Code).ShouldBe(["breach", "fence-gap"], ignoreOrder: true);
        found.Single(f => f.Code == "breach").ShouldSatisfyAllConditions(f => f.Object.ShouldContain("public.counters"), f => f.Why.ShouldContain("insert 77", Case.Insensitive));
        found.Single(f => f.Code == "fence-gap").Object.ShouldContain("counters at ");
        await world.Pair.OnTargetAsync($"CREATE OR REPLACE FUNCTION pgsplit.fence_{id}() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'");
        (await WarningsAsync(world)).ShouldContain(f => f.Code == "fence-replaced");
    }

    [Fact]
    public async Task Sides_routes_and_schemas_that_contradict_each_other_are_found()
    {
        await using var world = await MoveWorld.CreateAsync();
        await using var move = await world.InSyncAsync();
        await using (var target = await world.Pair.Target.OpenAsync("test", Ct))
            await Guard.AllowAsync(target, world.Definition.Id, TimeSpan.FromMinutes(1), Ct);
        await world.Pair.OnTargetAsync("DROP INDEX orders_customer_id_idx; UPDATE pgsplit.route SET epoch = 9");
        (await WarningsAsync(world)).Select(f => f.Code).ShouldBe(["route-journal", "schema-drift"], ignoreOrder: true);

        await world.Pair.OnTargetAsync("UPDATE pgsplit.move SET open = true");
        (await WarningsAsync(world)).ShouldContain(f => f.Code == "both-open");
        await world.Pair.OnTargetAsync("UPDATE pgsplit.move SET open = false, state = 'Broken', reason = 'slot lost'");
        await world.Pair.OnSourceAsync("UPDATE pgsplit.move SET open = false, epoch = epoch + 1, owner = 'T'");
        var found = await WarningsAsync(world);

        found.Single(f => f.Code == "both-closed").Remedy!.ShouldContain("pgsplit resume");
        found.Single(f => f.Code == "move-broken").Why.ShouldBe("slot lost");
    }

    [Fact]
    public async Task What_moves_have_left_that_nobody_knows_is_found_without_a_map()
    {
        await using var pair = await DatabasePair.CreateAsync();
        (await Doctor.OfDatabaseAsync(pair.Source.Address, Ct)).Where(f => f.Severity != Severity.Note).ShouldBeEmpty();
        var name = $"pgsplit_{pair.Source.Address.Database}";
        await pair.OnSourceAsync($"CREATE PUBLICATION {name}");
        await pair.OnSourceAsync($"SELECT pg_create_logical_replication_slot('{name}_f', 'pgoutput')");

        var found = await Doctor.OfDatabaseAsync(pair.Source.Address, Ct);

        found.Where(f => f.Severity != Severity.Note).Select(f => f.Code).ShouldBe(["slot-without-move", "publication-without-move"], ignoreOrder: true);
        await pair.OnSourceAsync(found.Single(f => f.Code == "slot-without-move").Remedy!);
        await pair.OnSourceAsync(found.Single(f => f.Code == "publication-without-move").Remedy!);
        (await Doctor.OfDatabaseAsync(pair.Source.Address, Ct)).Where(f => f.Severity != Severity.Note).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_server_that_is_down_is_told_once_and_hides_nothing_of_the_other()
    {
        await using var world = await MoveWorld.CreateAsync();
        await using (await world.InSyncAsync())
        {
        }

        var map = MapOf(world, PgAddress.Parse("postgres://me@127.0.0.1:1/gone"));

        (await Doctor.OfMapAsync(map, null, Ct)).Where(f => f.Severity != Severity.Note).Select(f => f.Code).ShouldBe(["move-forgotten", "unreachable"], ignoreOrder: true);
    }

    [Fact]
    public void Every_kind_of_finding_that_the_code_knows_is_in_the_documentation()
    {
        var doc = File.ReadAllText(Path.Combine(CliWorld.Root, "docs", "pgsplit.md"));
        var codes = Directory.EnumerateFiles(Path.Combine(CliWorld.Root, "engine", "PgSplit", "Diagnosis"), "*.cs")
            .SelectMany(f => Regex.Matches(File.ReadAllText(f), "\"([a-z]+(?:-[a-z]+)+)\"|, \"(unreachable)\"|\"(breach)\"", RegexOptions.None, TimeSpan.FromSeconds(5)))
            .Select(m => m.Groups[1].Value + m.Groups[2].Value + m.Groups[3].Value).Distinct().ToList();

        codes.Count.ShouldBeGreaterThan(15);
        codes.Where(c => !doc.Contains($"| `{c}` |", StringComparison.Ordinal)).ShouldBeEmpty();
    }

    static async Task<IReadOnlyList<Finding>> WarningsAsync(MoveWorld world) =>
        [.. (await Doctor.OfMapAsync(MapOf(world, world.Definition.Target), null, Ct)).Where(f => f.Severity != Severity.Note)];

    static Map MapOf(MoveWorld world, PgAddress target)
    {
        var move = world.Definition with { Target = target };
        return Maps.Of(move.Source, target, ["*"], [.. MoveWorld.Tables]) with { Services = [new MapService(move.Id, 3, move, new Dictionary<QualifiedName, int>())] };
    }
}

static class FindingAssertions
{
    public static IReadOnlyList<Finding> ShouldAllBeOf(this IReadOnlyList<Finding> findings, string code)
    {
        findings.ShouldAllBe(f => f.Code == code);
        return findings;
    }
}
