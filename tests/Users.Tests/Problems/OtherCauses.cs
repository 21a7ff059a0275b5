using Hdms.Contracts;
using Hdms.Kit.Problems;
using static Hdms.Users.Tests.Acts;
using static Hdms.Users.Tests.Problems.Causes;

namespace Hdms.Users.Tests.Problems;

/// <summary>Import, audit, feed, health.</summary>
static class OtherCauses
{
    const string File = "employee_code,first_name\nOTHER-1,Ida\n";

    public static IEnumerable<Cause> All =>
    [
        new("ImportUsers", Codes.Forbidden, w => w.Requester.ImportAsync(File)),
        new("ImportUsers", Codes.IdempotencyMismatch, async w =>
        {
            var key = Guid.NewGuid().ToString();
            (await w.Admin.ImportAsync(File, key: key)).EnsureSuccessStatusCode();
            return await w.Admin.ImportAsync("employee_code,first_name\nOTHER-2,Eva\n", key: key);
        }),
        new("ImportUsers", Codes.IdempotencyInFlight, async w =>
        {
            await using var work = await KeysInUse.HoldAsync(w, [(HttpMethod.Post, $"{Api}/users/import")]);
            return await w.Admin.ImportAsync(File, key: KeysInUse.Key);
        }),
        .. OnOne("GetImport", HttpMethod.Get, "/bulk-jobs/users/{0}", StartedAsync, Nothing, Codes.Forbidden, Codes.NotFound),
        .. OnOne("GetImportRejects", HttpMethod.Get, "/bulk-jobs/users/{0}/rejects", StartedAsync, Nothing, Codes.Forbidden, Codes.NotFound),

        .. OnOne("GetUserHistory", HttpMethod.Get, "/users/{0}/history", w => w.UserAsync(), Nothing, Codes.Forbidden, Codes.NotFound),
        new("GetUserHistory", Codes.ValidationFailed, async w => await w.Admin.GetAsync($"{Api}/users/{await w.UserAsync()}/history?limit=0")),
        .. OnOne("GetDepartmentHistory", HttpMethod.Get, "/departments/{0}/history", w => w.DepartmentAsync(), Nothing, Codes.Forbidden, Codes.NotFound),
        new("GetDepartmentHistory", Codes.ValidationFailed, async w => await w.Admin.GetAsync($"{Api}/departments/{await w.DepartmentAsync()}/history?limit=0")),
        new("SearchAudit", Codes.Forbidden, GetAsRequester("/audit/users")),
        new("SearchAudit", Codes.ValidationFailed, Get("/audit/users?limit=0")),

        new("Doctor_users", Codes.Forbidden, GetAsRequester("/users/doctor")),
        new("Feed_users", Codes.Forbidden, Get("/users/events")),
        new("Feed_users", Codes.ValidationFailed, w => w.Api.AsService().GetAsync($"{Api}/users/events?limit=0")),
        new("Feed_users", Codes.LogWentBack, w => w.Api.AsService().GetAsync($"{Api}/users/events?lastEventId=1.999999999")),
        new("Readyz", Codes.Unavailable, async _ =>
        {
            await using var api = await UsersApi.StartAsync();
            await api.Database.ExecuteAsync(
                $"""
                ALTER DATABASE {api.Database.Name} CONNECTION LIMIT 0;
                SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{api.Database.Name}' AND pid <> pg_backend_pid();
                """);
            return await api.Http.GetAsync("/readyz");
        }),
    ];

    static async Task<Guid> StartedAsync(World w) => (await (await w.Admin.ImportAsync(File)).ReadAsync<BulkJobView>()).Id;
}
