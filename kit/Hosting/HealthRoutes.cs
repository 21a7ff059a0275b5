using Dapper;
using Hdms.Kit.Database;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Kit.Hosting;

/// <summary><c>/healthz</c>: the process lives. <c>/readyz</c>: it can reach what it can't do without.</summary>
static class HealthRoutes
{
    public static void MapHealth(this IEndpointRouteBuilder app)
    {
        app.MapGet("/healthz", () => TypedResults.Ok(new HealthView("ok", ProgramVersion.Text)))
            .AllowAnonymous().WithName("Healthz").WithTags("Health").WithSummary("The process is alive");
        app.MapGet("/readyz", async (ServiceDatabase database, CancellationToken ct) =>
            {
                await database.ReadAsync(c => c.ExecuteScalarAsync<int>(new CommandDefinition("SELECT 1", commandTimeout: 2, cancellationToken: ct)), ct);
                return TypedResults.Ok(new HealthView("ready", ProgramVersion.Text));
            })
            .AllowAnonymous().WithName("Readyz").WithTags("Health").WithSummary("The service's database answers")
            .WithProblems(Codes.Unavailable);
    }
}

/// <param name="Version">The program's version.</param>
public sealed record HealthView(string Status, string Version);
