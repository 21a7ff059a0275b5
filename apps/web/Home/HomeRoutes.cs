using Hdms.Contracts;
using Hdms.Web.Api;
using Hdms.Web.Session;
using Hdms.Web.Shell;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Web.Home;

/// <summary>What somebody who raises tickets begins with: what waits for them, what they may raise, where theirs stand.</summary>
static class HomeRoutes
{
    public static void Map(IEndpointRouteBuilder pages) => pages.MapGet("/home", ShowAsync);

    static async Task<IResult> ShowAsync(ApiClient api, PersonSession session, CancellationToken ct)
    {
        var mine = api.GetAsync<Paged<TicketView>>("/tickets?requester_id=me&limit=50&sort=-updated_at&count=none", ct);
        var drafts = api.GetAsync<Paged<TicketView>>("/tickets?status=draft&limit=20&sort=-updated_at&count=none", ct);
        var toApprove = session.Me!.Approves ? api.TryAsync<Paged<TicketView>>("/tickets?waiting_for_me=true&limit=20&count=none", ct) : Task.FromResult<Paged<TicketView>?>(null);
        var categories = api.TryAsync<Paged<CategoryView>>("/categories?is_active=true&limit=100&sort=name", ct);
        var departments = api.TryAsync<Paged<DepartmentView>>("/departments?state=open&limit=100&sort=name", ct);
        var unread = api.TryAsync<List<UnreadMessages>>("/messages/unread", ct);
        return Pages.Show<HomePage>(new()
        {
            ["Mine"] = (await mine).Data, ["Drafts"] = (await drafts).Data, ["ToApprove"] = (await toApprove)?.Data ?? [], ["Categories"] = (await categories)?.Data ?? [],
            ["Departments"] = (await departments)?.Data ?? [], ["Unread"] = await unread ?? [],
        });
    }
}
