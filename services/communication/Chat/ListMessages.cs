using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Hdms.Contracts;
using Hdms.Kit.Events;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Communication.Chat;

static class ListMessages
{
    public static void Map(IEndpointRouteBuilder api) => api.MapGet("/tickets/{id}/messages", Handle)
        .WithName(nameof(ListMessages))
        .WithTags("Messages")
        .WithSummary("A ticket's messages that the caller sees, the newest first; by their words with q")
        .WithProblems(Codes.Forbidden, Codes.NotFound, Codes.ValidationFailed, Codes.ReferenceUnavailable, Codes.Unavailable);

    static async Task<CursorListing<MessageView>> Handle(
        string id, [AsParameters] MessageQuery query, [AsParameters] CursorQuery page, Caller caller, ChatDesk desk, CancellationToken ct)
    {
        var check = new Checks();
        var after = page.Check(check);
        check.OptionalText("q", query.Q, 100, min: 0);
        check.Done();
        int? before = after is null ? null : int.TryParse(after, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw CursorQuery.NotOurs();
        var seat = await desk.SeeAsync(id, caller, ct);
        await RecordAsync(desk, seat, ct);
        var words = Filters.Prefixes(query.Q);
        return await desk.Database.ReadAsync(async connection =>
        {
            var found = await MessageTable.Rows.QueryAsync(
                connection,
                $"""
                WHERE r.ticket_id = @Id
                  {(before is null ? "" : "AND r.number < @before")}
                  {(seat.From is null ? "" : "AND r.created_at >= @From")}
                  {(query.Session is null ? "" : "AND r.session_no = @Session")}
                  {(words is null ? "" : "AND NOT r.is_deleted AND to_tsvector('simple', r.message) @@ to_tsquery('simple', @words)")}
                ORDER BY r.number DESC LIMIT @take
                """,
                new { seat.Room.Id, before, seat.From, query.Session, words, take = page.Take() },
                ct);
            return new CursorListing<MessageView>(
                page, await MessageViewing.ManyAsync(connection, found, ct), m => m.Number.ToString(CultureInfo.InvariantCulture));
        }, ct);
    }

    /// <summary>An admin reads any chat; that they did is known afterwards (DOMAIN.md section 5).</summary>
    internal static Task RecordAsync(ChatDesk desk, Seat seat, CancellationToken ct) => seat is { Caller.IsAdmin: true, Membership: null }
        ? desk.Database.WriteAsync(
            seat.Caller, unit => unit.RecordAsync(new EventStream(seat.Room.Id, 0), new ChatReadByAdmin(seat.Room.Id)), ct)
        : Task.CompletedTask;
}

sealed record MessageQuery(
    [property: FromQuery(Name = "q"), StringLength(100), Description("Words of the message")] string? Q = null,
    [property: FromQuery(Name = "session"), Description("Only of this session; the ticket's generation")] int? Session = null);
