using Dapper;
using Hdms.Communication.Participants;
using Hdms.Contracts;
using Hdms.Kit.Auth;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Idempotency;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Hdms.Communication.Chat;

/// <summary>For services that keep what belongs to messages: which of them somebody sees, by the same rules as here.</summary>
static class SeeMessages
{
    public static void Map(IEndpointRouteBuilder api) => api.MapPost("/messages/sight", Handle)
        .RequireAuthorization(Policies.Service)
        .WithoutIdempotency()
        .WithName(nameof(SeeMessages))
        .WithTags("Messages")
        .WithSummary("Which of these messages somebody sees, and whether their chat is open (services)")
        .WithProblems(Codes.Forbidden);

    static async Task<Answer<MessageSightAnswer>> Handle(MessageSightRequest request, ServiceDatabase db, CancellationToken ct)
    {
        var check = new Checks();
        check.That("message_ids", request.MessageIds.Count is >= 1 and <= 100, "takes 1 to 100");
        check.Done();
        return Answer.Ok(await db.ReadAsync(connection => SeenAsync(connection, request, ct), ct));
    }

    static async Task<MessageSightAnswer> SeenAsync(NpgsqlConnection connection, MessageSightRequest request, CancellationToken ct)
    {
        var role = request.Role?.Word() ?? await connection.QuerySingleOrDefaultAsync<string?>(new CommandDefinition(
            "SELECT role FROM communication_replica_users WHERE id = @UserId", new { request.UserId }, cancellationToken: ct));
        var asker = new Caller { UserId = request.UserId, Role = Enum.TryParse<Role>(role, ignoreCase: true, out var known) ? known : null };
        var messages = await MessageTable.Rows.QueryAsync(connection, "WHERE r.id = ANY(@ids) AND NOT r.is_deleted", new { ids = request.MessageIds.ToArray() }, ct);
        var ids = messages.Select(m => m.TicketId).Distinct().ToArray();
        var rooms = (await RoomTable.Rows.QueryAsync(connection, "WHERE r.id = ANY(@ids) AND NOT r.is_deleted", new { ids }, ct)).ToDictionary(r => r.Id);
        var theirs = (await ParticipantTable.Rows.QueryAsync(
            connection, "WHERE r.ticket_id = ANY(@ids) AND r.user_id = @UserId AND r.left_at IS NULL AND NOT r.is_deleted", new { ids, request.UserId }, ct)).ToDictionary(p => p.TicketId);
        return new MessageSightAnswer(
        [
            .. from message in messages
               let room = rooms.GetValueOrDefault(message.TicketId)
               where room is not null && new Seat(room, asker, theirs.GetValueOrDefault(room.Id)).Sees(message)
               select new MessageSight(message.Id, message.TicketId, message.SenderId, room.IsOpen && message.SessionNo == room.Generation),
        ]);
    }
}
