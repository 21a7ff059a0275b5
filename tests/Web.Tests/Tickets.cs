using Hdms.Contracts;
using Hdms.Testing;

namespace Hdms.Web.Tests;

/// <summary>Tickets brought to where a test begins, by the API.</summary>
static class Tickets
{
    const string Path = "/api/v1/tickets";

    /// <summary>Like no other's.</summary>
    public static string Title(string text = "The projector shows green") => $"{text} {Guid.NewGuid().ToString("N")[..8]}";

    public static async Task<Guid> DepartmentAsync(this Site site, string code) =>
        (await (await site.ApiAsync(People.Moderator)).ReadAsync<Paged<DepartmentView>>("/api/v1/departments?limit=100")).Data.Single(d => d.Code == code).Id;

    public static async Task<Guid> PersonAsync(this Site site, string code) =>
        (await (await site.ApiAsync(People.Moderator)).ReadAsync<Paged<UserView>>($"/api/v1/users?q={code}")).Data.Single(u => u.EmployeeCode == code).Id;

    public static async Task<TicketView> SubmittedAsync(this Site site, string? title = null, string department = "IT", string? description = "Since this morning.") =>
        await (await site.ApiAsync(People.Requester)).DoAsync<TicketView>(
            HttpMethod.Post, Path, new CreateTicketRequest(title ?? Title(), description, Priority.Medium, "Hardware", await site.DepartmentAsync(department), Submit: true));

    public static async Task<TicketView> ActAsync(this Site site, string person, TicketView ticket, string action, object? request = null) =>
        await (await site.ApiAsync(person)).DoAsync<TicketView>(HttpMethod.Post, $"{Path}/{ticket.Id}/{action}", request);

    public static async Task<TicketView> AssignedAsync(this Site site, string department = "IT") =>
        await site.ActAsync(People.Moderator, await site.SubmittedAsync(department: department), "confirm_review");

    public static async Task<TicketView> InProgressAsync(this Site site, string department = "IT") =>
        await site.ActAsync(department == "IT" ? People.HeadOfIt : People.HeadOfFinance, await site.AssignedAsync(department), "start");

    public static async Task<TicketView> WaitingForApprovalAsync(this Site site, string approver) =>
        await site.ActAsync(
            People.HeadOfFinance, await site.InProgressAsync("FIN"), "request_approval", new RequestApprovalRequest([new ApprovalStep([await site.PersonAsync(approver)])], "It costs a lot."));

    public static async Task SayAsync(this Site site, string person, TicketView ticket, string text) =>
        await (await site.ApiAsync(person)).DoAsync<MessageView>(HttpMethod.Post, $"{Path}/{ticket.Id}/messages", new PostMessageRequest(text));

    public static async Task AddAsync(this Site site, TicketView ticket, string person)
    {
        using var answer = await (await site.ApiAsync(People.Moderator)).SendAsync(
            HttpMethod.Post, $"{Path}/{ticket.Id}/participants", new AddParticipantRequest(await site.PersonAsync(person), DateTimeOffset.UnixEpoch));
        answer.IsSuccessStatusCode.ShouldBeTrue(await answer.Content.ReadAsStringAsync());
    }
}
