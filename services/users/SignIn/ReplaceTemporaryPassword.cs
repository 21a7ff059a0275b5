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

/// <summary>For those who can't sign in to change their password, because it is a temporary one. They sign in afterwards.</summary>
static class ReplaceTemporaryPassword
{
    const string Action = "replace_temporary_password";

    public static void Map(IEndpointRouteBuilder auth) => auth.MapPost("/password-change", Handle)
        .AllowAnonymous().LimitedAsSignIn().WithoutIdempotency()
        .WithName(nameof(ReplaceTemporaryPassword)).WithSummary("Put one's own password in the place of a temporary one")
        .WithProblems(Codes.Unauthenticated, Codes.Forbidden);

    static async Task<NoContent> Handle(
        ReplacePasswordRequest request, Caller caller, PasswordCheck passwords, ServiceDatabase database, CancellationToken ct)
    {
        var check = new Checks();
        check.Text("employee_code", request.EmployeeCode, max: 50);
        check.That("current_password", request.CurrentPassword.Length is > 0 and <= Passwords.LongestRead, $"must have 1 to {Passwords.LongestRead} characters");
        check.Done();

        var person = await passwords.OfAsync(caller, Action, request.EmployeeCode.Trim(), request.CurrentPassword, ct);
        NewPassword.Check("new_password", request.NewPassword, person, old: request.CurrentPassword);
        var hash = Passwords.Hash(request.NewPassword);
        await database.WriteAsync(caller with { UserId = person.Id }, work => NewPassword.ReplaceAsync(work, person, hash, except: null), ct);
        return TypedResults.NoContent();
    }
}
