using Hdms.Kit.Database;
using Hdms.Kit.Feeds;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Hdms.Kit.References;
using Hdms.Kit.Sagas;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Hdms.Kit.Hosting;

/// <summary>What is wrong with a service, and what to do: <c>GET /api/v1/&lt;service&gt;/doctor</c>, and for <c>hdms doctor</c> from the database alone.</summary>
public static class Doctor
{
    /// <summary>The checks that the kit itself knows, of any service.</summary>
    public static readonly IReadOnlyList<IDoctorCheck> Checks = [new ReaderChecks(), new SagaChecks(), new DanglingChecks()];

    /// <summary>Examines a service by the kit's checks and <paramref name="own"/> ones of the service; the worst first.</summary>
    public static async Task<IReadOnlyList<DoctorFinding>> ExamineAsync(
        NpgsqlConnection connection, string service, DateTimeOffset now, CancellationToken ct, params IEnumerable<IDoctorCheck> own)
    {
        var findings = new List<DoctorFinding>();
        foreach (var check in Checks.Concat(own))
        {
            findings.AddRange(await check.CheckAsync(connection, service, now, ct));
        }

        return [.. findings.OrderByDescending(f => f.Severity)];
    }

    /// <summary>Maps the route; a service adds checks of its own by registering them as <see cref="IDoctorCheck"/>.</summary>
    internal static RouteHandlerBuilder MapDoctor(this IEndpointRouteBuilder api, string service) =>
        api.MapGet($"/{service}/doctor", async (Caller caller, ServiceDatabase database, IEnumerable<IDoctorCheck> own, TimeProvider clock, CancellationToken ct) =>
            {
                if (!caller.IsService)
                {
                    caller.MustBeAdmin();
                }

                return TypedResults.Ok(await database.ReadAsync(c => ExamineAsync(c, service, clock.GetUtcNow(), ct, own), ct));
            })
            .WithName($"Doctor_{service}")
            .WithTags("Health")
            .WithSummary("What is wrong with the service, and what to do; an empty list when all is well")
            .WithProblems(Codes.Forbidden);
}
