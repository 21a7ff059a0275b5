using Hdms.Contracts;

namespace Hdms.Tickets.Tickets;

/// <summary>Gives a ticket its tags, all of them at once.</summary>
static class TagTicket
{
    const int Most = 20;

    public static readonly TicketAction Action = new TicketAction<TagTicketRequest>("tag", "Gives a ticket its tags, up to 20 (moderators)", ApplyAsync)
    {
        Check = (request, check) =>
        {
            check.That("tags", request.Tags.Count <= Most, $"takes {Most} at most");
            check.That("tags", request.Tags.All(t => t?.Trim() is { Length: >= 1 and <= 50 }), "each takes 1 to 50 characters");
        },
    };

    static Task<Ticket> ApplyAsync(Act<TagTicketRequest> act)
    {
        string[] tags = [.. act.Request.Tags.Select(t => t.Trim().ToLowerInvariant()).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        return tags.SequenceEqual(act.Ticket.Tags) ? Task.FromResult(act.Ticket) : act.SaveAsync<TicketTagged>(act.Ticket with { Tags = tags });
    }
}
