using System.Net;
using Hdms.Contracts;

namespace Hdms.Tickets.Tests;

/// <summary>A ticket from draft to closed and reopened, as the README tells it.</summary>
public sealed class LifeOfATicketTests(TicketsApi api) : IClassFixture<TicketsApi>
{
    [Fact]
    public async Task A_ticket_goes_from_draft_to_reopened()
    {
        var (requester, moderator, head) = (api.As(api.World.Requester), api.As(api.World.Moderator), api.As(api.World.ItHead));

        var draft = await requester.DoAsync<TicketView>(HttpMethod.Post, "/api/v1/tickets", new CreateTicketRequest("Printer on fire", "It smokes.", Priority.High, "hardware", api.World.It));
        draft.Status.ShouldBe(TicketStatus.Draft);
        draft.Number.ShouldBeNull();
        draft.AllowedActions.ShouldBe(["edit", "discard", "submit"]);

        var submitted = await requester.ActAsync(draft.Id, "submit");
        submitted.Number.ShouldNotBeNull().ShouldMatch(@"^HD-\d{4}-\d{4}$");

        (await moderator.ActAsync(draft.Id, "review")).ClaimedBy!.Id.ShouldBe(api.World.Moderator.Id);
        var assigned = await moderator.ActAsync(draft.Id, "assign", new AssignTicketRequest());
        assigned.Assignee!.Id.ShouldBe(api.World.ItHead.Id);
        assigned.Status.ShouldBe(TicketStatus.Assigned);

        await head.ActAsync(draft.Id, "acknowledge");
        await head.ActAsync(draft.Id, "start");
        await head.ActAsync(draft.Id, "progress", new ProgressTicketRequest(60));
        (await head.ActAsync(draft.Id, "complete", new CompleteTicketRequest("Extinguished."))).Status.ShouldBe(TicketStatus.Resolved);
        (await requester.ActAsync(draft.Id, "confirm", new ConfirmTicketRequest(5, "Fast!"))).ConfirmedAt.ShouldNotBeNull();
        (await moderator.ActAsync(draft.Id, "close")).ClosedReason.ShouldBe(ClosedReason.Verified);
        var reopened = await moderator.ActAsync(draft.Id, "reopen", new OptionalReasonRequest("It burns again."));
        reopened.Generation.ShouldBe(2);
        reopened.Assignee.ShouldBeNull();

        (await api.EventsAsync(draft.Id)).ShouldBe([
            "ticket.drafted.v1", "ticket.submitted.v1", .. (await EnqueuedAsync(draft.Id) ? new[] { "ticket.enqueued.v1" } : []), "ticket.review_started.v1", "ticket.assigned.v1",
            "ticket.acknowledged.v1", "ticket.started.v1", "ticket.progressed.v1", "ticket.resolved.v1", "ticket.confirmed.v1", "ticket.closed.v1", "ticket.reopened.v1"]);
    }

    [Fact]
    public async Task A_stranger_is_told_that_there_is_no_such_ticket()
    {
        var ticket = await api.As(api.World.Requester).DoAsync<TicketView>(HttpMethod.Post, "/api/v1/tickets", TicketActs.New(api.World.It, submit: true));

        await api.As(api.World.Stranger).GetAsync($"/api/v1/tickets/{ticket.Id}").ShouldBeAsync(HttpStatusCode.NotFound);
    }

    async Task<bool> EnqueuedAsync(Guid id) => (await api.EventsAsync(id)).Contains("ticket.enqueued.v1");
}
