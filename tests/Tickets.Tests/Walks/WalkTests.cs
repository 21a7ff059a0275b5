using FsCheck;
using FsCheck.Fluent;
using Npgsql;

namespace Hdms.Tickets.Tests.Walks;

/// <summary>Many hands at random on one ticket: nobody does what was not offered, everything offered can be done, and nothing comes apart.</summary>
public sealed class WalkTests : IAsyncLifetime
{
    TicketsApi _api = null!;

    public async ValueTask InitializeAsync() => _api = await TicketsApi.StartAsync(("tickets_requesters_may_withdraw", "true"));

    [Fact]
    public void What_is_offered_can_be_done_and_nothing_else_and_a_ticket_agrees_with_its_log_at_every_step() => Walks(8, 40);

    [Fact]
    [Trait("Category", "Long")]
    public void Long_walks_of_many_tickets_hold_too() => Walks(60, 80);

    void Walks(int walks, int steps)
    {
        var (done, tried) = (0, 0);
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(walks),
            Prop.ForAll(Gen.ArrayOf(Steps(), steps).Select(s => new Way(s)).ToArbitrary(), way => Task.Run(async () =>
            {
                await using var database = new NpgsqlConnection(_api.Database.ConnectionString);
                await database.OpenAsync();
                var walk = new Walk(_api, database);
                await walk.GoAsync(way.Steps);
                (done, tried) = (done + walk.Sum.Done, tried + walk.Sum.Tried);
            })));

        // Walks that are refused everywhere show little.
        TestContext.Current.TestOutputHelper!.WriteLine($"{tried} steps, of which {done} were carried out");
        done.ShouldBeGreaterThan(tried / 4);
    }

    static Gen<Step> Steps() =>
        from who in Gen.Choose(0, 9999)
        from what in Gen.Choose(0, 9999)
        from seed in Gen.Choose(0, int.MaxValue)
        select new Step(who, what, seed);

    public ValueTask DisposeAsync() => _api.DisposeAsync();

    /// <summary>Told by its story, not by its numbers.</summary>
    sealed record Way(Step[] Steps)
    {
        public override string ToString() => $"{Steps.Length} steps";
    }
}
