using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Idempotency;
using Hdms.Kit.Limits;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Users.SignIn;

static class ChangePassword
{
    // Limited as sign-in is: with a stolen access token, this is a place to try passwords at.
    public static void Map(IEndpointRouteBuilder auth) => auth.MapPost("/password", Handle)
        .LimitedAsSignIn().WithoutIdempotency()
        .WithName(nameof(ChangePassword)).WithSummary("Change one's own password; all other sessions end")
        .WithProblems(Codes.Forbidden);

    static async Task<NoContent> Handle(
        ChangePasswordRequest request, Caller caller, PasswordCheck passwords, ServiceDatabase database, CancellationToken ct)
    {
        var person = await passwords.OfSignedInAsync(caller, "change_password", "current_password", request.CurrentPassword, ct);
        NewPassword.Check("new_password", request.NewPassword, person, old: request.CurrentPassword);
        var hash = Passwords.Hash(request.NewPassword);
        await database.WriteAsync(caller, work => NewPassword.ReplaceAsync(work, person, hash, except: caller.SessionId), ct);
        return TypedResults.NoContent();
    }
}
