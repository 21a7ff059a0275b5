using System.Net;
using Hdms.Contracts;
using Hdms.Kit.Problems;

namespace Hdms.Communication.Tests.Participants;

/// <summary>Who takes part in a ticket, by what happens with it and by what moderators say.</summary>
public sealed class ParticipantTests(CommunicationApi api) : IClassFixture<CommunicationApi>
{
    World World => api.World;

    [Fact]
    public async Task Requester_moderator_and_head_take_part_as_they_come_to_it()
    {
        var ticket = await api.SubmittedAsync();
        (await RolesAsync(ticket.Id)).ShouldBe([(World.Requester.Id, RoleInTicket.Requester)]);

        await api.ActAsync(World.Moderator, ticket.Id, "review");
        await api.ActAsync(World.Moderator, ticket.Id, "assign");
        (await RolesAsync(ticket.Id)).ShouldBe(
            [(World.Requester.Id, RoleInTicket.Requester), (World.ItHead.Id, RoleInTicket.Assignee), (World.Moderator.Id, RoleInTicket.Moderator)], ignoreOrder: true);
    }

    [Fact]
    public async Task Another_head_begins_without_the_history_and_the_old_one_is_out()
    {
        var ticket = await api.AssignedAsync();
        await api.SayAsync(World.Requester, ticket.Id, "Before");
        api.Clock.Advance(TimeSpan.FromSeconds(1));
        await api.ActAsync(World.Moderator, ticket.Id, "reassign", new ReassignTicketRequest("It is about money.", World.Finance));
        await api.SayAsync(World.Requester, ticket.Id, "After");

        (await api.SeesAsync(World.FinanceHead, ticket.Id)).ShouldBe(["After"]);
        await api.TrySayAsync(World.ItHead, ticket.Id, "Still here?").ShouldBeAsync(Codes.NotFound);
        (await api.PartsAsync(ticket.Id)).Keys.ShouldNotContain(World.ItHead.Id);
    }

    [Fact]
    public async Task A_moderator_shares_the_history_and_it_is_recorded()
    {
        var ticket = await api.SubmittedAsync();
        await api.SayAsync(World.Requester, ticket.Id, "Before");
        api.Clock.Advance(TimeSpan.FromMinutes(1));
        await api.ActAsync(World.Moderator, ticket.Id, "review");
        await api.ActAsync(World.Moderator, ticket.Id, "assign");
        (await api.SeesAsync(World.ItHead, ticket.Id)).ShouldBeEmpty();
        var path = $"{Acts.Participants(ticket.Id)}/{World.ItHead.Id}";
        var share = new ChangeParticipantRequest { ShareHistoryFrom = api.Clock.GetUtcNow().AddHours(-1) };

        await api.Chat(World.Requester).PatchAsync(path, share).ShouldBeAsync(Codes.Forbidden);
        await api.Chat(World.Moderator).PatchAsync(path, share with { ShareHistoryFrom = api.Clock.GetUtcNow().AddHours(1) }).ShouldBeAsync(Codes.ValidationFailed);
        await api.Chat(World.Moderator).PatchAsync(path, share).ShouldBeAsync(HttpStatusCode.OK);
        (await api.SeesAsync(World.ItHead, ticket.Id)).ShouldBe(["Before"]);
        (await api.Chat(World.Admin).ReadAsync<CursorPage<AuditEntry>>($"/api/v1/audit/communication?type=participant.changed.v1&actor_id={World.Moderator.Id}"))
            .Data.ShouldContain(e => e.Before != null && e.Before.Value.GetRawText().Contains("visible_from"));
    }

    [Fact]
    public async Task A_watcher_is_added_by_a_moderator_alone_sees_from_then_on_and_sees_the_ticket()
    {
        var ticket = await api.AssignedAsync();
        await api.SayAsync(World.Requester, ticket.Id, "Before");
        api.Clock.Advance(TimeSpan.FromSeconds(1));

        await api.Chat(World.ItHead).PostAsync(Acts.Participants(ticket.Id), new AddParticipantRequest(World.Stranger.Id)).ShouldBeAsync(Codes.Forbidden);
        await api.Chat(World.Moderator).PostAsync(Acts.Participants(ticket.Id), new AddParticipantRequest(Guid.NewGuid())).ShouldBeAsync(Codes.UnknownReference);
        await api.Desk(World.Stranger).GetAsync($"{Acts.Tickets}/{ticket.Id}").ShouldBeAsync(Codes.NotFound);
        (await api.AddAsync(ticket.Id, World.Stranger)).Role.ShouldBe(RoleInTicket.Watcher);
        await api.Chat(World.Moderator).PostAsync(Acts.Participants(ticket.Id), new AddParticipantRequest(World.Stranger.Id)).ShouldBeAsync(Codes.AlreadyExists);

        await api.SayAsync(World.Requester, ticket.Id, "After");
        (await api.SeesAsync(World.Stranger, ticket.Id)).ShouldBe(["After"]);
        await api.HeardAsync();
        (await api.Desk(World.Stranger).ReadAsync<TicketView>($"{Acts.Tickets}/{ticket.Id}")).Description.ShouldBe("Since this morning.");
        (await ListedAsync(World.Stranger)).ShouldContain(ticket.Id);
    }

    [Fact]
    public async Task Who_is_removed_loses_chat_history_and_ticket_and_begins_anew_when_added_again()
    {
        var ticket = await api.AssignedAsync();
        await api.AddAsync(ticket.Id, World.Stranger);
        await api.SayAsync(World.Requester, ticket.Id, "While a watcher");
        await api.RemoveAsync(ticket.Id, World.Stranger);
        await api.HeardAsync();

        await api.Chat(World.Stranger).GetAsync(Acts.Messages(ticket.Id)).ShouldBeAsync(Codes.NotFound);
        await api.Desk(World.Stranger).GetAsync($"{Acts.Tickets}/{ticket.Id}").ShouldBeAsync(Codes.NotFound);
        (await ListedAsync(World.Stranger)).ShouldNotContain(ticket.Id);

        api.Clock.Advance(TimeSpan.FromSeconds(1));
        await api.AddAsync(ticket.Id, World.Stranger);
        (await api.SeesAsync(World.Stranger, ticket.Id)).ShouldBeEmpty();
        await api.RemoveAsync(ticket.Id, World.Stranger);
        await api.AddAsync(ticket.Id, World.Stranger, shareFrom: api.Clock.GetUtcNow().AddHours(-1));
        (await api.SeesAsync(World.Stranger, ticket.Id)).ShouldBe(["While a watcher"]);
    }

    [Fact]
    public async Task Requester_and_head_are_not_removed()
    {
        var ticket = await api.AssignedAsync();
        foreach (var who in new[] { World.Requester, World.ItHead })
            await api.Chat(World.Moderator).DeleteAsync($"{Acts.Participants(ticket.Id)}/{who.Id}").ShouldBeAsync(Codes.InvalidTransition);

        await api.Chat(World.Moderator).DeleteAsync($"{Acts.Participants(ticket.Id)}/{World.Stranger.Id}").ShouldBeAsync(Codes.NotFound);
    }

    [Fact]
    public async Task Undoing_a_reassignment_lets_the_first_head_go_on_as_before()
    {
        var ticket = await api.AssignedAsync();
        var said = await api.SayAsync(World.Requester, ticket.Id, "Before");
        await api.Chat(World.ItHead).DoAsync<UnreadMessages>(HttpMethod.Post, $"{Acts.Messages(ticket.Id)}/read", new ReadMessagesRequest(said.Id));
        var before = (await api.PartsAsync(ticket.Id))[World.ItHead.Id];
        api.Clock.Advance(TimeSpan.FromMinutes(1));
        await api.ActAsync(World.Moderator, ticket.Id, "reassign", new ReassignTicketRequest("Wrong one.", World.Finance));
        await api.ActAsync(World.Moderator, ticket.Id, "undo");

        (await api.PartsAsync(ticket.Id)).ShouldSatisfyAllConditions(
            parts => parts.Keys.ShouldNotContain(World.FinanceHead.Id),
            parts => (parts[World.ItHead.Id] with { Version = 0 }).ShouldBe(before with { Version = 0 }));
        (await api.SeesAsync(World.ItHead, ticket.Id)).ShouldBe(["Before"]);
    }

    [Fact]
    public async Task Reopened_a_ticket_keeps_its_requester_moderator_and_head_and_nobody_else()
    {
        var ticket = await api.InProgressAsync();
        await api.AddAsync(ticket.Id, World.Stranger);
        await api.ActAsync(World.ItHead, ticket.Id, "complete", new CompleteTicketRequest("Done."));
        await api.ActAsync(World.Moderator, ticket.Id, "close");
        await api.ActAsync(World.Moderator, ticket.Id, "reopen");

        (await api.PartsAsync(ticket.Id)).Keys.ShouldBe([World.Requester.Id, World.Moderator.Id, World.ItHead.Id], ignoreOrder: true);
        await api.ActAsync(World.Moderator, ticket.Id, "assign", new AssignTicketRequest(World.Finance));
        (await api.PartsAsync(ticket.Id)).Keys.ShouldBe([World.Requester.Id, World.Moderator.Id, World.FinanceHead.Id], ignoreOrder: true);
    }

    [Fact]
    public async Task Approvers_and_heads_of_sub_tickets_take_part_from_then_on()
    {
        var ticket = await api.InProgressAsync(World.Finance);
        await api.ActAsync(World.FinanceHead, ticket.Id, "request_approval", new RequestApprovalRequest([new([World.Approver.Id])]));
        await api.ActAsync(World.Moderator, ticket.Id, "split", new SplitTicketRequest([new("Cables", World.It)]));

        (await api.PartsAsync(ticket.Id)).ShouldSatisfyAllConditions(
            p => p[World.Approver.Id].Role.ShouldBe(RoleInTicket.Approver), p => p[World.ItHead.Id].Role.ShouldBe(RoleInTicket.ChildAssignee));
        await api.SayAsync(World.Approver, ticket.Id, "What is it for?");
    }

    [Fact]
    public async Task An_approver_who_was_removed_does_not_come_back_with_the_next_change()
    {
        var ticket = await api.InProgressAsync(World.Finance);
        await api.ActAsync(World.FinanceHead, ticket.Id, "request_approval", new RequestApprovalRequest([new([World.Approver.Id])]));
        await api.ActAsync(World.Approver, ticket.Id, "request_changes", new ReasonedActionRequest("A receipt is missing."));
        await api.RemoveAsync(ticket.Id, World.Approver);
        await api.ActAsync(World.FinanceHead, ticket.Id, "progress", new ProgressTicketRequest(60));

        (await api.PartsAsync(ticket.Id)).Keys.ShouldNotContain(World.Approver.Id);
        await api.Desk(World.Approver).GetAsync($"{Acts.Tickets}/{ticket.Id}").ShouldBeAsync(Codes.NotFound);
        (await ListedAsync(World.Approver)).ShouldNotContain(ticket.Id);
    }

    [Fact]
    public async Task Tickets_work_while_the_chats_are_away_and_are_heard_of_afterwards()
    {
        var ticket = await api.SubmittedAsync();
        await api.StopCommunicationAsync();
        var desk = api.Desk(World.Moderator);
        await desk.DoAsync<TicketView>(HttpMethod.Post, $"{Acts.Tickets}/{ticket.Id}/confirm_review");
        await api.Desk(World.ItHead).DoAsync<TicketView>(HttpMethod.Post, $"{Acts.Tickets}/{ticket.Id}/start");
        await api.StartCommunicationAsync();
        await api.HeardAsync();

        (await api.PartsAsync(ticket.Id))[World.ItHead.Id].Role.ShouldBe(RoleInTicket.Assignee);
    }

    async Task<IReadOnlyList<(Guid, RoleInTicket)>> RolesAsync(Guid ticket) => [.. (await api.PartsAsync(ticket)).Values.Select(p => (p.User.Id, p.Role))];

    async Task<IReadOnlyList<Guid>> ListedAsync(TestUser who) => [.. (await api.Desk(who).ReadAsync<Paged<TicketView>>($"{Acts.Tickets}?limit=100")).Data.Select(t => t.Id)];
}
