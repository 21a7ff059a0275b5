using Hdms.Contracts;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Communication.Chat;

static class GetMessage
{
    public static void Map(IEndpointRouteBuilder api) => api.MapGet("/tickets/{id}/messages/{message_id:guid}", Handle)
        .WithName(nameof(GetMessage))
        .WithTags("Messages")
        .WithSummary("One message of a ticket")
        .KnowsVersions()
        .WithProblems(Codes.Forbidden, Codes.NotFound, Codes.ReferenceUnavailable, Codes.Unavailable);

    static async Task<Answer<MessageView>> Handle(string id, Guid message_id, Caller caller, Preconditions preconditions, ChatDesk desk, CancellationToken ct)
    {
        var seat = await desk.SeeAsync(id, caller, ct);
        await ListMessages.RecordAsync(desk, seat, ct);
        return await desk.Database.ReadAsync(async connection =>
        {
            var message = await MessageTable.Rows.FindAsync(connection, "WHERE r.id = @message_id", new { message_id }, ct);
            return message is not null && seat.Sees(message)
                ? Answer.Read(await MessageViewing.OneAsync(connection, message, ct), message.Version, preconditions)
                : throw Refusal.NotFound("message");
        }, ct);
    }
}
