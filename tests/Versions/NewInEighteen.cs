using PgSplit.Control;
using PgSplit.Pg;
using PgSplit.Planning;
using PgSplit.Tests;
using PgSplit.Tests.Zoo;

namespace PgSplit.Versions;

/// <summary>What PostgreSQL 18 has brought: moved where both servers know it, refused with its name where the target does not.</summary>
[Trait("Category", "Long")]
public sealed class NewInEighteen
{
    const string Schema =
        """
        CREATE EXTENSION btree_gist;
        CREATE TABLE rooms (id int, during daterange, net int, gross int GENERATED ALWAYS AS (net * 2) VIRTUAL, CONSTRAINT rooms_key PRIMARY KEY (id, during WITHOUT OVERLAPS));
        CREATE TABLE bookings (
            id int CONSTRAINT has_id NOT NULL CONSTRAINT bookings_key PRIMARY KEY, room int, during daterange, note text CONSTRAINT has_note NOT NULL NO INHERIT,
            CONSTRAINT in_room FOREIGN KEY (room, PERIOD during) REFERENCES rooms (id, PERIOD during),
            CONSTRAINT only_wished CHECK (id > 0) NOT ENFORCED);
        CREATE TABLE wishes (id int PRIMARY KEY, booking int CONSTRAINT wished REFERENCES bookings NOT ENFORCED);
        INSERT INTO rooms (id, during, net) SELECT g, '[2026-01-01,2027-01-01)', g FROM generate_series(1, 50) g;
        INSERT INTO bookings SELECT g, g, '[2026-02-01,2026-03-01)', 'n' FROM generate_series(1, 50) g;
        INSERT INTO bookings VALUES (99, NULL, NULL, 'no room');
        INSERT INTO wishes VALUES (1, 7), (2, 4711);
        ALTER TABLE bookings ADD CONSTRAINT has_room NOT NULL room NOT VALID;
        CREATE TABLE all_columns (a int, b int GENERATED ALWAYS AS (a * 2) STORED, t text);
        ALTER TABLE all_columns REPLICA IDENTITY FULL;
        INSERT INTO all_columns (a, t) SELECT g, 't' FROM generate_series(1, 20) g;
        """;

    static readonly CancellationToken Ct = CancellationToken.None;

    static readonly string[] Tables = ["rooms", "bookings", "wishes", "all_columns"];

    [Fact]
    public async Task Its_schema_is_rebuilt_without_a_difference()
    {
        await using var zoo = await ZooPair.CreateAsync(await Clusters.OfAsync(18), await Clusters.OfAsync(18), Schema);
        await zoo.CreateAllAsync();
        (await zoo.DiffAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Its_tables_are_followed_there_and_back()
    {
        await using var world = await WorldAsync(18);
        await using var move = await world.InSyncAsync();
        await ChangeAsync(world.Pair.OnSourceAsync);
        (await move.VerifyAsync(Ct)).Differences.ShouldBe(0);
        await move.SwitchAsync(Side.Source, dryRun: false, 0, Ct);
        await ChangeAsync(world.Pair.OnTargetAsync);
        (await move.VerifyAsync(Ct)).Differences.ShouldBe(0);
        await move.SwitchAsync(Side.Target, dryRun: false, 0, Ct);

        const string All = "SELECT (SELECT string_agg(r::text, ' ' ORDER BY r) FROM rooms r) || (SELECT string_agg(b::text, ' ' ORDER BY b) FROM bookings b) || (SELECT string_agg(c::text, ' ' ORDER BY c) FROM all_columns c)";
        (await world.Pair.FromTargetAsync<string>(All)).ShouldBe(await world.Pair.FromSourceAsync<string>(All));
        (await world.Pair.FromTargetAsync<long>("SELECT count(*) FROM all_columns WHERE b = 2 * a AND t = 'uu'")).ShouldBe(20);
    }

    [Fact]
    public async Task An_older_target_is_refused_with_what_it_lacks()
    {
        await using var world = await WorldAsync(17);

        var blockers = (await Plan.RunAsync(Maps.Of(world.Pair, Tables), null, Ct)).Findings.Where(f => f.Severity == Severity.Blocker).ToList();

        blockers.ShouldAllBe(b => b.Code == "newer-feature" || b.Code.StartsWith("extension", StringComparison.Ordinal));
        string.Join('\n', blockers.Select(b => b.Object)).ShouldSatisfyAllConditions(
            o => o.ShouldContain("column public.rooms.gross"), o => o.ShouldContain("constraint rooms_key on public.rooms"), o => o.ShouldContain("constraint in_room"),
            o => o.ShouldContain("constraint only_wished"), o => o.ShouldContain("constraint wished"), o => o.ShouldContain("constraint has_room"));
        await using var move = await world.OpenAsync();
        (await Should.ThrowAsync<PgSplitException>(() => move.PrepareAsync(Ct))).ExitCode.ShouldBe(ExitCode.Refused);
    }

    [Fact]
    public async Task A_row_identity_with_a_virtual_column_is_refused_before_it_stops_the_application()
    {
        await using var world = await WorldAsync(18);
        await world.Pair.OnSourceAsync("ALTER TABLE all_columns ADD v int GENERATED ALWAYS AS (a + 1) VIRTUAL");

        (await Plan.RunAsync(Maps.Of(world.Pair, Tables), null, Ct)).Findings.ShouldContain(f => f.Code == "row-identity-generated");
        await using var move = await world.OpenAsync();
        (await Should.ThrowAsync<PgSplitException>(() => move.PrepareAsync(Ct))).Message.ShouldContain("the generated column v, which no stream carries");
        await world.Pair.OnSourceAsync("UPDATE all_columns SET t = 'still works'");
    }

    static async Task ChangeAsync(Func<string, Task> on) => await on(
        """
        UPDATE all_columns SET a = a + 100, t = CASE t WHEN 't' THEN 'u' ELSE 'uu' END;
        DELETE FROM all_columns WHERE a % 10 = 3; INSERT INTO all_columns (a, t) SELECT g, (SELECT max(t) FROM all_columns) FROM generate_series(1003, 1013, 10) g;
        UPDATE rooms SET net = net + 1; UPDATE bookings SET note = note || '!' WHERE id <> 99; DELETE FROM bookings WHERE id % 20 = 0;
        """);

    static async Task<MoveWorld> WorldAsync(int target)
    {
        var world = await MoveWorld.CreateAsync(await Clusters.OfAsync(18), await Clusters.OfAsync(target), Schema);
        world.Definition = world.Definition with { Tables = [.. Tables.Select(t => new QualifiedName("public", t))] };
        return world;
    }
}
