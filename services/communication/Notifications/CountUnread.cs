using Dapper;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Hdms.Communication.Notifications;

static class CountUnread
{
    public static void Map(IEndpointRouteBuilder api) => api.MapGet("/notifications/unread-count", Handle)
        .WithName("CountUnreadNotifications")
        .WithTags("Notifications")
        .WithSummary("How many notifications the caller has not read; 1000 at most")
        .WithProblems(Codes.Forbidden);

    static async Task<Answer<UnreadCount>> Handle(Caller caller, ServiceDatabase db, CancellationToken ct)
    {
        var me = caller.Person;
        return Answer.Ok(await db.ReadAsync(connection => OfAsync(connection, me, ct), ct));
    }

    /// <summary>Looks at so many entries of the index of what is unread, and no further.</summary>
    public static async Task<UnreadCount> OfAsync(NpgsqlConnection connection, Guid user, CancellationToken ct)
    {
        var counted = await connection.QuerySingleAsync<int>(new CommandDefinition(
            $"SELECT count(*)::int FROM (SELECT FROM notifications WHERE user_id = @user AND NOT is_read AND NOT is_deleted LIMIT {CommunicationRules.MostCounted + 1}) AS counted",
            new { user },
            cancellationToken: ct));
        return new UnreadCount(Math.Min(counted, CommunicationRules.MostCounted), counted > CommunicationRules.MostCounted);
    }
}
