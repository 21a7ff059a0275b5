using Hdms.Communication.Organisation;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Communication.Notifications;

static class ReadNotification
{
    public static void Map(IEndpointRouteBuilder api) => api.MapPost("/notifications/{id:guid}/read", Handle)
        .WithName(nameof(ReadNotification))
        .WithTags("Notifications")
        .WithSummary("The caller has read it")
        .WithProblems(Codes.Forbidden, Codes.NotFound);

    static Task<Answer<NotificationView>> Handle(Guid id, Caller caller, ServiceDatabase db, CancellationToken ct)
    {
        var me = caller.Person;
        return db.AnswerAsync(caller, async unit =>
        {
            var row = await NotificationTable.Rows.FindAsync(unit, "WHERE r.id = @id AND r.user_id = @me AND NOT r.is_deleted FOR UPDATE", new { id, me })
                ?? throw Refusal.NotFound("notification");
            if (!row.IsRead)
            {
                row = await NotificationTable.ReadAsync(unit, row, unit.Now);
            }

            var names = await Names.ReadAsync(unit.Connection, row.Metadata.ActorId is { } actor ? [actor] : [], ct);
            return Answer.Ok(ListNotifications.View(row, row.Version, names), row.Version);
        }, ct);
    }
}
