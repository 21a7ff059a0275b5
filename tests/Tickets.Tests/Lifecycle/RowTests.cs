using System.Text.Json;
using Hdms.Contracts;
using Hdms.Kit.Problems;
using Hdms.Tickets.Lifecycle;
using Hdms.Tickets.Tests.Walks;
using Hdms.Tickets.Timers;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Hdms.Tickets.Tests.Lifecycle;

/// <summary>Every row of the lifecycle's table, asked for over HTTP: from each of its statuses, and from each that it does not name.</summary>
public sealed class RowTests : IAsyncLifetime
{
    /// <summary>Undone right after, an action leaves these; the others of its row can only be reached with nothing to undo.</summary>
    static readonly TicketStatus[] Undone = [TicketStatus.Assigned, TicketStatus.InProgress, TicketStatus.WaitingApproval, TicketStatus.Approved, TicketStatus.Rejected, TicketStatus.Postponed];

    /// <summary>Links have routes of their own (LinkTests); who creates has no ticket yet.</summary>
    static readonly Transition[] OfPeople = [.. TicketLifecycle.Table.Where(t => t.Who != Actor.System && t.Action is not ("create" or "link"))];

    static readonly TicketStatus[] Statuses = Enum.GetValues<TicketStatus>();

    TicketsApi _api = null!;

    // What was approved stays so, to be seen as such; what comes by itself comes when a test lets it.
    public async ValueTask InitializeAsync()
    {
        _api = await TicketsApi.StartAsync(("tickets_requesters_may_withdraw", "true"), ("tickets_complete_on_approval", "false"));
        Hold.Take();
    }

    public ValueTask DisposeAsync() => _api.DisposeAsync();

    TimerHold Hold => _api.Services.GetRequiredService<TimerHold>();

    [Fact]
    public async Task From_each_of_its_statuses_every_row_leads_where_it_says()
    {
        var tried = 0;
        foreach (var row in OfPeople)
        {
            foreach (var from in row.From.Where(f => row.Action != "undo" || Undone.Contains(f)))
            {
                foreach (var (name, user) in AllOf(row.Who))
                {
                    var at = $"row {row.Row}, {row.Action} from {from} by the {name}";
                    var ticket = await ReadyAsync(row.Action, from);
                    var before = await HeldAsync(ticket);
                    before.Ticket.Status.ShouldBe(from, at);

                    using var answer = await SendAsync(user, ticket, row.Action);

                    answer.IsSuccessStatusCode.ShouldBeTrue($"{at}: {await answer.Content.ReadAsStringAsync()}");
                    var after = await HeldAsync(ticket);
                    after.ShouldHold();
                    row.LeadsTo(before.Ticket, after.Ticket).ShouldBeTrue($"{at} led to {after.Ticket.Status}");
                    tried++;
                }
            }
        }

        tried.ShouldBeGreaterThan(120);
    }

    [Fact]
    public async Task From_every_status_that_no_row_of_it_names_an_action_is_refused_and_changes_nothing()
    {
        var tried = 0;
        foreach (var from in Statuses)
        {
            // Nothing happens to it, so one is enough for all.
            var ticket = await BringAsync(from);
            var before = await HeldAsync(ticket);
            foreach (var action in OfPeople.Select(t => t.Action).Distinct(StringComparer.Ordinal))
            {
                var rows = TicketLifecycle.Table.Where(t => t.Action == action).ToArray();
                foreach (var (name, user) in AllOf(rows.Aggregate(Actor.None, (all, t) => all | t.Who)).Where(_ => !rows.Any(t => t.Starts(from))))
                {
                    var at = $"{action} from {from} by the {name}";
                    using var answer = await SendAsync(user, ticket, action);
                    answer.IsSuccessStatusCode.ShouldBeFalse(at);
                    var problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;

                    // Who is not the ticket's head before there is one has no say in it at all; and a draft is its owner's alone.
                    var code = problem.GetProperty("code").GetString();
                    new[] { Codes.InvalidTransition.Name, Codes.Forbidden.Name, Codes.NotFound.Name }.ShouldContain(code, at);
                    if (name == nameof(Actor.Moderator) && from != TicketStatus.Draft)
                    {
                        code.ShouldBe(Codes.InvalidTransition.Name, at);
                        (problem.GetProperty("action").GetString(), problem.GetProperty("from").GetString()).ShouldBe((action, from.Word()), at);
                        problem.GetProperty("allowed_actions").EnumerateArray().Select(a => a.GetString()).ShouldNotContain(action, at);
                    }

                    (await HeldAsync(ticket)).Row.ShouldBe(before.Row, at);
                    tried++;
                }
            }
        }

        tried.ShouldBeGreaterThan(250);
    }

    IEnumerable<(string Name, TestUser User)> AllOf(Actor who) => new (Actor Actor, TestUser User)[]
    {
        (Actor.Owner, _api.World.Requester), (Actor.Requester, _api.World.Requester), (Actor.Head, _api.World.FinanceHead), (Actor.Moderator, _api.World.Moderator),
        (Actor.Approver, _api.World.Approver), (Actor.Admin, _api.World.Admin),
    }.Where(a => who.HasFlag(a.Actor)).Select(a => (a.Actor.ToString(), a.User));

    /// <summary>A ticket in this status, with all that the action needs besides.</summary>
    async Task<Guid> ReadyAsync(string action, TicketStatus from)
    {
        var (moderator, world) = (_api.As(_api.World.Moderator), _api.World);
        if (action == "reject" && from == TicketStatus.Postponed)
        {
            var never = await BringAsync(TicketStatus.UnderReview);
            await moderator.ActAsync(never, "postpone", new ReasonedActionRequest("Later."));
            return never;
        }

        var ticket = await BringAsync(from);
        switch (action)
        {
            case "clarify":
                await moderator.ActAsync(ticket, "request_clarification", new RequestClarificationRequest("Which one?"));
                break;
            case "acknowledge_sla" or "dispute_sla":
                await moderator.ActAsync(ticket, "change_due", new ChangeDueRequest(_api.Clock.GetUtcNow().AddDays(9), "The fair is on Monday."));
                break;
            case "undo" when from is TicketStatus.InProgress or TicketStatus.WaitingApproval or TicketStatus.Approved:
                await moderator.ActAsync(ticket, "reassign", new ReassignTicketRequest("They know more.", world.It));
                break;
        }

        return ticket;
    }

    async Task<Guid> BringAsync(TicketStatus status)
    {
        var (requester, moderator, head) = (_api.As(_api.World.Requester), _api.As(_api.World.Moderator), _api.As(_api.World.FinanceHead));
        if (status == TicketStatus.Draft)
            return (await requester.DoAsync<TicketView>(HttpMethod.Post, TicketActs.Path, TicketActs.New(_api.World.Finance))).Id;
        var ticket = (await _api.SubmittedAsync(_api.World.Finance)).Id;
        switch (status)
        {
            case TicketStatus.Submitted:
                break;
            case TicketStatus.Pending:
                Hold.Release();
                await Eventually.ShouldAsync(async () => (await moderator.TicketAsync(ticket)).Status == TicketStatus.Pending);
                Hold.Take();
                break;
            case TicketStatus.UnderReview:
                await moderator.ActAsync(ticket, "review");
                break;
            case TicketStatus.Rejected:
                await moderator.ActAsync(ticket, "reject", new RejectTicketRequest("Not ours."));
                break;
            default:
                await moderator.ActAsync(ticket, "confirm_review", new { override_reason = "There are many of them." });
                foreach (var (client, action, body) in AfterAssignment(status))
                    await client.ActAsync(ticket, action, body);
                break;
        }

        return ticket;

        IEnumerable<(HttpClient Client, string Action, object? Body)> AfterAssignment(TicketStatus to) => to switch
        {
            TicketStatus.Assigned => [],
            TicketStatus.InProgress => [(head, "start", null)],
            TicketStatus.WaitingApproval => [.. AfterAssignment(TicketStatus.InProgress), (head, "request_approval", new RequestApprovalRequest([new([_api.World.Approver.Id])]))],
            TicketStatus.Approved => [.. AfterAssignment(TicketStatus.WaitingApproval), (_api.As(_api.World.Approver), "approve", null)],
            TicketStatus.Resolved => [.. AfterAssignment(TicketStatus.InProgress), (head, "complete", new CompleteTicketRequest("Done."))],
            TicketStatus.Closed => [.. AfterAssignment(TicketStatus.Resolved), (moderator, "close", null)],
            TicketStatus.Reopened => [.. AfterAssignment(TicketStatus.Closed), (moderator, "reopen", new OptionalReasonRequest("It broke again."))],
            TicketStatus.Postponed => [.. AfterAssignment(TicketStatus.InProgress), (moderator, "postpone", new ReasonedActionRequest("Later."))],
            _ => throw new InvalidOperationException($"Nobody has said how a ticket becomes {to}."),
        };
    }

    async Task<HttpResponseMessage> SendAsync(TestUser user, Guid ticket, string action)
    {
        var client = _api.As(user);
        return action switch
        {
            "edit" => await client.PatchAsync($"{TicketActs.Path}/{ticket}", new { title = "Another title" }),
            "discard" => await client.SendAsync(HttpMethod.Delete, $"{TicketActs.Path}/{ticket}"),
            _ => await client.TryAsync(ticket, action, await BodyAsync(action)),
        };
    }

    async Task<object?> BodyAsync(string action) => action switch
    {
        "request_clarification" => new RequestClarificationRequest("Which one?"),
        "reject" => new RejectTicketRequest("Not ours."),
        "reassign" => new ReassignTicketRequest("They know more.", _api.World.It),
        "progress" => new ProgressTicketRequest(50),
        "request_approval" => new RequestApprovalRequest([new([_api.World.Approver.Id])]),
        "complete" => new CompleteTicketRequest("Done."),
        "change_priority" => new ChangePriorityRequest(Priority.High),
        "change_due" => new ChangeDueRequest(_api.Clock.GetUtcNow().AddDays(9), "The fair is on Monday."),
        "merge" => new MergeTicketRequest((await _api.SubmittedAsync()).Id),
        "split" => new SplitTicketRequest([new("A part", _api.World.It)]),
        "request_sub_ticket" => new RequestSubTicketRequest("A part", _api.World.It, "It is theirs."),
        "tag" => new TagTicketRequest(["printer"]),
        "reject_approval" or "request_changes" or "rework" or "force_close" or "postpone" or "request_reopen" or "request_postpone" or "dispute_sla" or "close" =>
            new ReasonedActionRequest("Because of that."),
        _ => null,
    };

    async Task<Held> HeldAsync(Guid ticket)
    {
        await using var database = new NpgsqlConnection(_api.Database.ConnectionString);
        return await Held.ReadAsync(database, ticket);
    }
}
