using Hdms.Kit.Problems;
using Hdms.Web.Api;
using Microsoft.AspNetCore.Http;

namespace Hdms.Web.Shell;

/// <summary>A page that can't be shown says why, and what to do; programs get the problem as such.</summary>
sealed class Problems(RequestDelegate next)
{
    public async Task InvokeAsync(HttpContext http)
    {
        try
        {
            await next(http);
        }
        catch (ApiException e) when (!http.Response.HasStarted)
        {
            await (e.Problem.Status == StatusCodes.Status401Unauthorized ? Pages.ToSignIn(http) : ProblemPageOf(e.Problem)).ExecuteAsync(http);
        }
        catch (Refusal e) when (!http.Response.HasStarted && WantsPage(http.Request))
        {
            await ProblemPageOf(new ApiProblem(e.Code.Status, e.Code.Name, e.Message, e.Errors.ToDictionary(x => x.Key, x => x.Value.ToArray()), ProblemWriter.TraceId(http), null)).ExecuteAsync(http);
        }
    }

    public static IResult ProblemPageOf(ApiProblem problem) => Pages.Show<ProblemPage>(new() { ["Problem"] = problem }, problem.Status);

    /// <summary>What nobody answers: a page for people, a problem for programs.</summary>
    public static Task NotFoundAsync(HttpContext http) => throw new Refusal(Codes.NotFound, "No route or thing is at this address.");

    static bool WantsPage(HttpRequest request) =>
        !request.Path.StartsWithSegments("/api", StringComparison.Ordinal)
        && !request.Path.StartsWithSegments("/openapi", StringComparison.Ordinal)
        && !request.Path.StartsWithSegments("/.well-known", StringComparison.Ordinal)
        && request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase);
}
