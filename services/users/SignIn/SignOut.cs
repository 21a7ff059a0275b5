using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Users.SignIn;

static class SignOut
{
    public static void Map(IEndpointRouteBuilder auth) => auth.MapPost("/sign-out", Handle)
        .WithName(nameof(SignOut)).WithSummary("End the session that asks")
        .WithProblems(Codes.Forbidden);

    static Task<Answer<NoBody>> Handle(Caller caller, ServiceDatabase database, CancellationToken ct) => database.AnswerAsync(
        caller,
        async work =>
        {
            await Sessions.EndAsync(work, caller.Person, "signed_out", only: caller.SessionId ?? throw Refusal.Forbidden("This token has no session to end."));
            return Answer.NoContent();
        },
        ct);
}
