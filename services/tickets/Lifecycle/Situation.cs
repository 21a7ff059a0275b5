using Hdms.Contracts;
using Hdms.Kit.Http;
using Hdms.Tickets.Tickets;

namespace Hdms.Tickets.Lifecycle;

/// <summary>Somebody in front of a ticket: all that the lifecycle decides by.</summary>
/// <param name="Standing">What the database tells of the caller beside the token.</param>
sealed record Situation(Ticket Ticket, Caller Caller, Standing Standing, TicketRules Rules, DateTimeOffset Now)
{
    /// <summary>Everything that the caller is to the ticket.</summary>
    public Actor Actors { get; } = ActorsOf(Ticket, Caller, Standing);

    /// <summary>Whose turn to approve it is, of those for whom the caller decides.</summary>
    public Guid? DecidesFor => Caller.UserId is { } me && Ticket.PendingApprovers.Contains(me)
        ? me
        : Ticket.PendingApprovers.Where(Standing.StandsInFor.Contains).Select(a => (Guid?)a).FirstOrDefault();

    public Sight Sight => SightOf();

    /// <summary>The same person in front of the ticket as it has become. Not by <c>with</c>, which would keep what was worked out of the old one.</summary>
    public Situation After(Ticket ticket) => new(ticket, Caller, Standing, Rules, Now);

    static Actor ActorsOf(Ticket ticket, Caller caller, Standing standing)
    {
        if (caller.UserId is not { } me)
        {
            return caller is { Service: null, ServiceAccountId: null } ? Actor.System : Actor.None;
        }

        return (ticket.CreatedBy == me ? Actor.Owner : Actor.None)
            | (ticket.RequesterId == me ? Actor.Requester : Actor.None)
            | (ticket.AssigneeId == me ? Actor.Head : Actor.None)
            | (ticket.DepartmentId is { } department && standing.TeamOf.Contains(department) ? Actor.TeamMember : Actor.None)
            | (caller.Role == Role.Moderator ? Actor.Moderator : Actor.None)
            | (ticket.PendingApprovers.Contains(me) || ticket.PendingApprovers.Any(standing.StandsInFor.Contains) ? Actor.Approver : Actor.None)
            | (caller.Role == Role.Admin ? Actor.Admin : Actor.None);
    }

    /// <summary>DOMAIN.md section 5, "see ticket".</summary>
    Sight SightOf()
    {
        if (Actors.HasFlag(Actor.System) || Caller.IsService)
        {
            return Sight.Everything;
        }

        if (Ticket.Status == TicketStatus.Draft)
        {
            return Actors.HasFlag(Actor.Owner) ? Sight.Everything : Sight.Nothing;
        }

        if ((Actors & ~Actor.Owner & ~Actor.TeamMember) != Actor.None || Caller.Scopes.Contains(Scopes.ReadTickets))
        {
            return Sight.Everything;
        }

        if (Caller.UserId is not { } me)
        {
            return Sight.Nothing;
        }

        return Standing.Watches.Contains(Ticket.Id)
            || (!Standing.RemovedFrom.Contains(Ticket.Id)
                && (Ticket.Approvers.Contains(me) || Ticket.Approvers.Any(Standing.StandsInFor.Contains) || Ticket.SubTicketHeads.Contains(me)))
            || (Caller.Role == Role.Assignee && Caller.DepartmentId is { } department && department == Ticket.DepartmentId)
            ? Sight.Everything
            : Actors.HasFlag(Actor.TeamMember) && Ticket.AssigneeId is not null ? Sight.Title : Sight.Nothing;
    }
}

/// <summary>How much of a ticket somebody sees.</summary>
enum Sight
{
    Nothing,

    /// <summary>Number, title and status.</summary>
    Title,
    Everything,
}
