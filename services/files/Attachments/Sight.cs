using Hdms.Contracts;
using Hdms.Files.Files;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;

namespace Hdms.Files.Attachments;

/// <summary>
/// What somebody sees of tickets, sub-tickets and messages: asked of their services each time and kept nowhere, so that who is removed
/// sees nothing from that moment on. While they are away nobody can tell, which is 503.
/// </summary>
sealed class Sight(TicketsClient tickets, CommunicationClient messages)
{
    /// <exception cref="Refusal">404: there is none that the caller may see.</exception>
    /// <exception cref="ServiceCallException">Nobody can tell just now.</exception>
    public async Task<Target> OfAsync(TargetKind kind, Guid id, Caller caller, CancellationToken ct)
    {
        switch (kind)
        {
            case TargetKind.SubTicket:
                return (await AskAsync(caller, [], [id], ct)).SubTickets is [var sub]
                    ? sub.MergedIntoParent
                        ? new Target(sub.ParentTicketId, null, null, MayUpload: false, sub.MayRemove)
                        : new Target(sub.ParentTicketId, id, null, sub.MayUpload, sub.MayRemove)
                    : throw Refusal.NotFound("sub-ticket");
            case TargetKind.Message:
                return (await messages.MessagesSeenAsync(caller.Person, [id], ct, caller.Role)).Messages is [var message]
                    ? new Target(message.TicketId, null, id, message.SessionOpen && message.SenderId == caller.UserId, caller.Role == Role.Moderator)
                    : throw Refusal.NotFound("message");
            default:
                return (await AskAsync(caller, [id], [], ct)).Tickets is [var ticket]
                    ? new Target(id, null, null, ticket.MayUpload, ticket.MayRemove)
                    : throw Refusal.NotFound("ticket");
        }
    }

    /// <summary>What is attached to nothing is seen by who has uploaded it; else whoever sees what it is attached to sees it.</summary>
    /// <exception cref="Refusal">404: the caller may not see it.</exception>
    public async Task MustSeeAsync(Attachment file, Caller caller, CancellationToken ct)
    {
        if (caller.IsService || (!file.IsAttached && caller.UserId == file.UploadedById))
        {
            return;
        }

        var (kind, id) = file switch
        {
            { SubTicketId: { } sub } => (TargetKind.SubTicket, sub),
            { ChatMessageId: { } message } => (TargetKind.Message, message),
            { TicketId: { } ticket } => (TargetKind.Ticket, ticket),
            _ => throw Refusal.NotFound("file"),
        };
        try
        {
            await OfAsync(kind, id, caller, ct);
        }
        catch (Refusal refusal) when (refusal.Code == Codes.NotFound)
        {
            throw Refusal.NotFound("file");
        }
    }

    Task<TicketSightAnswer> AskAsync(Caller caller, IReadOnlyList<Guid> ticketIds, IReadOnlyList<Guid> subTicketIds, CancellationToken ct) =>
        tickets.SightAsync(new TicketSightRequest(caller.UserId, caller.Role, caller.DepartmentId, [.. caller.Scopes], ticketIds, subTicketIds), ct);
}
