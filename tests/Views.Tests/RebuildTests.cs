using Hdms.Contracts;
using Hdms.Kit.Feeds;
using Hdms.Kit.Rebuild;
using Microsoft.Extensions.DependencyInjection;

namespace Hdms.Views.Tests;

public sealed class RebuildTests(ViewsApi api) : IClassFixture<ViewsApi>
{
    World World => api.World;

    [Fact]
    public async Task Made_anew_from_the_feeds_the_tables_are_what_they_were_and_go_on_from_there()
    {
        await api.BusyDayAsync();
        await TalkAsync();
        var before = await ContentAsync("public");
        var indexes = await IndexesAsync();
        var copy = new NextCopy(ViewsService.Definition);
        await using var owner = await api.OpenAsOwnerAsync();

        await copy.BeginAsync(owner, CancellationToken.None);
        await using (var filling = api.BuildAnother((NextCopy.Setting, copy.SearchPath)))
        {
            await filling.StartAsync();
            var readers = filling.Services.GetServices<FeedReader>().Count();
            await Eventually.ShouldAsync(async () => (await copy.LookAsync(owner, CancellationToken.None)).CaughtUp == readers);
            (await ContentAsync("views_next")).ShouldBe(before);

            // The old tables are read and kept up meanwhile.
            var meanwhile = await api.OpenAsync("Meanwhile");
            await api.HeardAsync();
            (await api.RowAsync(World.Moderator, meanwhile.Id)).ShouldNotBeNull();
            await filling.StopAsync();
        }

        await copy.SwapAsync(owner, CancellationToken.None);

        await api.HeardAsync();
        (await IndexesAsync()).ShouldBe(indexes);
        var after = await api.OpenAsync("Afterwards");
        await api.HeardAsync();
        (await api.RowAsync(World.Moderator, after.Id)).ShouldNotBeNull();
        (await api.BoardAsync(World.Moderator, "q=meanwhile")).Data.Count.ShouldBe(1);
        (await api.Database.ScalarAsync<long>("SELECT count(*) FROM pg_class WHERE relnamespace = 'views_next'::regnamespace")).ShouldBe(0);
    }

    /// <summary>Heard of one by one while it happens, and all at once when the tables are made anew.</summary>
    async Task TalkAsync()
    {
        var ticket = await api.AssignedAsync("Something to talk about");
        await api.HeardAsync();
        var edited = await api.SayAsync(World.Requester, ticket.Id, "The somke is blue");
        var gone = await api.SayAsync(World.Requester, ticket.Id, "Never mind");
        await api.SayAsync(World.ItHead, ticket.Id, "I am coming");
        await api.HeardAsync();
        await api.Chat(World.Requester).DoAsync<MessageView>(HttpMethod.Patch, $"{Acts.Tickets}/{ticket.Id}/messages/{edited.Id}", new EditMessageRequest("The smoke is blue"));
        await api.HeardAsync();
        (await api.Chat(World.Moderator).DeleteAsync($"{Acts.Tickets}/{ticket.Id}/messages/{gone.Id}")).EnsureSuccessStatusCode();
        await api.HeardAsync();
        (await api.RowAsync(World.Moderator, ticket.Id))!.Messages.ShouldBe(2);
    }

    async Task<IReadOnlyDictionary<string, string>> ContentAsync(string schema)
    {
        var content = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var table in ViewsService.Definition.FromFeeds)
        {
            content[table] = await api.Database.ScalarAsync<string>($"SELECT coalesce(string_agg(t::text, E'\\n' ORDER BY t::text), '') FROM {schema}.{table} AS t") ?? "";
        }

        content["view_tickets"].ShouldNotBeEmpty();
        return content;
    }

    Task<IReadOnlyList<string>> IndexesAsync() => api.Database.QueryAsync<string>(
        "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename LIKE 'view\\_%' ORDER BY indexname");
}
