using Hdms.Contracts;
using Hdms.Web.Api;
using Hdms.Web.Session;
using Hdms.Web.Shell;
using Hdms.Web.Tickets.Showing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Web.Approvals;

/// <summary>The approver's inbox, and the moderators' list of what is asked of them.</summary>
static class ApprovalRoutes
{
    public static void Map(IEndpointRouteBuilder pages)
    {
        pages.MapGet("/approvals", ShowAsync);
        pages.MapGet("/requests", RequestsAsync);
    }

    static async Task<IResult> ShowAsync([FromQuery] string? open, ApiClient api, PersonSession session, CancellationToken ct)
    {
        var waiting = await api.GetAsync<Paged<TicketView>>("/tickets?waiting_for_me=true&limit=50&sort=submitted_at&count=none", ct);
        var past = await api.TryAsync<Paged<ApprovalView>>($"/approvals?all=true&approver_id={session.Me!.Id}&status=approved,rejected,changes_requested&limit=10&sort=-created_at&count=none", ct);
        var chosen = waiting.Data.FirstOrDefault(t => t.Number == open) ?? (waiting.Data.Count > 0 ? waiting.Data[0] : null);
        var data = chosen is null ? null : await TicketData.ReadAsync(api, chosen, TicketTab.Conversation, null, ct);
        return Pages.Show<ApprovalsPage>(new() { ["Waiting"] = waiting.Data, ["Past"] = past?.Data ?? [], ["Open"] = data });
    }

    static async Task<IResult> RequestsAsync(ApiClient api, CancellationToken ct) =>
        Pages.Show<RequestsPage>(new() { ["Requests"] = (await api.GetAsync<Paged<TicketRequestView>>("/ticket-requests?status=pending&limit=100", ct)).Data });
}
