using Hdms.Contracts;
using Hdms.Files.Files;
using Hdms.Kit.Database;
using Hdms.Kit.Feeds;
using Microsoft.Extensions.DependencyInjection;

namespace Hdms.Files.Attachments;

/// <summary>
/// What becomes of attachments when what they hang on goes: a merged sub-ticket's belong to its ticket, a discarded draft's go with it.
/// The handlers find nothing left to do when an event comes again.
/// </summary>
static class FollowTickets
{
    public static IServiceCollection AddTicketsFollowed(this IServiceCollection services, FileRules rules) =>
        services.AddFeedReader("tickets", Services.Tickets, on => on
            .Event<SubTicketClosed>((unit, sub, _) => sub.MergedIntoParent ? MergeAsync(unit, sub.Id, sub.ParentTicketId) : Task.CompletedTask)
            .Event<TicketDiscarded>((unit, ticket, _) => DiscardAsync(unit, ticket.Id, rules)));

    static async Task MergeAsync(UnitOfWork unit, Guid sub, Guid ticket)
    {
        // Who attaches at this moment comes before, and is found here, or after, and finds this.
        await AttachedTickets.HoldAsync(unit, ticket);
        await unit.ExecuteAsync("INSERT INTO merged_sub_tickets (sub_ticket_id, ticket_id) VALUES (@sub, @ticket) ON CONFLICT DO NOTHING", new { sub, ticket });
        foreach (var file in await AttachmentTable.Rows.QueryAsync(unit, "WHERE r.sub_ticket_id = @sub AND NOT r.is_deleted ORDER BY r.id FOR UPDATE", new { sub }))
        {
            await AttachmentTable.SaveAsync<FileRelinked>(unit, file, file with { SubTicketId = null, TicketId = ticket });
        }
    }

    static async Task DiscardAsync(UnitOfWork unit, Guid ticket, FileRules rules)
    {
        await AttachedTickets.HoldAsync(unit, ticket);
        await unit.ExecuteAsync("UPDATE attached_tickets SET is_gone = true WHERE ticket_id = @ticket", new { ticket });
        foreach (var file in await AttachmentTable.Rows.QueryAsync(unit, "WHERE r.of_ticket_id = @ticket AND NOT r.is_deleted ORDER BY r.id FOR UPDATE", new { ticket }))
        {
            await AttachmentTable.DeleteAsync<FileRemoved>(unit, file, rules, with: e => e with { Reason = "The draft was discarded" });
        }
    }
}
