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

static class SignInPerson
{
    const string Action = "sign_in";

    public static void Map(IEndpointRouteBuilder auth) => auth.MapPost("/sign-in", Handle)
        .AllowAnonymous().LimitedAsSignIn().WithoutIdempotency().WithoutStoring()
        .WithName(nameof(SignInPerson)).WithSummary("Sign in with employee code and password")
        .WithProblems(Codes.Unauthenticated, Codes.Forbidden);

    static async Task<Ok<SignedIn>> Handle(
        SignInRequest request, HttpRequest http, Caller caller, PasswordCheck passwords, AccessTokens tokens, ServiceDatabase database, CancellationToken ct)
    {
        var check = new Checks();
        check.Text("employee_code", request.EmployeeCode, max: 50);
        check.That("password", request.Password.Length is > 0 and <= Passwords.LongestRead, $"must have 1 to {Passwords.LongestRead} characters");
        check.OptionalText("device", request.Device, max: 300);
        check.Done();

        var person = await passwords.OfAsync(caller, Action, request.EmployeeCode.Trim(), request.Password, ct);
        if (person.MustChange)
        {
            throw await passwords.RefuseAsync(caller, person, Action, SignInReasons.MustChangePassword,
                "The password is a temporary one. Set your own first: POST /api/v1/auth/password-change.", ct);
        }

        var refresh = RefreshToken.New(Guid.CreateVersion7());
        var access = await tokens.ForPersonAsync(person, refresh.Session, ct);
        var newHash = person.NeedsUpgrade ? Passwords.Hash(request.Password) : null;
        var until = await database.WriteAsync(
            caller with { UserId = person.Id, SessionId = refresh.Session },
            work => BeginAsync(work, person, newHash, refresh, request.Device?.Trim() ?? Agent(http)),
            ct);
        return TypedResults.Ok(new SignedIn(access.Text, AccessTokens.Type, access.ExpiresIn, refresh.Text, until, refresh.Session, person.View()));
    }

    /// <returns>Until when the session can be refreshed.</returns>
    static async Task<DateTimeOffset> BeginAsync(UnitOfWork work, Credentials person, string? newHash, RefreshToken refresh, string? device)
    {
        // Only while the password is the one that was checked, and the person may still come in: a session must not outlive the
        // end of either. The lock makes whoever is just taking the person out wait, and then end this session too.
        var current = await work.ExecuteAsync(
            """
            UPDATE user_credentials SET last_login = @Now, password_hash = coalesce(@newHash, password_hash), updated_at = @Now
            WHERE user_id = @Id AND password_hash = @PasswordHash AND NOT must_change
              AND EXISTS (SELECT FROM users WHERE id = @Id AND is_active AND helpdesk_authorized AND NOT is_deleted FOR SHARE)
            """,
            new { person.Id, person.PasswordHash, newHash, work.Now });
        if (current == 0)
        {
            throw new Refusal(Codes.Unauthenticated, "The password, or who may sign in, was changed a moment ago. Sign in again.");
        }

        await Sessions.BeginAsync(work, person.Id, refresh, device);
        await work.RecordAsync(SignInStreams.Of(person.Id), new UserSignedIn(refresh.Session, device));
        return work.Now + Sessions.Lifetime;
    }

    static string? Agent(HttpRequest http) => http.Headers.UserAgent.ToString() is { Length: > 0 } agent ? agent[..Math.Min(agent.Length, 300)] : null;
}
