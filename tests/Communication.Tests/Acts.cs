using Hdms.Contracts;

namespace Hdms.Communication.Tests;

/// <summary>What people do with tickets and in their chats, for tests that are about what comes of it.</summary>
static class Acts
{
    public const string Tickets = "/api/v1/tickets";

    public static string Messages(Guid ticket) => $"{Tickets}/{ticket}/messages";

    public static string Participants(Guid ticket) => $"{Tickets}/{ticket}/participants";

    /// <summary>Carries an action out, which has to succeed, and waits until it was heard of.</summary>
    public static async Task<TicketView> ActAsync(this CommunicationApi api, TestUser by, Guid ticket, string action, object? request = null)
    {
        var after = await api.Desk(by).DoAsync<TicketView>(HttpMethod.Post, $"{Tickets}/{ticket}/{action}", request);
        await api.HeardAsync();
        return after;
    }

    public static async Task<TicketView> SubmittedAsync(this CommunicationApi api, Guid? department = null, TestUser? by = null)
    {
        var ticket = await api.Desk(by ?? api.World.Requester).DoAsync<TicketView>(
            HttpMethod.Post, Tickets, new CreateTicketRequest("The printer smokes", "Since this morning.", Priority.Medium, "hardware", department ?? api.World.It, Submit: true));
        await api.HeardAsync();
        return ticket;
    }

    /// <summary>A ticket in a head's hands, reviewed by the moderator.</summary>
    public static async Task<TicketView> AssignedAsync(this CommunicationApi api, Guid? department = null)
    {
        var ticket = await api.SubmittedAsync(department);
        await api.ActAsync(api.World.Moderator, ticket.Id, "review");
        return await api.ActAsync(api.World.Moderator, ticket.Id, "assign");
    }

    public static async Task<TicketView> InProgressAsync(this CommunicationApi api, Guid? department = null)
    {
        var ticket = await api.AssignedAsync(department);
        return await api.ActAsync(department == api.World.Finance ? api.World.FinanceHead : api.World.ItHead, ticket.Id, "start");
    }

    public static async Task<TicketView> ClosedAsync(this CommunicationApi api)
    {
        var ticket = await api.InProgressAsync();
        await api.ActAsync(api.World.ItHead, ticket.Id, "complete", new CompleteTicketRequest("Done."));
        return await api.ActAsync(api.World.Moderator, ticket.Id, "close");
    }

    public static Task<MessageView> SayAsync(this CommunicationApi api, TestUser by, Guid ticket, string text, params Guid[] mentions) =>
        api.Chat(by).DoAsync<MessageView>(HttpMethod.Post, Messages(ticket), new PostMessageRequest(text, mentions));

    public static Task<HttpResponseMessage> TrySayAsync(this CommunicationApi api, TestUser by, Guid ticket, string text, params Guid[] mentions) =>
        api.Chat(by).PostAsync(Messages(ticket), new PostMessageRequest(text, mentions));

    /// <summary>The messages that somebody sees, the oldest first.</summary>
    public static async Task<IReadOnlyList<string?>> SeesAsync(this CommunicationApi api, TestUser who, Guid ticket, string query = "") =>
        [.. (await api.Chat(who).ReadAsync<CursorPage<MessageView>>($"{Messages(ticket)}?limit=100{query}")).Data.Reverse().Select(m => m.Message)];

    public static Task<ParticipantView> AddAsync(this CommunicationApi api, Guid ticket, TestUser who, DateTimeOffset? shareFrom = null) =>
        api.Chat(api.World.Moderator).DoAsync<ParticipantView>(HttpMethod.Post, Participants(ticket), new AddParticipantRequest(who.Id, shareFrom));

    public static async Task RemoveAsync(this CommunicationApi api, Guid ticket, TestUser who) =>
        (await api.Chat(api.World.Moderator).DeleteAsync($"{Participants(ticket)}/{who.Id}")).EnsureSuccessStatusCode();

    /// <summary>Who takes part, and as what.</summary>
    public static async Task<IReadOnlyDictionary<Guid, ParticipantView>> PartsAsync(this CommunicationApi api, Guid ticket) =>
        (await api.Chat(api.World.Moderator).ReadAsync<IReadOnlyList<ParticipantView>>(Participants(ticket))).ToDictionary(p => p.User.Id);

    public static async Task<IReadOnlyList<NotificationView>> ToldAsync(this CommunicationApi api, TestUser who, Guid? ticket = null, string query = "") =>
        (await api.Chat(who).ReadAsync<CursorPage<NotificationView>>($"/api/v1/notifications?limit=100{(ticket is null ? "" : $"&ticket_id={ticket}")}{query}")).Data;
}
