using Hdms.Contracts;
using Hdms.Tickets.Tickets;
using Npgsql;

namespace Hdms.Tickets.Links;

/// <summary>Shows links as seen from one of their tickets.</summary>
static class LinkViewing
{
    public static async Task<IReadOnlyList<TicketLinkView>> ManyAsync(
        NpgsqlConnection connection, Guid ticket, IReadOnlyList<(TicketLink Link, Ticket Other)> links, CancellationToken ct)
    {
        var names = await Names.ReadAsync(connection, links.Select(l => l.Link.CreatedBy).OfType<Guid>(), [], ct);
        return
        [
            .. links.Select(l => new TicketLinkView(
                l.Link.Id, l.Link.Kind, l.Link.FromId == ticket, new TicketRef(l.Other.Id, l.Other.Number, l.Other.Title, l.Other.Status),
                names.Person(l.Link.CreatedBy), l.Link.CreatedAt, l.Link.Version)),
        ];
    }
}
