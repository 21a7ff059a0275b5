using Hdms.Contracts;

namespace Hdms.Tickets.Tests;

/// <summary>What people do with tickets, for tests that are about what comes of it.</summary>
static class TicketActs
{
    public const string Path = "/api/v1/tickets";

    public const string SubPath = "/api/v1/subtickets";

    public static CreateTicketRequest New(Guid department, bool submit = false, Priority priority = Priority.Medium, string title = "The printer smokes") =>
        new(title, "Since this morning.", priority, "hardware", department, Submit: submit);

    /// <summary>Carries an action out, which has to succeed.</summary>
    public static Task<TicketView> ActAsync(this HttpClient client, Guid ticket, string action, object? request = null) =>
        client.DoAsync<TicketView>(HttpMethod.Post, $"{Path}/{ticket}/{action}", request);

    /// <summary>Tries an action that may be refused.</summary>
    public static Task<HttpResponseMessage> TryAsync(this HttpClient client, Guid ticket, string action, object? request = null, long? version = null) =>
        client.SendAsync(HttpMethod.Post, $"{Path}/{ticket}/{action}", request, version);

    public static Task<TicketView> TicketAsync(this HttpClient client, Guid id) => client.ReadAsync<TicketView>($"{Path}/{id}");

    /// <summary>A ticket that was submitted.</summary>
    public static Task<TicketView> SubmittedAsync(this TicketsApi api, Guid? department = null, Priority priority = Priority.Medium) =>
        api.As(api.World.Requester).DoAsync<TicketView>(HttpMethod.Post, Path, New(department ?? api.World.It, submit: true, priority));

    /// <summary>A ticket in a head's hands.</summary>
    public static async Task<TicketView> AssignedAsync(this TicketsApi api, Guid? department = null, Priority priority = Priority.Medium) =>
        await api.As(api.World.Moderator).ActAsync((await api.SubmittedAsync(department, priority)).Id, "confirm_review");

    /// <summary>A ticket that is being worked on.</summary>
    public static async Task<TicketView> InProgressAsync(this TicketsApi api, Guid? department = null) =>
        await api.As(api.World.HeadOf(department ?? api.World.It)).ActAsync((await api.AssignedAsync(department)).Id, "start");

    public static async Task<TicketView> ResolvedAsync(this TicketsApi api, Guid? department = null) =>
        await api.As(api.World.HeadOf(department ?? api.World.It)).ActAsync((await api.InProgressAsync(department)).Id, "complete", new CompleteTicketRequest("Done."));

    public static async Task<TicketView> ClosedAsync(this TicketsApi api) => await api.As(api.World.Moderator).ActAsync((await api.ResolvedAsync()).Id, "close");

    /// <summary>Gives parts of a ticket to these departments.</summary>
    public static async Task<IReadOnlyList<SubTicketView>> SplitAsync(this TicketsApi api, Guid ticket, params Guid[] departments)
    {
        var moderator = api.As(api.World.Moderator);
        await moderator.ActAsync(ticket, "split", new SplitTicketRequest([.. departments.Select(d => new NewSubTicket("A part of it", d))]));
        return (await moderator.ReadAsync<Paged<SubTicketView>>($"{Path}/{ticket}/subtickets")).Data;
    }

    public static Task<SubTicketView> SubTicketAsync(this HttpClient client, Guid id) => client.ReadAsync<SubTicketView>($"{SubPath}/{id}");

    /// <summary>Carries an action on a sub-ticket out, which has to succeed.</summary>
    public static Task<SubTicketView> ActOnPartAsync(this HttpClient client, Guid sub, string action, object? request = null) =>
        client.DoAsync<SubTicketView>(HttpMethod.Post, $"{SubPath}/{sub}/{action}", request ?? BodyOf(action));

    /// <summary>Tries an action on a sub-ticket that may be refused.</summary>
    public static Task<HttpResponseMessage> TryOnPartAsync(this HttpClient client, Guid sub, string action, object? request = null, long? version = null, string? key = null) =>
        client.SendAsync(HttpMethod.Post, $"{SubPath}/{sub}/{action}", request ?? BodyOf(action), version, key);

    /// <summary>Brings a sub-ticket that was just made into this status.</summary>
    public static async Task<SubTicketView> BringAsync(this TicketsApi api, SubTicketView sub, SubTicketStatus status)
    {
        var (head, moderator) = (api.As(api.World.HeadOf(sub.Department.Id)), api.As(api.World.Moderator));
        foreach (var (client, action) in new[] { (head, "start"), (head, "complete"), (moderator, "close"), (moderator, "reopen") }
            .Take(Array.IndexOf([SubTicketStatus.Assigned, SubTicketStatus.InProgress, SubTicketStatus.Resolved, SubTicketStatus.Closed, SubTicketStatus.Reopened], status)))
            sub = await client.ActOnPartAsync(sub.Id, action);
        return sub;
    }

    static object? BodyOf(string action) => action switch
    {
        "progress" => new ProgressTicketRequest(50),
        "complete" => new CompleteTicketRequest("Done."),
        _ => null,
    };

    /// <summary>A ticket of finance that waits for approvals, position by position.</summary>
    public static async Task<TicketView> WaitingAsync(this TicketsApi api, params ApprovalStep[] chain)
    {
        var ticket = await api.InProgressAsync(api.World.Finance);
        return await api.As(api.World.FinanceHead).ActAsync(ticket.Id, "request_approval", new RequestApprovalRequest(chain, "It costs a lot."));
    }
}
