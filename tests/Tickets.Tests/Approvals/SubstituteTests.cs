using System.Net;
using Hdms.Contracts;
using Hdms.Kit.Hosting;
using Hdms.Kit.Problems;

namespace Hdms.Tickets.Tests.Approvals;

/// <summary>Who decides while an approver is away. Each test has its own world, since its clock goes on.</summary>
public sealed class SubstituteTests : IAsyncLifetime
{
    const string Substitutes = "/api/v1/substitutes";

    readonly TicketsApi _api = new();

    World World => _api.World;

    HttpClient Approver => _api.As(World.Approver);

    /// <summary>Stands in for the approver.</summary>
    HttpClient Stranger => _api.As(World.Stranger);

    DateTimeOffset Now => _api.Clock.GetUtcNow();

    public ValueTask InitializeAsync() => _api.InitializeAsync();

    public ValueTask DisposeAsync() => _api.DisposeAsync();

    [Fact]
    public async Task A_substitute_decides_in_their_time_and_not_before_or_after()
    {
        var (early, inTime, late) = (await WaitingAsync(), await WaitingAsync(), await WaitingAsync());
        await NameAsync(from: TimeSpan.FromDays(1), until: TimeSpan.FromDays(2));

        await Stranger.TryAsync(early.Id, "approve").ShouldBeAsync(Codes.NotFound);
        (await ListAsync(Stranger)).ShouldBeEmpty();

        _api.Clock.Advance(TimeSpan.FromDays(1.5));
        (await ListAsync(Stranger)).Count.ShouldBe(3);
        (await Stranger.TicketAsync(inTime.Id)).AllowedActions.ShouldBe(["approve", "reject_approval", "request_changes"]);
        (await Stranger.ActAsync(inTime.Id, "approve")).Status.ShouldBe(TicketStatus.Resolved);
        var decided = (await _api.As(World.Moderator).ReadAsync<Paged<ApprovalView>>($"{TicketActs.Path}/{inTime.Id}/approvals")).Data.Single();
        (decided.Approver.Id, decided.DecidedBy!.Id).ShouldBe((World.Approver.Id, World.Stranger.Id));
        (await Approver.ActAsync(early.Id, "approve")).Status.ShouldBe(TicketStatus.Resolved, "the approver may still decide, too");

        _api.Clock.Advance(TimeSpan.FromDays(1));
        await Stranger.TryAsync(late.Id, "approve").ShouldBeAsync(Codes.NotFound);
        (await ListAsync(Stranger)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_substitute_does_not_approve_their_own_ticket()
    {
        await NameAsync(substitute: World.Requester);
        var ticket = await WaitingAsync();

        await _api.As(World.Requester).TryAsync(ticket.Id, "approve").ShouldBeAsync(Codes.SelfApproval);
        (await _api.As(World.Requester).TicketAsync(ticket.Id)).AllowedActions.ShouldNotContain("approve");
    }

    [Fact]
    public async Task Somebody_who_stands_in_no_longer_decides_no_longer()
    {
        var named = await NameAsync();
        var ticket = await WaitingAsync();
        (await Stranger.TicketAsync(ticket.Id)).AllowedActions.ShouldContain("approve");

        await Stranger.DeleteAsync($"{Substitutes}/{named.Id}").ShouldBeAsync(Codes.Forbidden);
        await _api.As(World.Requester).DeleteAsync($"{Substitutes}/{named.Id}").ShouldBeAsync(Codes.NotFound);
        await Approver.SendAsync(HttpMethod.Delete, $"{Substitutes}/{named.Id}", version: 5).ShouldBeAsync(Codes.PreconditionFailed);
        await Approver.DeleteAsync($"{Substitutes}/{named.Id}").ShouldBeAsync(HttpStatusCode.NoContent);

        await Stranger.TryAsync(ticket.Id, "approve").ShouldBeAsync(Codes.NotFound);
        await Approver.DeleteAsync($"{Substitutes}/{named.Id}").ShouldBeAsync(Codes.NotFound);
        (await _api.EventsAsync(named.Id)).ShouldBe(["substitute.named.v1", "substitute.removed.v1"]);
    }

    [Fact]
    public async Task Approvers_name_substitutes_for_themselves_and_admins_for_anybody()
    {
        await TryNameAsync(Stranger, World.Requester.Id).ShouldBeAsync(Codes.Forbidden);
        await TryNameAsync(Approver, World.Stranger.Id, World.OtherApprover.Id).ShouldBeAsync(Codes.Forbidden);
        await TryNameAsync(_api.As(World.Moderator), World.Stranger.Id, World.Approver.Id).ShouldBeAsync(Codes.Forbidden);
        await TryNameAsync(_api.As(World.Admin), World.Stranger.Id, World.OtherApprover.Id).ShouldBeAsync(HttpStatusCode.Created);
        await TryNameAsync(_api.As(World.Admin), World.Stranger.Id, World.Requester.Id).ShouldBeAsync(Codes.UnknownReference);
        await TryNameAsync(_api.As(World.Ceo), World.Stranger.Id).ShouldBeAsync(HttpStatusCode.Created);
    }

    [Fact]
    public async Task A_substitute_is_another_active_person_for_a_time_that_is_not_over()
    {
        (await _api.UsersAsAdmin().SendAsync(HttpMethod.Post, $"/api/v1/users/{World.OtherModerator.Id}/deactivate")).EnsureSuccessStatusCode();

        await TryNameAsync(Approver, World.Approver.Id).ShouldBeAsync(Codes.ValidationFailed);
        await TryNameAsync(Approver, World.OtherModerator.Id).ShouldBeAsync(Codes.UnknownReference);
        await TryNameAsync(Approver, Guid.NewGuid()).ShouldBeAsync(Codes.UnknownReference);
        await TryNameAsync(Approver, World.Stranger.Id, from: TimeSpan.FromDays(2), until: TimeSpan.FromDays(1)).ShouldBeAsync(Codes.ValidationFailed);
        await TryNameAsync(Approver, World.Stranger.Id, from: TimeSpan.FromDays(-2), until: TimeSpan.FromDays(-1)).ShouldBeAsync(Codes.ValidationFailed);
    }

    [Fact]
    public async Task Of_one_approver_substitutes_do_not_overlap()
    {
        var first = await NameAsync(from: TimeSpan.FromDays(1), until: TimeSpan.FromDays(3));

        (await TryNameAsync(Approver, World.Requester.Id, from: TimeSpan.FromDays(2), until: TimeSpan.FromDays(4)).ShouldBeAsync(Codes.AlreadyExists))
            .GetProperty("substitute").GetGuid().ShouldBe(first.Id);
        await TryNameAsync(Approver, World.Requester.Id, until: TimeSpan.FromDays(9)).ShouldBeAsync(Codes.AlreadyExists);
        await _api.As(World.Ceo).SendAsync(HttpMethod.Post, Substitutes, new NameSubstituteRequest(World.Stranger.Id, first.StartsAt, first.EndsAt)).ShouldBeAsync(HttpStatusCode.Created);
        await Approver.SendAsync(HttpMethod.Post, Substitutes, new NameSubstituteRequest(World.Requester.Id, first.EndsAt, first.EndsAt.AddDays(1))).ShouldBeAsync(HttpStatusCode.Created);

        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => TryNameAsync(Approver, World.Requester.Id, from: TimeSpan.FromDays(20), until: TimeSpan.FromDays(21))));
        answers.Select(a => (int)a.StatusCode).Order().ShouldBe([201, 409, 409, 409]);
    }

    [Fact]
    public async Task Those_concerned_list_substitutes_and_moderators_all()
    {
        var named = await NameAsync(until: TimeSpan.FromDays(1));

        foreach (var user in new[] { World.Approver, World.Stranger, World.Moderator, World.Admin })
            (await AllAsync(user)).ShouldBe([named.Id]);
        (await AllAsync(World.Requester)).ShouldBeEmpty();
        (await AllAsync(World.Admin, $"?approver_id={World.Ceo.Id}")).ShouldBeEmpty();

        _api.Clock.Advance(TimeSpan.FromDays(2));
        (await AllAsync(World.Approver)).ShouldBeEmpty();
        (await AllAsync(World.Approver, "?past=true")).ShouldBe([named.Id]);

        async Task<IEnumerable<Guid>> AllAsync(TestUser user, string query = "") =>
            (await _api.As(user).ReadAsync<Paged<SubstituteView>>($"{Substitutes}{query}")).Data.Select(s => s.Id);
    }

    [Fact]
    public async Task The_doctor_tells_of_tickets_that_wait_for_an_approver_who_is_gone_until_somebody_stands_in()
    {
        var ticket = await WaitingAsync();

        (await _api.UsersAsAdmin().SendAsync(HttpMethod.Post, $"/api/v1/users/{World.Approver.Id}/deactivate")).EnsureSuccessStatusCode();
        await Eventually.ShouldAsync(async () => (await FindingsAsync()).Any(f => f.What.Contains(ticket.Number!, StringComparison.Ordinal)));

        await TryNameAsync(_api.As(World.Admin), World.Stranger.Id, World.Approver.Id).ShouldBeAsync(HttpStatusCode.Created);
        (await FindingsAsync()).ShouldBeEmpty();
        (await Stranger.ActAsync(ticket.Id, "approve")).Status.ShouldBe(TicketStatus.Resolved);

        async Task<IReadOnlyList<DoctorFinding>> FindingsAsync() => await _api.As(World.Admin).ReadAsync<IReadOnlyList<DoctorFinding>>("/api/v1/tickets/doctor");
    }

    Task<TicketView> WaitingAsync() => _api.WaitingAsync(new ApprovalStep([World.Approver.Id]));

    static async Task<IReadOnlyList<ApprovalView>> ListAsync(HttpClient client) => (await client.ReadAsync<Paged<ApprovalView>>("/api/v1/approvals")).Data;

    async Task<SubstituteView> NameAsync(TestUser? substitute = null, TimeSpan? from = null, TimeSpan? until = null)
    {
        using var answer = await TryNameAsync(Approver, (substitute ?? World.Stranger).Id, null, from, until);
        return await answer.ReadAsync<SubstituteView>();
    }

    /// <param name="from">From now; just past, by default.</param>
    Task<HttpResponseMessage> TryNameAsync(HttpClient client, Guid substitute, Guid? approver = null, TimeSpan? from = null, TimeSpan? until = null) => client.SendAsync(
        HttpMethod.Post, Substitutes, new NameSubstituteRequest(substitute, Now + (from ?? TimeSpan.FromMinutes(-1)), Now + (until ?? TimeSpan.FromDays(30)), approver));
}
