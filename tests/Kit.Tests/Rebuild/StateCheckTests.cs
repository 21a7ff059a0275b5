using Hdms.Kit.Events;
using Hdms.Kit.Http;
using Hdms.Kit.Rebuild;
using Hdms.Kit.Tests.Things;
using Hdms.Testing;

namespace Hdms.Kit.Tests.Rebuild;

/// <summary>How a declaration makes rows of events, and what happens when it does not fit the log.</summary>
public sealed class StateCheckTests : IAsyncLifetime
{
    TestDatabase _data = null!;
    ThingsService _things = null!;

    static StateTable Table => new("things", (_, _) => throw new NotSupportedException());

    public async ValueTask InitializeAsync()
    {
        _data = await ThingsService.NewDatabaseAsync();
        _things = await ThingsService.StartAsync(_data);
    }

    public async ValueTask DisposeAsync()
    {
        await _things.DisposeAsync();
        await _data.DisposeAsync();
    }

    [Fact]
    public async Task A_log_of_many_pages_and_streams_is_compared_to_its_end()
    {
        await MakeAsync(1234, renamed: true);
        await _data.ExecuteAsync("UPDATE things SET name = 'by hand' WHERE id IN (SELECT id FROM things ORDER BY id DESC LIMIT 25)");

        var found = (await CheckAsync(Table.Whole<ThingMade>().Changes<ThingRenamed>())).Single();

        (found.Compared, found.Different, found.First.Count, found.WithoutEvents).ShouldBe((1234, 25, StateCheck.Shown, 0));
        found.First.ShouldAllBe(d => d.Kind == Difference.Changed && d.Columns.Single() == "name");
    }

    [Fact]
    public async Task A_row_that_an_event_takes_away_should_not_be_there()
    {
        await MakeAsync(2, renamed: true);

        var found = (await CheckAsync(Table.Whole<ThingMade>().On<ThingRenamed>((thing, _) => thing.Delete()))).Single();

        found.First.Select(d => d.Kind).ShouldBe([Difference.Extra, Difference.Extra]);
    }

    [Fact]
    public async Task Columns_that_no_event_tells_of_are_not_compared()
    {
        await MakeAsync(1);
        await _data.ExecuteAsync("ALTER TABLE things ADD COLUMN shown integer DEFAULT 7");

        (await CheckAsync(Table.Whole<ThingMade>())).Single().First.Single().Columns.ShouldBe(["shown"]);
        (await CheckAsync(new StateTable("things", (_, _) => throw new NotSupportedException()) { NotInEvents = ["shown"] }.Whole<ThingMade>())).Single().Different.ShouldBe(0);
    }

    [Fact]
    public async Task A_declaration_that_lacks_an_event_is_an_error_and_no_difference()
    {
        await MakeAsync(1, renamed: true);

        (await Should.ThrowAsync<RebuildException>(CheckAsync(Table.Whole<ThingMade>()))).Message.ShouldContain("is a thing.renamed.v1 of things");
        (await Should.ThrowAsync<RebuildException>(CheckAsync(Table.Whole<ThingRenamed>()))).Message.ShouldContain("begins with events that no table's declaration knows");
        (await Should.ThrowAsync<RebuildException>(CheckAsync(Table.Whole<ThingImported>()))).Message.ShouldContain("1 rows of things have events, but none of the types");
    }

    Task MakeAsync(int count, bool renamed = false) => _things.Database.WriteAsync(Caller.System(), async work =>
    {
        for (var n = 0; n < count; n++)
        {
            var id = Guid.CreateVersion7();
            await ThingsService.MakeAsync(work, id, $"thing {n}");
            if (renamed)
            {
                await work.AppendAsync(new EventStream(id, 1), new ThingRenamed($"renamed {n}"));
                await work.ExecuteAsync("UPDATE things SET name = @name, version = 2 WHERE id = @id", new { id, name = $"renamed {n}" });
            }
        }
    }, CancellationToken.None);

    Task<IReadOnlyList<TableCheck>> CheckAsync(StateTable table) =>
        new StateCheck("things", [table], _things.Events).RunAsync(_things.Database, values: false, CancellationToken.None);
}
