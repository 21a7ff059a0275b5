using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Communication.Notifications;

/// <summary>Reads everything, so many in one unit of work; what comes meanwhile may be left unread, and is counted in the answer.</summary>
static class ReadAllNotifications
{
    const int AtOnce = 500;

    public static void Map(IEndpointRouteBuilder api) => api.MapPost("/notifications/read-all", Handle)
        .WithName(nameof(ReadAllNotifications))
        .WithTags("Notifications")
        .WithSummary("The caller has read everything; tells what is unread after that")
        .WithProblems(Codes.Forbidden);

    static async Task<Answer<UnreadCount>> Handle(Caller caller, ServiceDatabase db, CancellationToken ct)
    {
        var me = caller.Person;
        var without = caller with { Idempotent = null };
        while (await db.WriteAsync(without, unit => NotificationTable.ReadAllAsync(unit, me, AtOnce), ct) == AtOnce)
        {
            // There are more.
        }

        return await db.AnswerAsync(caller, async unit => Answer.Ok(await CountUnread.OfAsync(unit.Connection, me, ct)), ct);
    }
}
