using Microsoft.AspNetCore.Routing;

namespace Hdms.Communication.Notifications;

static class NotificationFeatures
{
    public static void MapNotifications(this IEndpointRouteBuilder api)
    {
        ListNotifications.Map(api);
        CountUnread.Map(api);
        ReadNotification.Map(api);
        ReadAllNotifications.Map(api);
        Preferences.Map(api);
    }
}
