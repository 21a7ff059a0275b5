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

namespace Hdms.Users.Access;

/// <summary>
/// Who has not been let in can't sign in, so this is asked without. The answer is the same, and takes as long, for every code:
/// nobody learns here which codes there are.
/// </summary>
static class AskForAccess
{
    static readonly TimeSpan AlwaysTakes = TimeSpan.FromMilliseconds(150);

    public static void Map(IEndpointRouteBuilder api) => api.MapPost("/access-requests", Handle)
        .WithName(nameof(AskForAccess))
        .WithTags("Access")
        .WithSummary("Asks to be let into the help desk; an admin decides")
        .AllowAnonymous()
        .LimitedAsSignIn()
        .WithoutIdempotency();

    static async Task<Accepted<AskedForAccess>> Handle(
        AskForAccessRequest request, Caller caller, ServiceDatabase db, CancellationToken ct)
    {
        var check = new Checks();
        check.Text("employee_code", request.EmployeeCode, 50);
        check.OptionalText("note", request.Note, 1000, min: 0);
        check.Done();
        var enough = Task.Delay(AlwaysTakes, ct);
        var (code, note) = (request.EmployeeCode.Trim(), string.IsNullOrWhiteSpace(request.Note) ? null : request.Note.Trim());
        await db.WriteAsync(caller, async unit =>
        {
            var user = await unit.FindAsync<Guid?>(
                "SELECT id FROM users WHERE employee_code = @code AND is_active AND NOT is_deleted AND NOT helpdesk_authorized", new { code });
            if (user is { } id)
            {
                await AccessRequest.AskAsync(unit, id, note);
            }
        }, ct);
        await enough;
        return TypedResults.Accepted((string?)null, new AskedForAccess("received"));
    }
}
