using Hdms.Contracts;
using Hdms.Web.Api;
using Hdms.Web.Forms;
using Hdms.Web.Shell;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Web.Admin.Databases;

/// <summary>Where the data is, and its backups.</summary>
static class DatabaseRoutes
{
    public static void Map(IEndpointRouteBuilder admin)
    {
        admin.MapGet("/database", ShowAsync);
        admin.MapPost("/database/backups", (HttpContext http, ApiClient api, CancellationToken ct) =>
            Press.DoAsync(http, api, HttpMethod.Post, "/operations/backups", null, "A backup is being taken.", ct));
    }

    static async Task<IResult> ShowAsync(ApiClient api, CancellationToken ct)
    {
        var answer = await api.SendAsync<DatabaseOverview>(HttpMethod.Get, "/operations/database", null, ct);
        if (answer.Problem is { Status: 401 or 403 } no)
            throw new ApiException(no);
        return Pages.Show<DatabasePage>(new() { ["Data"] = answer.Value, ["Problem"] = answer.Problem });
    }
}
