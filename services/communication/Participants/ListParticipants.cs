using Hdms.Communication.Chat;
using Hdms.Communication.Organisation;
using Hdms.Contracts;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Hdms.Communication.Participants;

static class ListParticipants
{
    public static void Map(IEndpointRouteBuilder api) => api.MapGet("/tickets/{id}/participants", Handle)
        .WithName(nameof(ListParticipants))
        .WithTags("Participants")
        .WithSummary("Who takes part in a ticket, and how far they have read; moderators see every chat without taking part")
        .WithProblems(Codes.Forbidden, Codes.NotFound, Codes.ReferenceUnavailable, Codes.Unavailable);

    static async Task<Answer<IReadOnlyList<ParticipantView>>> Handle(string id, Caller caller, ChatDesk desk, CancellationToken ct)
    {
        var seat = await desk.SeeAsync(id, caller, ct);
        return Answer.Ok(await desk.Database.ReadAsync(async connection => await ViewsAsync(
            connection,
            await ParticipantTable.Rows.QueryAsync(
                connection, "WHERE r.ticket_id = @Id AND r.left_at IS NULL AND NOT r.is_deleted ORDER BY r.joined_at, r.id", new { seat.Room.Id }, ct),
            ct), ct));
    }

    public static async Task<IReadOnlyList<ParticipantView>> ViewsAsync(NpgsqlConnection connection, IReadOnlyList<Participant> participants, CancellationToken ct)
    {
        var names = await Names.ReadAsync(connection, participants.Select(p => p.UserId), ct);
        return [.. participants.Select(p => new ParticipantView(
            names.Person(p.UserId), p.RoleInTicket, p.JoinedAt, p.VisibleFrom, p.AddedBy, p.Muted, p.LastReadMessageId, p.Version))];
    }
}
