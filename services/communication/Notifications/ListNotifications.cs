using System.ComponentModel;
using System.Globalization;
using Hdms.Communication.Organisation;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Communication.Notifications;

static class ListNotifications
{
    public static void Map(IEndpointRouteBuilder api) => api.MapGet("/notifications", Handle)
        .WithName(nameof(ListNotifications))
        .WithTags("Notifications")
        .WithSummary("What the caller was told, the latest first")
        .WithProblems(Codes.Forbidden, Codes.ValidationFailed);

    static async Task<CursorListing<NotificationView>> Handle(
        [AsParameters] NotificationQuery query, [AsParameters] CursorQuery page, Caller caller, ServiceDatabase db, CancellationToken ct)
    {
        var me = caller.Person;
        var check = new Checks();
        var after = page.Check(check);
        var types = Filters.Words<NotificationType>(check, "type", query.Type);
        check.Done();
        var (at, id) = after is null ? (null, null) : Read(after);
        return await db.ReadAsync(async connection =>
        {
            var found = await NotificationTable.Rows.QueryAsync(
                connection,
                $"""
                WHERE r.user_id = @me AND NOT r.is_deleted
                  {(query.Unread == true ? "AND NOT r.is_read" : "")}
                  {(types is null ? "" : "AND r.type = ANY(@types)")}
                  {(query.TicketId is null ? "" : "AND r.ticket_id = @TicketId")}
                  {(at is null ? "" : "AND (r.created_at, r.id) < (@at, @id)")}
                ORDER BY r.created_at DESC, r.id DESC LIMIT @take
                """,
                new { me, types, query.TicketId, at, id, take = page.Take() },
                ct);
            var names = await Names.ReadAsync(connection, found.Select(n => n.Metadata.ActorId).OfType<Guid>(), ct);
            return new CursorListing<NotificationView>(page, [.. found.Select(n => View(n, n.Version, names))], Key);
        }, ct);
    }

    public static NotificationView View(NotificationState n, long version, Names names) => new(
        n.Id, n.Type, n.TicketId, n.Title, n.Message, names.Person(n.Metadata.ActorId), n.Metadata, n.IsRead, n.ReadAt, n.CreatedAt, version);

    static string Key(NotificationView n) => $"{n.CreatedAt.ToUnixTimeMilliseconds()}/{n.Id}";

    static (DateTimeOffset? At, Guid? Id) Read(string key)
    {
        var parts = key.Split('/');
        return parts.Length == 2 && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var at) && at < 253_402_300_800_000 && Guid.TryParse(parts[1], out var id)
            ? (DateTimeOffset.FromUnixTimeMilliseconds(at), id)
            : throw CursorQuery.NotOurs();
    }
}

sealed record NotificationQuery(
    [property: FromQuery(Name = "unread"), Description("Only what is unread")] bool? Unread = null,
    [property: FromQuery(Name = "type"), Description("Several separated by commas")] string? Type = null,
    [property: FromQuery(Name = "ticket_id")] Guid? TicketId = null);
