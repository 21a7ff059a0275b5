using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Hdms.Communication.Notifications;

/// <summary>What the caller wants to be told of, by which way. E-mail and push are kept for whoever sends by them; nothing here does.</summary>
static class Preferences
{
    public static void Map(IEndpointRouteBuilder api)
    {
        api.MapGet("/notifications/preferences", ShowAsync)
            .WithName("ShowNotificationPreferences")
            .WithTags("Notifications")
            .WithSummary("What the caller wants to be told of, and how: each type by each channel")
            .WithProblems(Codes.Forbidden);
        api.MapPatch("/notifications/preferences", ChangeAsync)
            .WithName("ChangeNotificationPreferences")
            .WithTags("Notifications")
            .WithSummary("Changes what the caller wants to be told of; what is not named stays")
            .WithProblems(Codes.Forbidden, Codes.ValidationFailed, Codes.VersionConflict);
    }

    static async Task<Answer<IReadOnlyList<NotificationPreference>>> ShowAsync(Caller caller, ServiceDatabase db, CancellationToken ct)
    {
        var me = caller.Person;
        return Answer.Ok(await db.ReadAsync(connection => OfAsync(connection, me, ct), ct));
    }

    static Task<Answer<IReadOnlyList<NotificationPreference>>> ChangeAsync(ChangePreferencesRequest request, Caller caller, ServiceDatabase db, CancellationToken ct)
    {
        var me = caller.Person;
        var check = new Checks();
        check.That("preferences", request.Preferences.Count is >= 1 and <= 39, "takes 1 to 39");
        check.That("preferences", request.Preferences.DistinctBy(p => (p.Type, p.Channel)).Count() == request.Preferences.Count, "says the same twice");
        check.Done();
        return db.AnswerAsync(caller, async unit =>
        {
            foreach (var preference in request.Preferences.OrderBy(p => p.Type).ThenBy(p => p.Channel))
            {
                await PreferenceTable.SetAsync(unit, me, preference);
            }

            return Answer.Ok(await OfAsync(unit.Connection, me, ct));
        }, ct);
    }

    static async Task<IReadOnlyList<NotificationPreference>> OfAsync(NpgsqlConnection connection, Guid user, CancellationToken ct)
    {
        var said = (await PreferenceTable.Rows.QueryAsync(connection, "WHERE r.user_id = @user AND NOT r.is_deleted", new { user }, ct)).ToDictionary(p => (p.Type, p.Channel), p => p.Mode);
        return
        [
            .. from type in Enum.GetValues<NotificationType>()
               from channel in Enum.GetValues<NotificationChannel>()
               select new NotificationPreference(type, channel, said.GetValueOrDefault((type, channel), NotificationMode.Instant)),
        ];
    }
}
