using Hdms.Contracts;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Hdms.Tickets.Lifecycle;
using Hdms.Tickets.Tickets;

namespace Hdms.Tickets.Tests.Lifecycle;

/// <summary>Everybody, in every status, with every action: thousands of cases made of who somebody is to a ticket, held against DOMAIN.md section 5.</summary>
public sealed class PermissionTests
{
    static readonly Guid It = Guid.NewGuid();
    static readonly DateTimeOffset Now = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    static readonly Guid Requester = Guid.NewGuid();
    static readonly Guid Head = Guid.NewGuid();
    static readonly Guid ApproverId = Guid.NewGuid();
    static readonly Guid Team = Guid.NewGuid();

    static readonly (string Name, Caller Caller, Standing Standing)[] People =
    [
        ("requester", Person(Requester, Role.Requester), Standing.None),
        ("stranger", Person(Guid.NewGuid(), Role.Requester), Standing.None),
        ("head", Person(Head, Role.Assignee, It), Knows(It)),
        ("other head", Person(Guid.NewGuid(), Role.Assignee, Guid.NewGuid()), Standing.None),
        ("team member", Person(Team, Role.Requester), Standing.None with { TeamOf = new HashSet<Guid> { It } }),
        ("moderator", Person(Guid.NewGuid(), Role.Moderator), Standing.None),
        ("approver", Person(ApproverId, Role.Requester), Standing.None),
        ("substitute", Person(Guid.NewGuid(), Role.Requester), Standing.None with { StandsInFor = new HashSet<Guid> { ApproverId } }),
        ("admin", Person(Guid.NewGuid(), Role.Admin), Standing.None),
        ("system", Caller.System(), Standing.None),
        ("service", new Caller { Service = "communication" }, Standing.None),
        ("integrator", new Caller { ServiceAccountId = Guid.NewGuid(), Scopes = new HashSet<string> { Scopes.ReadTickets } }, Standing.None),
    ];

    /// <summary>What each may ever do (DOMAIN.md section 5); whoever is not named may do nothing.</summary>
    static readonly Dictionary<string, string[]> May = new()
    {
        ["requester"] = ["edit", "discard", "submit", "clarify", "confirm", "rework", "request_reopen", "withdraw"],
        ["head"] = ["acknowledge", "start", "progress", "request_approval", "withdraw_approval", "complete", "restart", "request_sub_ticket", "request_postpone", "acknowledge_sla", "dispute_sla"],
        ["team member"] = ["acknowledge"],
        ["moderator"] =
        [
            "review", "request_clarification", "edit", "assign", "confirm_review", "reject", "reassign", "withdraw_approval", "close", "force_close", "postpone", "restart",
            "request_reopen", "reopen", "undo", "change_priority", "change_due", "merge", "split", "tag", "link",
        ],
        ["approver"] = ["approve", "reject_approval", "request_changes"],
        ["substitute"] = ["approve", "reject_approval", "request_changes"],
        ["admin"] = ["force_close"],
        ["system"] = ["expire", "enqueue", "clarify", "auto_resolve", "auto_close", "return_to_queue"],
    };

    [Fact]
    public void Nobody_does_what_their_part_does_not_give_them()
    {
        var wrong =
            from ticket in Tickets()
            from person in People
            from action in TicketLifecycle.Actions
            let s = Of(ticket, person)
            where Allows(s, action) && !May.GetValueOrDefault(person.Name, []).Contains(action)
            select $"{person.Name} {action} {ticket.Status}";

        wrong.ShouldBeEmpty();
    }

    [Fact]
    public void Everybody_can_do_all_of_their_part_in_some_status()
    {
        var missing =
            from person in People
            from action in May.GetValueOrDefault(person.Name, [])
            where !Tickets().Any(ticket => Allows(Of(ticket, person), action))
            select $"{person.Name} can never {action}";

        missing.ShouldBeEmpty();
    }

    [Fact]
    public void What_is_offered_is_never_refused_and_what_is_not_offered_is_refused_or_changes_nothing()
    {
        var cases = 0;
        foreach (var ticket in Tickets())
        {
            foreach (var person in People)
            {
                var s = Of(ticket, person);
                var offered = Decision.Allowed(s);
                foreach (var action in TicketLifecycle.Actions.Where(a => a != "create"))
                {
                    cases++;
                    var (transition, _) = Try(s, action);
                    var does = transition is not null && !transition.IsIdle(s);
                    offered.Contains(action).ShouldBe(does, $"{person.Name} {action} {ticket.Status}");
                }
            }
        }

        cases.ShouldBeGreaterThan(3000);
    }

    [Fact]
    public void A_refusal_says_404_to_who_may_not_see_403_to_who_may_not_do_and_422_or_409_to_who_may_but_not_now()
    {
        foreach (var ticket in Tickets())
        {
            foreach (var person in People)
            {
                foreach (var action in TicketLifecycle.Actions.Where(a => a != "create"))
                {
                    var s = Of(ticket, person);
                    var (_, refusal) = Try(s, action);
                    if (refusal is null)
                        continue;
                    var theirs = TicketLifecycle.Table.Any(t => t.Action == action && (t.Who & s.Actors) != Actor.None);
                    var statuses = s.Sight == Sight.Nothing ? [404] : !theirs ? [403] : new[] { 422, 409, 403 };
                    statuses.ShouldContain(refusal.Code.Status, $"{person.Name} {action} {ticket.Status}: {refusal.Message}");
                    if (refusal.Code == Codes.InvalidTransition)
                        ((IReadOnlyList<string>)refusal.Members["allowed_actions"]!).ShouldBe(Decision.Allowed(s));
                }
            }
        }
    }

    [Fact]
    public void Drafts_are_their_owners_alone()
    {
        var draft = Tickets().First(t => t.Status == TicketStatus.Draft);

        People.Where(p => Of(draft, p).Sight != Sight.Nothing).Select(p => p.Name).ShouldBe(["requester", "system", "service"]);
    }

    [Fact]
    public void A_submitted_ticket_is_seen_by_who_has_to_do_with_it()
    {
        var ticket = Tickets().First(t => t.Status == TicketStatus.WaitingApproval);

        People.Where(p => Of(ticket, p).Sight == Sight.Everything).Select(p => p.Name)
            .ShouldBe(["requester", "head", "moderator", "approver", "substitute", "admin", "system", "service", "integrator"]);
        People.Where(p => Of(ticket, p).Sight == Sight.Title).Select(p => p.Name).ShouldBe(["team member"]);
    }

    static Situation Of(Ticket ticket, (string Name, Caller Caller, Standing Standing) person) =>
        // What can be undone was done by whichever moderator looks, and in half of the cases just now.
        new(ticket.UndoAction is null ? ticket : ticket with { UndoBy = person.Caller.UserId }, person.Caller, person.Standing, new TicketRules { RequestersMayWithdraw = true }, Now);

    static bool Allows(Situation s, string action) => Try(s, action).Transition is not null;

    static (Transition? Transition, Refusal? Refusal) Try(Situation s, string action)
    {
        try
        {
            return (Decision.Of(s, action), null);
        }
        catch (Refusal refusal)
        {
            return (null, refusal);
        }
    }

    /// <summary>Every status, each with what may be otherwise within it.</summary>
    static IEnumerable<Ticket> Tickets()
    {
        foreach (var status in Enum.GetValues<TicketStatus>())
        {
            var plain = new Ticket
            {
                Id = Guid.NewGuid(),
                Title = "T",
                Description = "D",
                Category = "C",
                Status = status,
                RequesterId = Requester,
                CreatedBy = Requester,
                DepartmentId = It,
                PreviousStatus = status == TicketStatus.Postponed ? TicketStatus.InProgress : null,
                AssigneeId = status is TicketStatus.Draft or TicketStatus.Submitted or TicketStatus.Pending or TicketStatus.UnderReview or TicketStatus.Reopened ? null : Head,
                Approvers = status == TicketStatus.WaitingApproval ? [ApproverId] : [],
                PendingApprovers = status == TicketStatus.WaitingApproval ? [ApproverId] : [],
                ApprovalRequestedBy = status == TicketStatus.WaitingApproval ? Head : null,
                Version = 5,
            };
            yield return plain;
            yield return plain with { Description = null, AcknowledgedAt = Now, AcknowledgedByTeam = [Team], AwaitingRequester = true, ClaimedBy = Guid.NewGuid() };
            yield return plain with { UndoAction = "assign", UndoUntil = Now.AddMinutes(1), SlaChangedAt = Now, SlaAnswer = SlaAckState.Pending, ConfirmedAt = Now };
            yield return plain with { UndoAction = "assign", UndoUntil = Now.AddMinutes(-1), SubTickets = 1, OpenSubTickets = 1 };
            yield return plain with { ReopenCount = 2, ReopenRequested = true, PostponeRequested = true, PreviousStatus = status == TicketStatus.Postponed ? TicketStatus.Pending : null };
        }
    }

    static Standing Knows(Guid department) => Standing.None with { ApprovalDepartments = new HashSet<Guid> { department } };

    static Caller Person(Guid id, Role role, Guid? department = null) => new() { UserId = id, Role = role, DepartmentId = department };
}
