using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Hdms.Tickets.Lifecycle;
using Hdms.Tickets.Tickets;

namespace Hdms.Tickets.Requests;

/// <summary>Somebody in front of a request: who may do what with it.</summary>
sealed record RequestSituation(TicketRequest Request, Situation Ticket)
{
    const string Approve = "approve";
    const string Deny = "deny";
    const string Withdraw = "withdraw";

    Caller Caller => Ticket.Caller;

    bool IsMine => Caller.UserId is { } me && me == Request.RequestedBy;

    bool IsSeen => IsMine || Ticket.Sight == Sight.Everything;

    /// <summary>What the caller can do with it now.</summary>
    public IReadOnlyList<string> Allowed => Request.Status == RequestStatus.Pending ? [.. new[] { Approve, Deny, Withdraw }.Where(IsTheirs)] : [];

    /// <summary>The request as it is just now, without keeping it from others.</summary>
    /// <exception cref="Refusal">404, 403.</exception>
    public static async Task<RequestSituation> LookAsync(TicketDesk desk, Guid id, string action, Caller caller, CancellationToken ct)
    {
        var request = await desk.Database.ReadAsync(c => TicketRequestTable.Rows.FindAsync(c, "WHERE r.id = @id AND NOT r.is_deleted", new { id }, ct), ct)
            ?? throw Refusal.NotFound("request");
        return new RequestSituation(request, await desk.LookAsync(request.TicketId, caller, ct)).MustBeTheirs(action);
    }

    /// <summary>The request that still waits, and its ticket, kept from other writers until the unit of work ends: the ticket first, as everywhere.</summary>
    /// <exception cref="Refusal">404, 403; 409 <c>already_decided</c>, and what the preconditions say.</exception>
    public static async Task<RequestSituation> LockAsync(TicketDesk desk, UnitOfWork unit, Guid id, string action, Preconditions preconditions, long? version)
    {
        var ticket = await unit.FindAsync<Guid?>("SELECT ticket_id FROM ticket_requests WHERE id = @id AND NOT is_deleted", new { id })
            ?? throw Refusal.NotFound("request");
        var situation = await desk.LockAsync(unit, ticket);
        var locked = new RequestSituation(await TicketRequestTable.LockAsync(unit, id), situation).MustBeTheirs(action);
        await preconditions.RequireAsync(unit, id, locked.Request.Version, version);
        return locked.Request.Status == RequestStatus.Pending
            ? locked
            : throw new Refusal(Codes.AlreadyDecided, $"The request was {locked.Request.Status.Word()} already.")
            {
                Members = new Dictionary<string, object?> { ["decided_by"] = locked.Request.DecidedBy, ["decided_at"] = locked.Request.DecidedAt },
            };
    }

    RequestSituation MustBeTheirs(string action) =>
        !IsSeen ? throw Refusal.NotFound("request")
        : IsTheirs(action) ? this
        : throw Refusal.Forbidden(action == Withdraw ? "Only who asked can withdraw it." : "Moderators decide on requests.");

    bool IsTheirs(string action) => action == Withdraw ? IsMine : Caller.Role == Role.Moderator;
}
