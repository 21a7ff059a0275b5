using System.Net;
using Hdms.Contracts;
using Hdms.Kit.Problems;

namespace Hdms.Tickets.Tests.Links;

/// <summary>Tickets that have to do with one another.</summary>
public sealed class LinkTests(TicketsApi api) : IClassFixture<TicketsApi>
{
    World World => api.World;

    HttpClient Moderator => api.As(World.Moderator);

    [Fact]
    public async Task A_link_is_seen_from_both_of_its_tickets()
    {
        var (one, other) = (await api.SubmittedAsync(), await api.SubmittedAsync());

        var link = await LinkAsync(one, other, LinkKind.Duplicates);

        (link.IsOutgoing, link.Other.Id, link.Other.Number, link.CreatedBy!.Id).ShouldBe((true, other.Id, other.Number, World.Moderator.Id));
        var seen = (await ListAsync(Moderator, other.Id)).Single();
        (seen.Id, seen.IsOutgoing, seen.Other.Id, seen.Kind).ShouldBe((link.Id, false, one.Id, LinkKind.Duplicates));
    }

    [Fact]
    public async Task Of_links_only_those_to_tickets_are_shown_that_the_caller_sees()
    {
        var mine = await api.SubmittedAsync();
        var theirs = await api.As(World.Stranger).DoAsync<TicketView>(HttpMethod.Post, TicketActs.Path, TicketActs.New(World.Finance, submit: true));
        await LinkAsync(mine, theirs);

        (await ListAsync(Moderator, mine.Id)).Count.ShouldBe(1);
        (await ListAsync(api.As(World.Requester), mine.Id)).ShouldBeEmpty();
        await api.As(World.Stranger).GetAsync($"{TicketActs.Path}/{mine.Id}/links").ShouldBeAsync(Codes.NotFound);
        await api.As(World.TeamMember).GetAsync($"{TicketActs.Path}/{(await api.AssignedAsync()).Id}/links").ShouldBeAsync(Codes.Forbidden);
    }

    [Fact]
    public async Task Two_tickets_are_linked_in_one_way_once()
    {
        var (one, other) = (await api.SubmittedAsync(), await api.SubmittedAsync());
        var link = await LinkAsync(one, other);

        (await TryAsync(Moderator, one.Id, other.Id).ShouldBeAsync(Codes.AlreadyExists)).GetProperty("link").GetGuid().ShouldBe(link.Id);
        await TryAsync(Moderator, other.Id, one.Id).ShouldBeAsync(Codes.AlreadyExists);
        await TryAsync(Moderator, one.Id, other.Id, LinkKind.Duplicates).ShouldBeAsync(HttpStatusCode.Created);
    }

    [Fact]
    public async Task Of_two_who_link_the_same_tickets_both_ways_at_once_one_does()
    {
        for (var round = 0; round < 5; round++)
        {
            var (one, other) = (await api.SubmittedAsync(), await api.SubmittedAsync());

            var answers = await Task.WhenAll(TryAsync(Moderator, one.Id, other.Id), TryAsync(api.As(World.OtherModerator), other.Id, one.Id));

            answers.Select(a => (int)a.StatusCode).Order().ShouldBe([201, 409]);
        }
    }

    [Fact]
    public async Task A_ticket_is_linked_to_another_that_is_there_and_is_nobodys_draft()
    {
        var one = await api.SubmittedAsync();
        var draft = await api.As(World.Requester).DoAsync<TicketView>(HttpMethod.Post, TicketActs.Path, TicketActs.New(World.It));

        await TryAsync(Moderator, one.Id, one.Id).ShouldBeAsync(Codes.ValidationFailed);
        await TryAsync(Moderator, one.Id, Guid.NewGuid()).ShouldBeAsync(Codes.UnknownReference);
        await TryAsync(Moderator, one.Id, draft.Id).ShouldBeAsync(Codes.UnknownReference);
        await TryAsync(Moderator, Guid.NewGuid(), one.Id).ShouldBeAsync(Codes.NotFound);
    }

    [Fact]
    public async Task Only_moderators_link_and_unlink()
    {
        var (one, other) = (await api.SubmittedAsync(), await api.SubmittedAsync());
        var link = await LinkAsync(one, other);

        foreach (var (user, code) in new[] { (World.Requester, Codes.Forbidden), (World.Admin, Codes.Forbidden), (World.Stranger, Codes.NotFound) })
        {
            await TryAsync(api.As(user), one.Id, other.Id, LinkKind.Duplicates).ShouldBeAsync(code);
            await api.As(user).DeleteAsync($"{TicketActs.Path}/{one.Id}/links/{link.Id}").ShouldBeAsync(code);
        }
    }

    [Fact]
    public async Task A_link_is_taken_away_from_either_ticket()
    {
        var (one, other) = (await api.SubmittedAsync(), await api.SubmittedAsync());
        var link = await LinkAsync(one, other);
        var third = await api.SubmittedAsync();

        await Moderator.DeleteAsync($"{TicketActs.Path}/{third.Id}/links/{link.Id}").ShouldBeAsync(Codes.NotFound);
        await Moderator.SendAsync(HttpMethod.Delete, $"{TicketActs.Path}/{other.Id}/links/{link.Id}", version: 9).ShouldBeAsync(Codes.PreconditionFailed);
        await Moderator.DeleteAsync($"{TicketActs.Path}/{other.Id}/links/{link.Id}").ShouldBeAsync(HttpStatusCode.NoContent);
        (await ListAsync(Moderator, one.Id)).ShouldBeEmpty();
        await Moderator.DeleteAsync($"{TicketActs.Path}/{one.Id}/links/{link.Id}").ShouldBeAsync(Codes.NotFound);
        (await api.EventsAsync(link.Id)).ShouldBe(["ticket_link.added.v1", "ticket_link.removed.v1"]);
        await TryAsync(Moderator, one.Id, other.Id).ShouldBeAsync(HttpStatusCode.Created);
    }

    Task<TicketLinkView> LinkAsync(TicketView one, TicketView other, LinkKind kind = LinkKind.Relates) =>
        Moderator.DoAsync<TicketLinkView>(HttpMethod.Post, $"{TicketActs.Path}/{one.Id}/links", new LinkTicketRequest(other.Id, kind));

    static Task<HttpResponseMessage> TryAsync(HttpClient client, Guid one, Guid other, LinkKind kind = LinkKind.Relates) =>
        client.SendAsync(HttpMethod.Post, $"{TicketActs.Path}/{one}/links", new LinkTicketRequest(other, kind));

    static Task<IReadOnlyList<TicketLinkView>> ListAsync(HttpClient client, Guid ticket) => client.ReadAsync<IReadOnlyList<TicketLinkView>>($"{TicketActs.Path}/{ticket}/links");
}
