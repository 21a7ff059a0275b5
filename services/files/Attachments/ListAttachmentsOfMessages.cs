using Hdms.Contracts;
using Hdms.Files.Files;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Files.Attachments;

/// <summary>For whoever shows a conversation: one question instead of one for each message.</summary>
static class ListAttachmentsOfMessages
{
    /// <summary>As many messages as can be asked about at once.</summary>
    const int MostMessages = 100;

    public static void Map(IEndpointRouteBuilder api) => api.MapGet("/tickets/{id:guid}/attachments/of-messages", HandleAsync)
        .WithName(nameof(ListAttachmentsOfMessages))
        .WithTags("Attachments")
        .WithSummary($"The attachments of a ticket's messages that the caller sees, of the last {MostMessages} that have some, the oldest first")
        .WithProblems(Codes.Forbidden, Codes.NotFound, Codes.ReferenceUnavailable);

    static async Task<Answer<AttachmentsView>> HandleAsync(Guid id, Caller caller, Sight sight, CommunicationClient messages, ServiceDatabase db, CancellationToken ct)
    {
        await sight.OfAsync(TargetKind.Ticket, id, caller, ct);
        var files = await db.ReadAsync(connection => AttachmentTable.Rows.QueryAsync(
            connection,
            """
            WHERE NOT r.is_deleted AND r.chat_message_id IN (
                SELECT chat_message_id FROM attachments WHERE of_ticket_id = @id AND chat_message_id IS NOT NULL AND NOT is_deleted
                GROUP BY chat_message_id ORDER BY max(created_at) DESC LIMIT @MostMessages)
            ORDER BY r.created_at, r.id
            """,
            new { id, MostMessages },
            ct), ct);
        var asked = files.Select(f => f.ChatMessageId).OfType<Guid>().Distinct().ToList();
        if (asked.Count == 0)
        {
            return Answer.Ok(new AttachmentsView([]));
        }

        // No connection is held while communication is asked.
        var seen = (await messages.MessagesSeenAsync(caller.Person, asked, ct, caller.Role)).Messages.Select(m => m.Id).ToHashSet();
        return Answer.Ok(await db.ReadAsync(async connection => new AttachmentsView(
            await FileViewing.ManyAsync(connection, [.. files.Where(f => f.ChatMessageId is { } message && seen.Contains(message))], ct)), ct));
    }
}
