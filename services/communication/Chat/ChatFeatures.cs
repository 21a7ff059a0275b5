using Microsoft.AspNetCore.Routing;

namespace Hdms.Communication.Chat;

static class ChatFeatures
{
    public static void MapChat(this IEndpointRouteBuilder api)
    {
        ListMessages.Map(api);
        GetMessage.Map(api);
        PostMessage.Map(api);
        EditMessage.Map(api);
        DeleteMessage.Map(api);
        ReadMessages.Map(api);
        ListUnread.Map(api);
        SeeMessages.Map(api);
    }
}
