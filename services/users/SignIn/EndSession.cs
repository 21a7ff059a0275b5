using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Users.SignIn;

static class EndSession
{
    public static void Map(IEndpointRouteBuilder auth) => auth.MapDelete("/sessions/{id:guid}", Handle)
        .WithName(nameof(EndSession)).WithSummary("End a session of one's own; an admin may end anybody's")
        .WithProblems(Codes.NotFound);

    static Task<Answer<NoBody>> Handle(Guid id, Caller caller, ServiceDatabase database, CancellationToken ct) => database.AnswerAsync(
        caller,
        async work =>
        {
            var owner = await work.FindAsync<Guid?>(
                """
                SELECT user_id FROM user_sessions
                WHERE id = @id AND revoked_at IS NULL AND expires_at > @Now AND (user_id = @UserId::uuid OR @IsAdmin)
                """,
                new { id, work.Now, caller.UserId, caller.IsAdmin }) ?? throw Refusal.NotFound("session");
            await Sessions.EndAsync(work, owner, "revoked", only: id);
            return Answer.NoContent();
        },
        ct);
}
