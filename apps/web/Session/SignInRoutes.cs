using Hdms.Contracts;
using Hdms.Web.Api;
using Hdms.Web.Shell;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Web.Session;

/// <summary>Signing in and out.</summary>
static class SignInRoutes
{
    public const string Path = "/sign-in";

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet(Path, Show);
        app.MapPost(Path, SignInAsync).DisableAntiforgery();
        app.MapPost("/change-password", ChangePasswordAsync).DisableAntiforgery();
        app.MapPost("/sign-out", SignOutAsync).DisableAntiforgery();
    }

    static IResult Show(PersonSession session, [FromQuery(Name = "return")] string? returnTo) =>
        session.Me is null ? Page(new SignInForm { ReturnTo = Local(returnTo) }) : Results.Redirect(Local(returnTo));

    static async Task<IResult> SignInAsync(
        [FromForm(Name = "employee_code")] string? code, [FromForm(Name = "password")] string? password, [FromForm(Name = "return")] string? returnTo,
        ApiClient api, PersonSession session, CancellationToken ct)
    {
        var form = new SignInForm { Code = code?.Trim() ?? "", ReturnTo = Local(returnTo) };
        if (form.Code.Length == 0 || string.IsNullOrEmpty(password))
            return Page(form with { Problem = "Enter your employee code and your password." });
        var answer = await api.SendAsync<SignedIn>(HttpMethod.Post, "/auth/sign-in", new SignInRequest(form.Code, password), ct);
        if (answer.Value is { } signedIn)
        {
            session.Begin(signedIn);
            return Results.Redirect(form.ReturnTo);
        }

        var reason = (string?)answer.Problem!.Whole?["reason"];
        return Page(form with { Problem = Words(answer.Problem, reason), MustChange = reason == SignInReasons.MustChangePassword }, answer.Problem.Status);
    }

    static async Task<IResult> ChangePasswordAsync(
        [FromForm(Name = "employee_code")] string? code, [FromForm(Name = "password")] string? password, [FromForm(Name = "new_password")] string? next,
        [FromForm(Name = "return")] string? returnTo, ApiClient api, PersonSession session, CancellationToken ct)
    {
        var form = new SignInForm { Code = code?.Trim() ?? "", ReturnTo = Local(returnTo), MustChange = true };
        var changed = await api.SendAsync<Nothing>(HttpMethod.Post, "/auth/password-change", new ReplacePasswordRequest(form.Code, password ?? "", next ?? ""), ct);
        if (changed.Problem is { } problem)
            return Page(form with { Problem = problem.Errors.Values.SelectMany(e => e).FirstOrDefault() ?? problem.Detail }, problem.Status);
        return await SignInAsync(code, next, returnTo, api, session, ct);
    }

    static async Task<IResult> SignOutAsync(ApiClient api, PersonSession session, CancellationToken ct)
    {
        // Whatever the service says: here it is over.
        await api.SendAsync<Nothing>(HttpMethod.Post, "/auth/sign-out", null, ct);
        session.End();
        return Results.Redirect(Path);
    }

    static IResult Page(SignInForm form, int status = 200) => Pages.Show<SignInPage>(new() { ["Form"] = form }, status);

    static string Words(ApiProblem problem, string? reason) => (problem.Status, reason) switch
    {
        (401, _) => "Employee code or password is wrong.",
        (403, SignInReasons.NotAuthorized) => "You have not been let into the help desk yet. Ask an admin to give you access.",
        (403, SignInReasons.Inactive) => "This account has been deactivated. Ask an admin if that is a mistake.",
        (403, SignInReasons.MustChangePassword) => "Your password is a temporary one. Choose your own now.",
        (429, _) => "Too many attempts. Wait a minute and try again.",
        _ => problem.Detail,
    };

    /// <summary>Within this site only: a link from elsewhere must not lead people away.</summary>
    public static string Local(string? path) =>
        path is ['/', ..] && !path.StartsWith("//", StringComparison.Ordinal) && !path.StartsWith("/\\", StringComparison.Ordinal) && !path.StartsWith(Path, StringComparison.Ordinal) && !path.Any(char.IsControl) ? path : "/";
}

public sealed record SignInForm
{
    public string Code { get; init; } = "";

    public string ReturnTo { get; init; } = "/";

    public string? Problem { get; init; }

    public bool MustChange { get; init; }
}
