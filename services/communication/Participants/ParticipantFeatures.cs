using Microsoft.AspNetCore.Routing;

namespace Hdms.Communication.Participants;

static class ParticipantFeatures
{
    public static void MapParticipants(this IEndpointRouteBuilder api)
    {
        ListParticipants.Map(api);
        AddParticipant.Map(api);
        ChangeParticipant.Map(api);
        RemoveParticipant.Map(api);
    }
}
