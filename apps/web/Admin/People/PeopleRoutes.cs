using Hdms.Contracts;
using Hdms.Web.Api;
using Hdms.Web.Forms;
using Hdms.Web.Shell;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Web.Admin.People;

/// <summary>Everybody, found and filtered.</summary>
static class PeopleRoutes
{
    const int PerPage = 50;

    static readonly string[] Filters = ["q", "role", "department_id", "is_active", "helpdesk_authorized", "is_approver", "is_deleted", "sort"];

    public static void Map(IEndpointRouteBuilder admin) => admin.MapGet("/people", ShowAsync);

    static async Task<IResult> ShowAsync(HttpContext http, ApiClient api, CancellationToken ct)
    {
        var filter = Query.Read(http.Request.Query, Filters);
        var page = Query.Page(http.Request.Query);
        var departments = Directory.DepartmentsAsync(api, ct);
        var waiting = api.TryAsync<Paged<AccessRequestView>>("/access-requests?status=pending&limit=1", ct);
        var people = await api.SendAsync<Paged<UserView>>(HttpMethod.Get, $"/users{Query.Of(filter, ("page", $"{page}"), ("limit", $"{PerPage}"))}", null, ct);
        if (people.Problem is { Status: 401 or 403 } no)
            throw new ApiException(no);
        return Pages.Show<PeoplePage>(new()
        {
            ["Filter"] = filter with { Problem = people.Problem }, ["List"] = people.Value, ["Departments"] = await departments, ["Waiting"] = (await waiting)?.Pagination.Total ?? 0,
        }, people.Problem?.Status ?? 200);
    }
}
