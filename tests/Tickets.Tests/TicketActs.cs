using Hdms.Contracts;

namespace Hdms.Tickets.Tests;

/// <summary>What people do with tickets, for tests that are about what comes of it.</summary>
static class TicketActs
{
    public const string Path = "/api/v1/tickets";

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
}
