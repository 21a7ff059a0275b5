using System.Text.Json.Nodes;
using Hdms.Contracts;
using Hdms.Web.Api;
using Hdms.Web.Forms;
using Hdms.Web.Shell;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Web.Admin.Categories;

/// <summary>What tickets can be about. Each line is changed where it stands.</summary>
static class CategoryRoutes
{
    public static void Map(IEndpointRouteBuilder admin)
    {
        admin.MapGet("/categories", (HttpContext http, ApiClient api, CancellationToken ct) => ShowAsync(null, Filled.Empty, http, api, ct));
        admin.MapPost("/categories", CreateAsync);
        admin.MapPost("/categories/{id:guid}", ChangeAsync);
        admin.MapPost("/categories/{id:guid}/delete", (Guid id, HttpContext http, ApiClient api, CancellationToken ct) =>
            Press.DoAsync(http, api, HttpMethod.Delete, $"/categories/{id}", null, "Deleted. Tickets keep its name.", ct));
    }

    /// <param name="changed">Whose line <paramref name="form"/> is; null for a new one.</param>
    static async Task<IResult> ShowAsync(Guid? changed, Filled form, HttpContext http, ApiClient api, CancellationToken ct)
    {
        var filter = Query.Read(http.Request.Query, "q", "department_id", "is_active");
        var page = Query.Page(http.Request.Query);
        var departments = Directory.DepartmentsAsync(api, ct);
        var list = await api.GetAsync<Paged<CategoryView>>($"/categories{Query.Of(filter, ("page", $"{page}"), ("limit", "50"), ("sort", "name"))}", ct);
        return Pages.Show<CategoriesPage>(new() { ["Filter"] = filter, ["List"] = list, ["Departments"] = await departments, ["Changed"] = changed, ["Form"] = form }, form.Status);
    }

    static async Task<IResult> CreateAsync(HttpContext http, ApiClient api, CancellationToken ct)
    {
        var form = await Filled.ReadAsync(http, ct);
        var body = new JsonObject { ["name"] = form.Of("name"), ["department_id"] = form.Some("department_id") };
        var answer = await api.SendAsync<CategoryView>(HttpMethod.Post, "/categories", body, ct, form.Key);
        if (answer.Problem is { } problem)
            return await ShowAsync(null, form with { Problem = problem }, http, api, ct);
        return Press.Say(http, $"{answer.Value!.Name} is offered from now on.");
    }

    static async Task<IResult> ChangeAsync(Guid id, HttpContext http, ApiClient api, CancellationToken ct)
    {
        var form = await Filled.ReadAsync(http, ct);
        var body = new JsonObject { ["name"] = form.Of("name"), ["is_active"] = form.Is("is_active") };
        var answer = await api.SendAsync<CategoryView>(HttpMethod.Patch, $"/categories/{id}", body, ct, form.Key, form.IfMatch);
        if (answer.Problem is { } problem)
            return await ShowAsync(id, form with { Problem = problem }, http, api, ct);
        return Press.Say(http, $"{answer.Value!.Name}: saved.");
    }
}
