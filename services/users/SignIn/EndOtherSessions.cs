using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Users.SignIn;

static class EndOtherSessions
{
    public static void Map(IEndpointRouteBuilder auth) => auth.MapDelete("/sessions", Handle)
        .WithName(nameof(EndOtherSessions)).WithSummary("End all of one's sessions but the one that asks")
        .WithProblems(Codes.Forbidden);

    static Task<Answer<SessionsEndedView>> Handle(Caller caller, ServiceDatabase database, CancellationToken ct) => database.AnswerAsync(
        caller,
        async work => Answer.Ok(new SessionsEndedView(await Sessions.EndAsync(work, caller.Person, "revoked", except: caller.SessionId))),
        ct);
}
