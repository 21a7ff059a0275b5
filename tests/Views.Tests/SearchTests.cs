using Hdms.Kit.Problems;

namespace Hdms.Views.Tests;

[Collection(nameof(SharedViews))]
public sealed class SearchTests(ViewsApi api)
{
    World World => api.World;

    [Fact]
    public async Task Words_are_found_in_title_and_description_and_marked()
    {
        var ticket = await api.OpenAsync("The Gramophone is out of tune", description: "It played well until the needle was replaced by a nail.");
        await api.HeardAsync();

        var byTitle = (await api.SearchAsync(World.Requester, "gramophone tun")).Data.Single();
        (byTitle.Id, byTitle.Title, byTitle.Snippet, byTitle.MessageId).ShouldBe((ticket.Id, "The ⟦Gramophone⟧ is out of ⟦tune⟧", null, null));
        var byText = (await api.SearchAsync(World.Moderator, "NEEDLE")).Data.Single();
        byText.Snippet!.ShouldContain("the ⟦needle⟧ was replaced");
        byText.Title.ShouldBe("The Gramophone is out of tune");
        (await api.SearchAsync(World.Stranger, "gramophone")).ShouldSatisfyAllConditions(a => a.Data.ShouldBeEmpty(), a => a.Total.ShouldBe(0));
        (await api.SearchAsync(World.Moderator, "gramophone trombone")).Data.ShouldBeEmpty();
        (await api.SearchAsync(World.Moderator, "'):*|&! \\")).Data.ShouldBeEmpty();
        (await api.SearchAsync(World.Moderator, "---")).Data.ShouldBeEmpty();
        await api.Views(World.Moderator).GetAsync("/api/v1/search").ShouldBeAsync(Codes.ValidationFailed);
    }

    [Fact]
    public async Task A_number_or_its_beginning_or_its_end_finds_the_ticket_first()
    {
        var ticket = await api.OpenAsync("A numbered one");
        await api.HeardAsync();

        foreach (var text in new[] { ticket.Number!, ticket.Number!.ToUpperInvariant(), ticket.Number![^4..].TrimStart('0') })
        {
            (await api.SearchAsync(World.Requester, text)).Data[0].Id.ShouldBe(ticket.Id, text);
        }

        (await api.SearchAsync(World.Moderator, ticket.Number![..^1])).Data.ShouldContain(h => h.Id == ticket.Id);
        (await api.SearchAsync(World.Stranger, ticket.Number!)).Data.ShouldBeEmpty();
    }

    [Fact]
    public async Task Messages_are_found_by_those_who_may_read_them_alone()
    {
        var ticket = await api.AssignedAsync("Hush");
        await api.HeardAsync();
        var said = await api.SayAsync(World.Requester, ticket.Id, "The password of the xylophone is secret");
        await api.HeardAsync();
        await api.AddAsync(ticket.Id, World.Guest);
        await api.HeardAsync();

        var hit = (await api.SearchAsync(World.ItHead, "xylophone")).Data.Single();
        (hit.Id, hit.MessageId, hit.Snippet).ShouldBe((ticket.Id, said.Id, "The password of the ⟦xylophone⟧ is secret"));
        (await api.SearchAsync(World.Moderator, "xylophone")).Data.Count.ShouldBe(1);
        (await api.RowAsync(World.Guest, ticket.Id)).ShouldNotBeNull();
        foreach (var other in new[] { World.Guest, World.Stranger, World.FinanceHead, World.Teammate, World.Admin })
        {
            (await api.SearchAsync(other, "xylophone")).ShouldSatisfyAllConditions(a => a.Data.ShouldBeEmpty(other.Code), a => a.Total.ShouldBe(0));
        }

        await api.SayAsync(World.Requester, ticket.Id, "And this is for the vibraphone");
        await api.HeardAsync();
        (await api.SearchAsync(World.Guest, "vibraphone")).Data.Count.ShouldBe(1);

        await api.RemoveAsync(ticket.Id, World.Guest);
        await api.HeardAsync();
        (await api.SearchAsync(World.Guest, "vibraphone")).Data.ShouldBeEmpty();
        (await api.SearchAsync(World.Guest, "hush")).Data.ShouldBeEmpty();
        (await api.RowAsync(World.Guest, ticket.Id)).ShouldBeNull();

        (await api.Chat(World.Moderator).DeleteAsync($"{Acts.Tickets}/{ticket.Id}/messages/{said.Id}")).EnsureSuccessStatusCode();
        await api.HeardAsync();
        (await api.SearchAsync(World.ItHead, "xylophone")).Data.ShouldBeEmpty();
    }

    [Fact]
    public async Task Of_a_title_that_a_team_sees_nothing_else_is_searched()
    {
        await api.AssignedAsync("The zither is broken");
        await api.HeardAsync();

        var hit = (await api.SearchAsync(World.Teammate, "zither")).Data.Single();
        (hit.Title, hit.Snippet).ShouldBe(("The ⟦zither⟧ is broken", null));
        (await api.SearchAsync(World.Teammate, "since morning")).Data.ShouldBeEmpty();
        (await api.BoardAsync(World.Teammate, "q=morning")).Data.ShouldBeEmpty();
    }

    [Fact]
    public async Task Of_words_that_very_many_have_the_newest_are_shown_and_that_there_are_more()
    {
        var ticket = await api.OpenAsync("Ubiquitous and singular");
        await api.HeardAsync();
        await AsOldAsync(ticket.Id, "2019-01-01", 22_000, "Ubiquitous matter");
        try
        {
            await api.Database.ExecuteAsync("ANALYZE view_tickets");
            var common = await api.SearchAsync(World.Moderator, "ubiquitous");
            (common.Total, common.TotalIsCapped).ShouldBe((200, true));
            common.Data.ShouldContain(h => h.Id == ticket.Id);
            (await api.SearchAsync(World.Moderator, "ubiquitous singular")).Data.Single().Id.ShouldBe(ticket.Id);
            (await api.SearchAsync(World.Stranger, "ubiquitous")).Data.ShouldBeEmpty();

            // Where it is not the newest that have them, they are found all the same.
            await AsOldAsync(ticket.Id, "2020-01-01", ViewsRules.NewestLookedThrough, "Another");
            await api.Database.ExecuteAsync("ANALYZE view_tickets");
            var old = await api.SearchAsync(World.Moderator, "ubiquitous matter");
            (old.Total, old.TotalIsCapped).ShouldBe((1000, true));
        }
        finally
        {
            await api.Database.ExecuteAsync("DELETE FROM view_tickets WHERE last_activity_at < '2021-01-01'; ANALYZE view_tickets");
        }
    }

    /// <summary>More tickets as that one, made by SQL as they would be after years.</summary>
    async Task AsOldAsync(Guid id, string at, int count, string title)
    {
        var columns = await api.Database.ScalarAsync<string>(
            """
            SELECT string_agg(quote_ident(attname), ', ') FROM pg_attribute
            WHERE attrelid = 'view_tickets'::regclass AND attnum > 0 AND attgenerated = '' AND attname NOT IN ('id', 'number', 'number_year', 'number_in_year', 'title', 'description', 'last_activity_at')
            """);
        await api.Database.ExecuteAsync(
            $"""
             INSERT INTO view_tickets (id, title, description, last_activity_at, {columns})
             SELECT gen_random_uuid(), '{title}', NULL, '{at}', {columns} FROM view_tickets, generate_series(1, {count}) WHERE id = '{id}'
             """);
    }
}
