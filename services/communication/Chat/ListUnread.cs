using Dapper;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Hdms.Communication.Chat;

static class ListUnread
{
    /// <summary>More tickets with something unread than anybody looks at.</summary>
    const int MostTickets = 200;

    public static void Map(IEndpointRouteBuilder api) => api.MapGet("/messages/unread", Handle)
        .WithName(nameof(ListUnread))
        .WithTags("Messages")
        .WithSummary("The caller's tickets in which others wrote what the caller has not read, the latest first")
        .WithProblems(Codes.Forbidden);

    static async Task<Answer<IReadOnlyList<UnreadMessages>>> Handle(Caller caller, ServiceDatabase db, CancellationToken ct)
    {
        var me = caller.Person;
        return Answer.Ok(await db.ReadAsync(connection => OfAsync(connection, me, null, ct), ct));
    }

    /// <param name="ticket">This one, also when nothing is unread; null for all in which something is.</param>
    public static async Task<IReadOnlyList<UnreadMessages>> OfAsync(NpgsqlConnection connection, Guid me, Guid? ticket, CancellationToken ct) =>
        (await connection.QueryAsync<UnreadMessages>(new CommandDefinition(
            $"""
            SELECT r.id AS ticket_id, r.number AS ticket_number, r.title AS ticket_title, u.unread::int, p.last_read_message_id
            FROM ticket_participants AS p
            JOIN chat_rooms AS r ON r.id = p.ticket_id
            CROSS JOIN LATERAL (
                SELECT count(*) AS unread FROM (
                    SELECT m.number FROM chat_messages AS m
                    WHERE m.ticket_id = p.ticket_id AND m.sender_id <> @me AND NOT m.is_deleted AND m.created_at >= p.visible_from
                      AND m.number > coalesce((SELECT l.number FROM chat_messages AS l WHERE l.id = p.last_read_message_id), 0)
                    ORDER BY m.number DESC LIMIT {CommunicationRules.MostCounted}) AS counted) AS u
            WHERE p.user_id = @me AND p.left_at IS NULL AND NOT p.is_deleted
              AND {(ticket is null ? "u.unread > 0" : "p.ticket_id = @ticket")}
            ORDER BY r.updated_at DESC, r.id LIMIT {MostTickets}
            """,
            new { me, ticket },
            cancellationToken: ct))).AsList();
}
